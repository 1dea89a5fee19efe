import type { RunDetails } from "../../restatement/history.js";
import type { Attempt } from "../../restatement/runs.js";
import type { Terminal } from "../terminal.js";
import { wrapped } from "./layout.js";
import { minute, took } from "./moments.js";
import { failureLine } from "./steps.js";
import { table } from "./table.js";

/** Nothing for a run that needed one attempt only and has nothing to say about it. */
export function attemptTable(details: RunDetails, terminal: Terminal): string {
  const { attempts } = details.run;
  const broken = attempts.filter((attempt) => attempt.failure !== null || hasDied(attempt, details));
  if (attempts.length < 2 && broken.length === 0) return "";
  const rows = attempts.map((attempt) => [
    String(attempt.number),
    minute(attempt.startedAt),
    attempt.endedAt === null ? "" : took(attempt.startedAt, attempt.endedAt),
    `${attempt.host} ${attempt.pid}`,
    endInWords(attempt, details, terminal),
  ]);
  const last = broken.at(-1);
  return [
    table(
      [
        { title: "attempt", align: "right" },
        { title: "started (UTC)" },
        { title: "took", align: "right", spare: true },
        { title: "host and pid", yields: true, spare: true },
        { title: "end" },
      ],
      rows,
      terminal,
    ),
    whyItEnded(details, terminal),
    last ? wrapped(terminal.chalk.dim(`log on ${last.host}: ${last.logFile}`), terminal) : "",
  ]
    .filter(Boolean)
    .join("\n");
}

/**
 * Why the last attempt that did not end well ended, and what to do about it while the run is not over. Nothing of one that was killed, which could not say, of one that
 * somebody broke off, and of failed models, which say it themselves.
 */
export function whyItEnded(details: RunDetails, terminal: Terminal): string {
  const { run, state, deployment, failures, due } = details;
  const last = run.attempts.findLast((attempt) => attempt.failure !== null || hasDied(attempt, details));
  if (!last?.failure || last.failure.code === "INTERRUPTED" || last.failure.code === "TERMINATED") return "";
  const told = [...(deployment?.failures ?? []), ...failures, ...(due?.failures ?? [])];
  if (last.failure.code === "TRANSFORMATION_FAILED" && told.length > 0) return "";
  const attempt = run.attempts.length > 1 ? `attempt ${last.number}: ` : "";
  const isOpen = state === "failed" || state === "interrupted";
  const hint = isOpen ? last.failure.hint : null;
  return [
    failureLine(`${attempt}${last.failure.message}`, terminal),
    hint === null ? "" : wrapped(terminal.chalk.dim(hint), terminal, 2),
  ]
    .filter(Boolean)
    .join("\n");
}

function endInWords(attempt: Attempt, details: RunDetails, { chalk }: Terminal): string {
  if (attempt.failure) return attempt.failure.code;
  if (hasDied(attempt, details)) return chalk.red("died");
  return attempt.endedAt === null ? chalk.cyan("at work") : chalk.green("done");
}

/** One that has not written down its end, and is not the one at work. */
const hasDied = ({ endedAt, number }: Attempt, { run, state }: RunDetails): boolean =>
  endedAt === null && !(state === "running" && number === run.attempts.length);
