import type { StateStore } from "../restatement/ports.js";
import type { LeaseStatus } from "../core/lease.js";
import { acquireLease, leaseKey } from "./acquire.js";
import { systemClock, type Clock } from "./clock.js";
import { heldLease, modelKeys, planKey, proposalKeys, runKeys } from "./held-lease.js";
import { createHost, type Host } from "./host.js";
import { journalKeys, readJournal } from "./journal.js";
import type { RecordStore } from "./ports.js";
import { decode, decodeAny, encode } from "./records.js";
import { tried } from "./tried.js";

export interface StateStoreOptions {
  readonly records: RecordStore;
  /** How long a lease outlives the last sign of life of its holder. */
  readonly ttlMilliseconds: number;
  /** Finished runs that stay, of each scope; unfinished ones always do. */
  readonly keepRuns: number;
  readonly clock?: Clock | undefined;
  readonly host?: Host | undefined;
}

/** What the tool remembers, as records of any store that can compare and swap. */
export function createStateStore({
  records,
  ttlMilliseconds,
  keepRuns,
  clock = systemClock,
  host = createHost(),
}: StateStoreOptions): StateStore {
  const { place } = records;
  const approvalKeys = (digest: string): string => `approval/${digest}/`;

  return {
    async runs() {
      const found = (await records.list(runKeys)).map((stored) =>
        decodeAny(["run", "removal"], place, stored),
      );
      return found
        .flatMap(({ kind, value }) => (kind === "run" ? [value] : []))
        .toSorted((one, other) => (one.id < other.id ? 1 : -1));
    },

    async plan(run) {
      const stored = await records.read(planKey(run));
      return stored === null ? null : decode("plan", place, stored);
    },

    journal: async (run) => readJournal(run, place, await records.list(journalKeys(run))),

    async knownModels() {
      return (await records.list(modelKeys)).map((stored) => decode("models", place, stored));
    },

    async approvals(digest) {
      const found = await records.list(approvalKeys(digest));
      return found.map((stored) => decode("approval", place, stored)).toReversed();
    },

    async saveApproval(approval) {
      const prefix = approvalKeys(approval.digest);
      const last = (await records.list(prefix)).at(-1);
      let number = last === undefined ? 1 : Number.parseInt(last.key.slice(prefix.length), 10) + 1;
      const value = encode("approval", approval);
      while (
        !(await tried(async () => records.write(`${prefix}${String(number).padStart(6, "0")}`, value, null)))
      )
        number += 1;
    },

    async saveProposal(proposal) {
      const key = `${proposalKeys}${proposal.digest}`;
      const value = encode("plan", proposal);
      for (;;) {
        const stored = await records.read(key);
        if (await tried(async () => records.write(key, value, stored?.version ?? null))) return;
      }
    },

    async proposals(digestPrefix) {
      const found = await records.list(`${proposalKeys}${digestPrefix}`);
      return found.map((stored) => decode("plan", place, stored));
    },

    async leases() {
      const found = await records.list("lease/");
      return Promise.all(
        found.map(async (stored): Promise<LeaseStatus> => {
          const { scope, holder, ttlMilliseconds: ttl, process } = decode("lease", place, stored);
          const where = await host.whereabouts(process);
          return {
            ...holder,
            scope,
            ttlMilliseconds: ttl,
            holder: { alive: "this-host", gone: "dead", elsewhere: "other-host" }[
              where
            ] as LeaseStatus["holder"],
          };
        }),
      );
    },

    async releaseLease(scope) {
      for (;;) {
        const stored = await records.read(leaseKey(scope));
        if (stored === null) return null;
        // A heartbeat may come in between; it is then taken away all the same.
        if (await tried(async () => records.remove(stored.key, stored.version))) {
          return decode("lease", place, stored).holder;
        }
      }
    },

    async acquire(request) {
      const lease = await acquireLease(request, { records, ttlMilliseconds, clock, host });
      return heldLease(lease, { scope: request.scope, place, keepRuns, report: request.report, clock });
    },
  };
}
