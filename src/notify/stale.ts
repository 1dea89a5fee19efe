import { formatDuration } from "../core/duration.js";
import { count } from "../core/words.js";
import { commandLine } from "../restatement/command-line.js";
import type { Alert } from "./alert.js";
import type { StaleModel } from "./ports.js";
import { alertOf } from "./telling.js";

export const staleSubject = (environment: string): string => `cadence ${environment}`;

/** Models that have missed a whole cadence; null where none has. The same models are the same news, however late they get. */
export function stale(models: readonly StaleModel[], environment: string): Alert | null {
  if (models.length === 0) return null;
  const names = models.map(({ model }) => model).toSorted();
  return alertOf({
    event: "stale",
    severity: "warning",
    subject: staleSubject(environment),
    fingerprint: `stale ${names.join(" ")}`,
    environment,
    title: `${count(models.length, "model")} in ${environment} ${models.length === 1 ? "is" : "are"} stale`,
    text: "Their cadence has come up more than once since they were last complete.",
    lists: [{ title: "Stale", lines: models.map(line) }],
    next: commandLine("run"),
  });
}

const line = ({ model, cron, until, behindMilliseconds }: StaleModel): string =>
  until === null
    ? `${model}: no data yet (${cron})`
    : `${model}: complete up to ${until.slice(0, 16).replace("T", " ")}${behindMilliseconds === null ? "" : `, ${formatDuration(behindMilliseconds)} behind`} (${cron})`;
