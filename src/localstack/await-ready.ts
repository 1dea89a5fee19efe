import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { PipelineError } from "../core/errors.js";
import type { Home } from "./home.js";
import { lastMeaningfulLine } from "./log-lines.js";
import { isAlive, type ProcessIdentity, type ProcessTable } from "./process-table.js";
import type { Service } from "./services.js";

const PAUSE_MS = 100;

/**
 * Waits until the service does its work; asks at least once.
 * @throws PipelineError SERVICE_UNAVAILABLE at once when its process ends, or when it takes longer than `patienceMs`.
 */
export async function awaitReady(
  service: Service,
  identity: ProcessIdentity,
  { home, table }: { readonly home: Home; readonly table: ProcessTable },
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const log = home.logFile(service.name);
  const until = performance.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const readiness = await service.ready(signal);
    // Asked in this order, an answer is known to come from a process that still lives.
    if (!(await isAlive(table, identity))) throw await died(service, log);
    if (readiness.ready) return;
    if (performance.now() > until) {
      throw new PipelineError("SERVICE_UNAVAILABLE", {
        message: `${service.title} was not ready after ${Math.round(patienceMs / 1000)} s: ${readiness.reason}`,
        hint: "see the log; a machine under load may need a second `oso-pipeline local up`",
        where: log,
      });
    }
    await pause(PAUSE_MS, undefined, { signal });
  }
}

/** The process ended while it was starting. */
export async function died(service: Service, log: string): Promise<PipelineError> {
  const line = lastMeaningfulLine(await readFile(log, "utf8").catch(() => ""));
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message: `${service.title} ended while it was starting: ${line ?? "it wrote nothing; it was killed, perhaps for want of memory"}`,
    hint: "see the log, then repeat `oso-pipeline local up`",
    where: log,
  });
}
