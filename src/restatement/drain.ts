import { formatDuration } from "../core/duration.js";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { interruption } from "../core/interruption.js";
import { count, few } from "../core/words.js";
import type { RunningQueries, TrinoQuery } from "./ports.js";

export interface DrainRequest {
  readonly queries: RunningQueries;
  /** Trino's `source` of each dead run. */
  readonly sources: readonly string[];
  /** As whom they queried. */
  readonly users: readonly string[];
  readonly report: Report;
  readonly signal: AbortSignal;
  /** After how long Trino ends the queries of a client that is gone: its `query.client.timeout`. */
  readonly clientTimeoutMilliseconds: number;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** Settles after so many milliseconds, or at once when the signal aborts; either way it is asked again. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Drained {
  /** Every query of the sources that Trino tells of, those that had ended by themselves too: they are the dead runs' own. */
  readonly known: readonly string[];
  /** Those that were still at work, and were ended. */
  readonly ended: readonly string[];
}

/** Trino looks for clients that are gone every second, and a query that it ends needs a moment for it. */
const graceMilliseconds = 15_000;
/** A killed query lasts as long as the catalogue keeps it waiting for its commit. */
const endsWithinMilliseconds = 60_000;
const shortestPauseMilliseconds = 100;
const longestPauseMilliseconds = 2_000;

const killReason = "oso-pipeline ends what a dead run has left before it takes the work up again";

/**
 * Ends what dead runs have left in Trino, for a late INSERT would come on top of what is restated next. Their clients
 * must be dead by now. Where Trino refuses to tell of queries or to end them, its own time-out for clients that are
 * gone is waited out.
 * @throws PipelineError SERVICE_UNAVAILABLE naming queries that do not end; INTERRUPTED, or what the signal was
 *   aborted with.
 */
export async function drain(request: DrainRequest): Promise<Drained> {
  const { queries, report, signal, now } = request;
  const sources = [...new Set(request.sources)];
  const timeout = request.clientTimeoutMilliseconds + graceMilliseconds;
  const started = now();
  const known = new Set<string>();
  const killed = new Set<string>();
  let mayKill = true;
  for (let round = 0; ; round += 1) {
    stopIfAborted(signal);
    const found = await whereAllowed(async () => {
      const lists: TrinoQuery[] = [];
      for (const source of sources) lists.push(...(await queries.ofSource(source, signal)));
      return lists;
    });
    const hidden =
      found === "forbidden" ? "a dead run's queries" : await hiddenOf(request, [...known, ...found]);
    if (found === "forbidden" || hidden !== null) {
      warn(report, `Trino does not tell of ${hidden}`, request.clientTimeoutMilliseconds);
      await waitOut(request, started + timeout);
      return { known: [...known], ended: [...killed] };
    }
    for (const { id } of found) known.add(id);
    const open = found.filter(({ ended }) => !ended).map(({ id }) => id);
    if (open.length === 0) {
      if (killed.size > 0)
        inform(report, `ended ${count(killed.size, "query")} that a dead run had left in Trino`);
      return { known: [...known], ended: [...killed] };
    }
    for (const id of open) {
      if (!mayKill || killed.has(id)) continue;
      stopIfAborted(signal);
      if ((await whereAllowed(() => queries.kill(id, killReason, signal))) !== "forbidden") killed.add(id);
      else {
        mayKill = false;
        warn(report, "Trino does not let a dead run's queries be ended", request.clientTimeoutMilliseconds);
      }
    }
    const longest = mayKill ? endsWithinMilliseconds : timeout;
    const elapsed = now() - started;
    if (elapsed >= longest) throw doesNotEnd(open, longest);
    report({ type: "waiting", what: `${count(open.length, "query")} in Trino to end`, elapsed, longest });
    await request.sleep(Math.min(pauseAfter(round), longest - elapsed), signal);
  }
}

/** Where nothing is found and nothing else of a user is shown, there may be queries all the same. */
async function hiddenOf(
  { queries, users, signal }: DrainRequest,
  found: readonly unknown[],
): Promise<string | null> {
  if (found.length > 0) return null;
  for (const user of new Set(users)) {
    if (!(await queries.showsQueriesOf(user, signal)))
      return `queries of ${user}, as whom the dead run queried`;
  }
  return null;
}

async function waitOut({ report, signal, now, sleep }: DrainRequest, end: number): Promise<void> {
  const started = now();
  const longest = end - started;
  for (let elapsed = 0; elapsed < longest; elapsed = now() - started) {
    stopIfAborted(signal);
    report({ type: "waiting", what: "Trino to end the queries of a client that is gone", elapsed, longest });
    await sleep(Math.min(longestPauseMilliseconds, longest - elapsed), signal);
  }
  stopIfAborted(signal);
}

const pauseAfter = (round: number): number =>
  Math.min(shortestPauseMilliseconds * 2 ** Math.min(round, 10), longestPauseMilliseconds);

async function whereAllowed<T>(work: () => Promise<T>): Promise<T | "forbidden"> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof PipelineError && thrown.code === "PERMISSION_DENIED") return "forbidden";
    throw thrown;
  }
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw interruption(signal, "interrupted while a dead run's queries were ended");
}

const inform = (report: Report, text: string): void => report({ type: "notice", level: "info", text });

const warn = (report: Report, what: string, timeout: number): void =>
  report({
    type: "notice",
    level: "warning",
    text: `${what}, so its time-out for clients that are gone is waited out: ${formatDuration(timeout)}`,
  });

const doesNotEnd = (open: readonly string[], waited: number): PipelineError =>
  new PipelineError("SERVICE_UNAVAILABLE", {
    message: `${count(open.length, "query")} of a dead run may still write in Trino after ${formatDuration(waited)}: ${few(open)}`,
    hint: "look at it in Trino's web interface and run the same command again once it has ended",
  });
