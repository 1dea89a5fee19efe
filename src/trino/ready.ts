import { z } from "zod";
import { formatDuration } from "../core/duration.js";
import { type ErrorCode, messageOf, PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { interruption } from "../core/interruption.js";
import { count } from "../core/words.js";
import { deadline } from "../http/deadline.js";
import { createHttp, type HttpOptions } from "../http/client.js";
import type { TrinoClient } from "./client.js";

export interface ReadyOptions {
  readonly trino: Pick<TrinoClient, "query">;
  readonly http: Omit<HttpOptions, "service">;
  readonly timeoutMilliseconds: number;
  /** Active nodes, the coordinator not counted. */
  readonly minimumWorkers: number;
  readonly report: Report;
  readonly monotonic: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** A cluster that is scaled up takes minutes; nothing is gained by asking more often. */
const PAUSE_MS = 2_000;
/**
 * For one question. A coordinator without workers answers none, system tables included: it keeps every query queued for
 * `query-manager.required-workers-max-wait`, five minutes.
 */
const QUESTION_MS = 5_000;

/** What says that it is not there yet, rather than that it never will be. */
const passing: ReadonlySet<ErrorCode> = new Set(["SERVICE_UNAVAILABLE", "TIMEOUT", "QUERY_FAILED"]);

const info = z.object({ starting: z.boolean() });

/**
 * Waits until Trino has started, answers a query and has its workers.
 * @throws PipelineError SERVICE_UNAVAILABLE when that takes too long; AUTHENTICATION_FAILED, PERMISSION_DENIED and
 *   CONFIG_INVALID at once; INTERRUPTED, or what the signal was aborted with.
 */
export async function waitUntilReady(options: ReadyOptions, signal: AbortSignal): Promise<void> {
  const { timeoutMilliseconds: longest, report, monotonic, sleep } = options;
  const startedAt = monotonic();
  for (;;) {
    const missing = await whatIsMissing(options, signal);
    if (missing === null) return;
    const elapsed = monotonic() - startedAt;
    if (elapsed >= longest) throw notReady(options, missing);
    report({ type: "waiting", what: `Trino (${missing})`, elapsed, longest });
    await sleep(Math.min(PAUSE_MS, longest - elapsed), signal).catch(() => undefined);
    if (signal.aborted) throw interruption(signal);
  }
}

/** Null where nothing is. */
async function whatIsMissing(options: ReadyOptions, signal: AbortSignal): Promise<string | null> {
  const limit = deadline(QUESTION_MS, signal);
  try {
    const http = createHttp({
      ...options.http,
      service: "Trino",
      timeoutMs: QUESTION_MS,
      retry: { retries: 0 },
      signal: limit.signal,
    });
    const reply = await http.request({ method: "GET", path: "/v1/info", schema: info });
    if (!reply.ok) return `its address answers HTTP ${reply.status}`;
    if (reply.data.starting) return "starting up";
    return await missingWorkers(options, limit.signal);
  } catch (thrown) {
    if (signal.aborted) throw interruption(signal);
    if (limit.expired()) return "it answers no query yet: no workers?";
    if (thrown instanceof PipelineError && passing.has(thrown.code)) return briefly(thrown);
    throw thrown;
  } finally {
    limit.dispose();
  }
}

async function missingWorkers(
  { trino, minimumWorkers }: ReadyOptions,
  signal: AbortSignal,
): Promise<string | null> {
  if (minimumWorkers === 0) {
    await trino.query("SELECT 1", { signal });
    return null;
  }
  const { rows } = await trino.query(
    "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator",
    { signal },
  );
  const workers = Number(rows[0]?.[0]);
  return workers >= minimumWorkers ? null : `${workers} of ${count(minimumWorkers, "worker")}`;
}

const briefly = (failure: PipelineError): string => messageOf(failure).replace(/^Trino at \S+ /, "");

function notReady(
  { timeoutMilliseconds, minimumWorkers, http }: ReadyOptions,
  missing: string,
): PipelineError {
  const workers = minimumWorkers === 0 ? "" : ` with ${count(minimumWorkers, "worker")}`;
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message: `Trino at ${http.baseUrl} was not ready${workers} within ${formatDuration(timeoutMilliseconds)}: ${missing}`,
    hint: "look at what scales it up; trino.wait_until_ready says how long to wait and for how many workers",
  });
}
