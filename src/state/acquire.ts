import { PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { LeaseRequest } from "../restatement/ports.js";
import { type LeaseHolder, workInWords } from "../core/lease.js";
import type { Clock } from "./clock.js";
import type { Host } from "./host.js";
import { Lease } from "./lease.js";
import type { RecordStore, Version } from "./ports.js";
import { decode, encode, type RecordOf } from "./records.js";
import { held } from "./refusals.js";

export interface LeaseSurroundings {
  readonly records: RecordStore;
  readonly ttlMilliseconds: number;
  readonly clock: Clock;
  readonly host: Host;
}

export const leaseKey = (scope: string): string => `lease/${scope}`;

/** Looks at a lease this often while it waits: often enough to see every heartbeat. */
const pollEvery = (ttl: number): number => Math.min(1_000, ttl / 20);

/**
 * Takes the lease of a scope. Whether its holder lives is judged by this process's own clock alone: by whether the
 * record has changed since it was first seen, never by a time that is written in it.
 * @throws PipelineError LEASE_HELD, or what the request's signal was aborted with.
 */
export async function acquireLease(request: LeaseRequest, around: LeaseSurroundings): Promise<Lease> {
  const { records, clock, host } = around;
  const key = leaseKey(request.scope);
  const watch = new Watch(clock.now());
  for (;;) {
    if (request.signal.aborted) throw interruption(request.signal, "interrupted while waiting for the lease");
    const asked = clock.now();
    const stored = await records.read(key);
    const record = stored === null ? null : decode("lease", records.place, stored);
    if (
      stored === null ||
      record === null ||
      (await host.whereabouts(record.process)) === "gone" ||
      watch.hasRunOut(stored.version, record.ttlMilliseconds, asked)
    ) {
      const lease = await take(request, stored?.version ?? null, record?.holder ?? null, around);
      if (lease !== null) return lease;
      continue;
    }
    const now = clock.now();
    watch.saw(stored.version, now);
    if (watch.alive && now - watch.started >= request.wait) throw held(request.scope, record.holder);
    request.report({ type: "waiting", ...watch.told(record, request.wait, now) });
    await clock.sleep(pollEvery(record.ttlMilliseconds), { signal: request.signal });
  }
}

/** What one process has seen of a lease that another holds. */
class Watch {
  /** Whether it has changed while it was watched. */
  alive = false;
  #seen: { readonly version: Version; readonly at: number } | undefined;

  constructor(readonly started: number) {}

  saw(version: Version, now: number): void {
    if (this.#seen?.version === version) return;
    this.alive = this.#seen !== undefined;
    this.#seen = { version, at: now };
  }

  /** `asked`: when the version that is now found was asked for. */
  hasRunOut(version: Version, ttl: number, asked: number): boolean {
    return this.#seen?.version === version && asked - this.#seen.at >= ttl;
  }

  told(
    { holder, ttlMilliseconds }: RecordOf<"lease">,
    wait: number,
    now: number,
  ): { what: string; elapsed: number; longest: number | null } {
    return this.alive
      ? {
          what: `${who(holder)} to finish`,
          elapsed: now - this.started,
          longest: Number.isFinite(wait) ? wait : null,
        }
      : {
          what: `a sign of life from ${who(holder)}`,
          elapsed: now - (this.#seen?.at ?? now),
          longest: ttlMilliseconds,
        };
  }
}

/** Null when another process was faster. */
async function take(
  request: LeaseRequest,
  version: Version | null,
  takenFrom: LeaseHolder | null,
  around: LeaseSurroundings,
): Promise<Lease | null> {
  const { records, ttlMilliseconds, clock, host } = around;
  const { scope, holder } = request;
  const record = { scope, holder, ttlMilliseconds, process: await host.mark(holder.pid), beat: 0 };
  const key = leaseKey(scope);
  const asked = clock.now();
  try {
    const acquired = await records.write(key, encode("lease", record), version);
    return new Lease(record, records.fencedBy(key, acquired), { asked, takenFrom, clock });
  } catch (thrown) {
    if (thrown instanceof PipelineError && thrown.code === "CONFLICT") return null;
    throw thrown;
  }
}

const who = (holder: LeaseHolder): string =>
  `${workInWords(holder)} of ${holder.by.name} on ${holder.host} (process ${holder.pid})`;
