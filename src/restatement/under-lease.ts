import type { Report } from "../core/events.js";
import { drain, type Drained } from "./drain.js";
import type { HeldLease, RunningQueries, StateStore, TransformationEngine } from "./ports.js";
import type { RunRecord, Trigger } from "./runs.js";
import type { LeaseHolder } from "../core/lease.js";

export interface LeaseParts {
  readonly engine: TransformationEngine;
  readonly state: StateStore;
  readonly queries: RunningQueries;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Milliseconds from some moment on, never set back. */
  readonly monotonic: () => number;
  /** Ends early, without an error, when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly host: { readonly name: string; readonly pid: number };
  /** After this long Trino ends queries that no client asks for. */
  readonly clientTimeoutMilliseconds: number;
}

export interface LeasedWork {
  readonly run: string;
  readonly scope: string;
  readonly trigger: Pick<Trigger, "by">;
  /** For how long a living holder is waited for. */
  readonly waitMilliseconds: number;
}

/** Marks a run's queries in Trino; resource groups may select by it. */
export const sourceOf = (run: string): string => `oso-pipeline:${run}`;

/** How long a run that is broken off may take to end what it has left in Trino. */
const OWN_WITHIN_MS = 10_000;

/**
 * The lease alone: SQLMesh is not permitted to write yet.
 * @throws PipelineError LEASE_HELD
 */
export function acquire(
  { state, report, signal, host, now }: LeaseParts,
  { run, scope, trigger, waitMilliseconds }: LeasedWork,
): Promise<HeldLease> {
  const since = new Date(now()).toISOString();
  const holder: LeaseHolder = { run, by: trigger.by, host: host.name, pid: host.pid, since };
  return state.acquire({ scope, holder, wait: waitMilliseconds, report, signal });
}

/**
 * Works while this process alone may write. With the lease SQLMesh is permitted to write, too, and not for longer.
 * @throws PipelineError LEASE_HELD, LEASE_LOST, or what the work throws
 */
export async function underLease<R>(
  parts: LeaseParts,
  leased: LeasedWork,
  work: (lease: HeldLease) => Promise<R>,
): Promise<R> {
  const { engine } = parts;
  const lease = await acquire(parts, leased);
  // Whatever SQLMesh is at, a lost lease ends it.
  lease.lost.addEventListener("abort", () => void engine.close(), { once: true });
  lease.onRenewed((milliseconds) => engine.permit(milliseconds));
  try {
    return await work(lease);
  } catch (thrown) {
    throw lease.lost.aborted ? lease.lost.reason : thrown;
  } finally {
    // What cannot be written has failed the work already, which tells what it has done.
    await lease.release().catch(() => undefined);
  }
}

/** Ends what dead runs left in Trino, and the one that the lease was taken from: nothing of them may still write. */
export async function drainDead(
  parts: LeaseParts,
  { takenFrom }: HeldLease,
  runs: readonly RunRecord[],
): Promise<Drained> {
  const { state, queries, report, signal, clientTimeoutMilliseconds, monotonic, sleep } = parts;
  const holder = takenFrom && (await state.runs()).find(({ id }) => id === takenFrom.run);
  const dead = new Map([...runs, ...(holder ? [holder] : [])].map((run) => [run.id, run]));
  if (dead.size === 0) return { known: [], ended: [] };
  return drain({
    queries,
    report,
    signal,
    clientTimeoutMilliseconds,
    sleep,
    now: monotonic,
    sources: [...dead.keys()].map(sourceOf),
    users: [...dead.values()].flatMap(({ attempts }) => attempts.at(-1)?.trinoUser ?? []),
  });
}

/**
 * Ends what this run's own bridge has left in Trino, where it had to be killed: once this process is gone, nobody would
 * until the run is taken up. Best effort, and after Ctrl-C too. Not once the lease is lost, for whoever has it now may
 * have taken this run up.
 */
export async function drainOwn(
  { engine, queries, clientTimeoutMilliseconds, monotonic, sleep }: LeaseParts,
  lease: HeldLease,
  run: string,
): Promise<void> {
  await engine.close();
  if (lease.lost.aborted) return;
  await drain({
    queries,
    report: () => undefined,
    signal: AbortSignal.timeout(OWN_WITHIN_MS),
    clientTimeoutMilliseconds,
    sleep,
    now: monotonic,
    sources: [sourceOf(run)],
    users: [],
  }).catch(() => undefined);
}
