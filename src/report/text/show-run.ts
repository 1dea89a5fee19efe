import { short } from "../../core/commit.js";
import { count } from "../../core/words.js";
import { shortDigest } from "../../restatement/digest.js";
import type { RunDetails } from "../../restatement/history.js";
import type { Attempt } from "../../restatement/runs.js";
import type { Terminal } from "../terminal.js";
import { labelled, nextSteps, sections, wrapped } from "./layout.js";
import { holderInWords } from "./leases.js";
import { leftOutLines } from "./left-out.js";
import { minute, moment } from "./moments.js";
import { planInWords } from "./restatement-plan.js";
import { askedInWords, startedBy, stateInWords } from "./runs.js";
import { failureLines, outcomeTable } from "./steps.js";
import { table } from "./table.js";

/** What one run did, what is left of it, why, and what makes sense next. */
export function renderRunDetails(details: RunDetails, terminal: Terminal): string {
  const { chalk } = terminal;
  const { run, plan, models, failures, holder, next, state } = details;
  return sections(
    `${chalk.bold(`Run ${run.id}`)} ${stateInWords(state, terminal)} in ${run.environment}`,
    labelled(
      [
        ["restates", plan ? `${askedInWords(run.request)}: ${planInWords(plan)}` : askedInWords(run.request)],
        ["by", startedBy(run)],
        ["link", run.trigger.link],
        ["started", moment(run.startedAt)],
        ["ended", run.endedAt === null ? null : moment(run.endedAt)],
        ["main", mainInWords(details)],
        ["plan", run.planDigest === null ? null : planLine(details)],
        ["after", run.forcedAfter === null ? null : `run ${run.forcedAfter}, which --force started anew`],
        ["lease", holder ? holderInWords(holder) : null],
      ],
      terminal,
    ),
    attemptTable(run.attempts, terminal),
    [
      outcomeTable(models, terminal, { done: "done", failed: "failed", skipped: "left" }),
      failureLines(failures, terminal),
    ]
      .filter(Boolean)
      .join("\n"),
    plan ? leftOutLines(plan.leftOut, terminal) : "",
    leftInWords(details, terminal),
    nextSteps(
      next.map((command) => ({ command })),
      terminal,
    ),
  );
}

/** What an unfinished run has not restated yet, in one line. */
export function leftInWords({ models, state, batches }: RunDetails, { chalk }: Terminal): string {
  if (state === "succeeded" || batches === null) return "";
  const open = models.filter(
    ({ outcome, batches: own }) => outcome !== "done" || own.stored < (own.planned ?? 0),
  );
  const left = batches.planned - batches.stored;
  if (left === 0) return chalk.dim("all batches are stored");
  return `${chalk.yellow("Left")} ${count(open.length, "model")}, ${left} of ${count(batches.planned, "batch")}`;
}

function mainInWords({ run }: RunDetails): string {
  const start = `${short(run.mainAtStart)} before`;
  return run.mainAtEnd === null ? start : `${start}, ${short(run.mainAtEnd)} after`;
}

function planLine({ run }: RunDetails): string {
  const digest = shortDigest(run.planDigest ?? "");
  return run.approvedBy === null ? digest : `${digest}, agreed to by ${run.approvedBy.name}`;
}

/** Nothing for a run that needed one attempt only and has nothing to say about it. */
function attemptTable(attempts: readonly Attempt[], terminal: Terminal): string {
  const failed = attempts.filter(({ failure }) => failure !== null);
  if (attempts.length < 2 && failed.length === 0) return "";
  const rows = attempts.map(({ number, startedAt, endedAt, host, pid, failure }) => [
    String(number),
    minute(startedAt),
    endedAt === null ? "" : minute(endedAt),
    `${host} ${pid}`,
    failure?.code ?? "",
  ]);
  const last = failed.at(-1);
  return [
    table(
      [
        { title: "attempt", align: "right" },
        { title: "started (UTC)" },
        { title: "ended (UTC)", spare: true },
        { title: "host and pid", yields: true },
        { title: "error" },
      ],
      rows,
      terminal,
    ),
    last?.failure
      ? wrapped(`${terminal.chalk.red("✗")} attempt ${last.number}: ${last.failure.message}`, terminal)
      : "",
    last ? wrapped(terminal.chalk.dim(`log on ${last.host}: ${last.logFile}`), terminal) : "",
  ]
    .filter(Boolean)
    .join("\n");
}
