import { messageOf } from "../core/errors.js";
import type { Report } from "../core/events.js";
import type { HeldLease } from "../restatement/ports.js";
import type { RestatementPlan } from "../restatement/restatement-plan.js";
import { isUnfinished, type JournalEntry, type RunRecord } from "../restatement/runs.js";
import type { Clock } from "./clock.js";
import { JournalWriter, journalKeys } from "./journal.js";
import type { Lease } from "./lease.js";
import type { StoredRecord } from "./ports.js";
import { decode, decodeAny, encode } from "./records.js";

export const runKeys = "run/";
export const modelKeys = "models/";
export const proposalKeys = "proposal/";
const planKeys = "plan/";
export const planKey = (run: string): string => `${planKeys}${run}`;

/** Runs put away at the end of one run; the rest waits for the next. */
const PRUNED_AT_ONCE = 20;

export interface HeldLeaseOptions {
  readonly scope: string;
  /** Where records lie, for messages. */
  readonly place: string;
  /** Finished runs of the scope that stay, and plans that were put forward for approval. */
  readonly keepRuns: number;
  readonly report: Report;
  readonly clock: Clock;
}

/** All that a run writes down, under its lease. */
export function heldLease(
  lease: Lease,
  { scope, place, keepRuns, report, clock }: HeldLeaseOptions,
): HeldLease {
  const journals = new Map<string, JournalWriter>();
  let released: Promise<void> | undefined;

  const accessWith = (patience?: number) => ({
    write: async (key: string, value: string) =>
      lease.persist(async (records) => records.write(key, value), patience),
    read: async (key: string) => lease.persist(async (records) => records.read(key), patience),
    list: async (prefix: string) => lease.persist(async (records) => records.list(prefix), patience),
    keys: async (prefix: string) => lease.persist(async (records) => records.keys(prefix), patience),
    remove: async (key: string) => lease.persist(async (records) => records.remove(key), patience),
  });
  const access = accessWith();

  async function flush(): Promise<void> {
    await Promise.all([...journals.values()].map(async (journal) => journal.flush()));
  }

  async function removeRun(id: string, { write, keys, remove } = access): Promise<void> {
    await write(`${runKeys}${id}`, encode("removal", { id }));
    for (const key of await keys(journalKeys(id))) await remove(key);
    await remove(planKey(id));
    await remove(`${runKeys}${id}`);
  }

  /** Removes what is beyond the number to keep, and what a crash has left of earlier removals. Waits for nothing. */
  async function prune(): Promise<void> {
    const once = accessWith(0);
    const found = (await once.list(runKeys)).map((stored) => decodeAny(["run", "removal"], place, stored));
    const half = found.flatMap(({ kind, value }) => (kind === "removal" ? [value.id] : []));
    const finished = found
      .flatMap(({ kind, value }) => (kind === "run" ? [value] : []))
      .filter((run) => run.scope === scope && !isUnfinished(run))
      .map(({ id }) => id)
      .toSorted();
    const old = finished.slice(0, Math.max(0, finished.length - keepRuns));
    for (const id of [...half, ...old].slice(0, PRUNED_AT_ONCE)) await removeRun(id, once);
    const proposals = (await once.list(proposalKeys))
      .map((stored) => ({ key: stored.key, plan: decode("plan", place, stored) }))
      .filter(({ plan }) => plan.scope === scope)
      .toSorted((one, other) => (one.plan.createdAt < other.plan.createdAt ? 1 : -1));
    for (const { key } of proposals.slice(keepRuns).slice(0, PRUNED_AT_ONCE)) await once.remove(key);
    await removeUnrecorded(new Set(found.map(({ value }) => value.id)), once);
  }

  /**
   * What is left of runs without a record of their own: they died between their plan and that record, or an operator
   * has removed it. Such a plan may also be that of a run which is just beginning, but then of another scope: in this
   * one nobody begins while this lease is held, and once it is lost a removal is refused like any other write.
   */
  async function removeUnrecorded(
    runs: ReadonlySet<string>,
    { keys, read, remove }: typeof access,
  ): Promise<void> {
    const ids = (await keys(planKeys)).map((key) => key.slice(planKeys.length)).filter((id) => !runs.has(id));
    for (const id of ids.slice(0, PRUNED_AT_ONCE)) {
      if (scopeOf(await read(planKey(id))) !== scope) continue;
      // The plan last, for it is what the rest is found by.
      for (const key of await keys(journalKeys(id))) await remove(key);
      await remove(planKey(id));
    }
  }

  /** Of a plan that nobody needs any more: one that cannot be read stays, and troubles no run. */
  function scopeOf(plan: StoredRecord | null): string | undefined {
    try {
      return plan === null ? undefined : decode("plan", place, plan).scope;
    } catch {
      return undefined;
    }
  }

  async function release(): Promise<void> {
    const unwritten = await flush().then(
      () => undefined,
      (thrown: unknown) => ({ thrown }),
    );
    if (!lease.lost.aborted && unwritten === undefined) {
      await prune().catch((thrown: unknown) => warn("old runs could not be put away", thrown));
    }
    await lease
      .giveBack()
      .catch((thrown: unknown) =>
        warn(`the lease on ${scope} could not be given back and has to run out`, thrown),
      );
    if (unwritten !== undefined) throw unwritten.thrown;
  }

  const warn = (what: string, thrown: unknown): void =>
    report({ type: "notice", level: "warning", text: `${what}: ${messageOf(thrown)}` });

  return {
    takenFrom: lease.takenFrom,
    lost: lease.lost,
    onRenewed: (listener) => lease.onRenewed(listener),
    saveRun: async (run: RunRecord) => access.write(`${runKeys}${run.id}`, encode("run", run)),
    savePlan: async (run: string, plan: RestatementPlan) => access.write(planKey(run), encode("plan", plan)),
    saveKnownModels: async (known) =>
      access.write(`${modelKeys}${known.scope}/${known.environment}`, encode("models", known)),
    append(run: string, ...entries: readonly JournalEntry[]) {
      const journal = journals.get(run) ?? new JournalWriter(run, access, clock);
      journals.set(run, journal);
      journal.append(entries);
    },
    flush,
    removeRun: async (id) => removeRun(id),
    release: async () => (released ??= release()),
  };
}
