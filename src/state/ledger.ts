import type { Actor } from "../core/actor.js";
import type { HeldLedger, ReleaseLedger } from "../release/ports.js";
import type { Release, SealManifest } from "../release/release.js";
import { acquireLease } from "./acquire.js";
import { systemClock, type Clock } from "./clock.js";
import { createHost, type Host } from "./host.js";
import type { Lease } from "./lease.js";
import type { RecordStore } from "./ports.js";
import { decode, encode } from "./records.js";

export interface LedgerOptions {
  readonly records: RecordStore;
  /** Whose releases: those of one consumer tag. */
  readonly consumerTag: string;
  /** How long the right to publish outlives the last sign of life of its holder. */
  readonly ttlMilliseconds: number;
  readonly now?: (() => Date) | undefined;
  readonly clock?: Clock | undefined;
  readonly host?: Host | undefined;
  /** Of this process, for others to see. */
  readonly process: { readonly host: string; readonly pid: number };
}

/** The ledger of one consumer tag's releases, as records of any store that can compare and swap. */
export function releaseLedger({
  records,
  consumerTag,
  ttlMilliseconds,
  now = () => new Date(),
  clock = systemClock,
  host = createHost(),
  process,
}: LedgerOptions): ReleaseLedger {
  const releaseKeys = `release/${consumerTag}/`;
  const manifestKey = (release: number): string => `manifest/${consumerTag}/${padded(release)}`;

  const held = (lease: Lease): HeldLedger => {
    const write = async (key: string, value: string): Promise<void> =>
      lease.persist(async (fenced) => fenced.write(key, value));
    let givenBack: Promise<void> | undefined;
    return {
      lost: lease.lost,
      save: async (release: Release) =>
        write(`${releaseKeys}${padded(release.number)}`, encode("release", release)),
      saveManifest: async (manifest: SealManifest) =>
        write(manifestKey(manifest.release), encode("manifest", manifest)),
      removeManifest: async (release) => lease.persist(async (fenced) => fenced.remove(manifestKey(release))),
      giveBack: async () => (givenBack ??= lease.giveBack()),
    };
  };

  return {
    async releases() {
      const found = await records.list(releaseKeys);
      return found.map((stored) => decode("release", records.place, stored)).toReversed();
    },

    async manifest(release) {
      const stored = await records.read(manifestKey(release));
      return stored === null ? null : decode("manifest", records.place, stored);
    },

    async acquire(by: Actor, report, signal) {
      const holder = { run: null, by, ...process, since: now().toISOString() };
      const request = { scope: consumerTag, holder, wait: 0, report, signal };
      return held(await acquireLease(request, { records, ttlMilliseconds, clock, host }));
    },
  };
}

/** Keys sort as text. */
const padded = (release: number): string => String(release).padStart(8, "0");
