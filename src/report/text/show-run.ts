import { short } from "../../core/commit.js";
import { count, grouped } from "../../core/words.js";
import { shortDigest } from "../../restatement/digest.js";
import type { RunDetails, RunFailure, StepReport } from "../../restatement/history.js";
import type { LeaseStatus } from "../../core/lease.js";
import type { Terminal } from "../terminal.js";
import { attemptTable } from "./attempts.js";
import { labelled, nextSteps, sections } from "./layout.js";
import { whoInWords } from "./leases.js";
import { leftOutLines } from "./left-out.js";
import { moment, took } from "./moments.js";
import { planInWords } from "./restatement-plan.js";
import { askedInWords, startedBy, stateInWords } from "./runs.js";
import { failureLine, outcomeTable, renderStep } from "./steps.js";

/** What one run did, step by step, what is left of it, why, and what makes sense next. */
export function renderRunDetails(details: RunDetails, terminal: Terminal): string {
  const { run, plan, deployment, due, holder, next, state } = details;
  return sections(
    `${terminal.chalk.bold(`Run ${run.id}`)} ${stateInWords(state, terminal)} in ${run.environment}`,
    labelled(
      [
        ["restates", plan ? `${askedInWords(run.request)}: ${planInWords(plan)}` : askedInWords(run.request)],
        ["by", startedBy(run)],
        ["link", run.trigger.link],
        ["started", moment(run.startedAt)],
        ["ended", endInWords(details)],
        ["main", mainInWords(details)],
        ["plan", run.planDigest === null ? null : planLine(details)],
        ["after", run.forcedAfter === null ? null : `run ${run.forcedAfter}, which --force started anew`],
        ["lease", holder ? leaseInWords(holder) : null],
      ],
      terminal,
    ),
    attemptTable(details, terminal),
    renderStep(stepTitle("Deployed", deployment, details), deployment, terminal),
    restatement(details, terminal),
    plan ? leftOutLines(plan.leftOut, terminal) : "",
    renderStep(stepTitle("Ran by cadence", due, details), due, terminal),
    leftInWords(details, terminal),
    nextSteps(next, terminal),
  );
}

/** Why restated models failed, and in which of several attempts. */
export const failuresInAttempts = (
  failures: readonly RunFailure[],
  { run }: Pick<RunDetails, "run">,
  terminal: Terminal,
): string =>
  failures
    .map(({ model, message, attempt }) =>
      failureLine(
        run.attempts.length > 1 ? `${model} in attempt ${attempt}: ${message}` : `${model}: ${message}`,
        terminal,
      ),
    )
    .join("\n");

/** What a run has not done yet, in one line; what it was to restate and did not, once it is given up. */
export function leftInWords({ run, models, state, batches }: RunDetails, { chalk }: Terminal): string {
  if (state === "succeeded") return "";
  const restating = batches === null ? [] : batchesLeft(batches, models);
  if (state === "abandoned") {
    return restating.length === 0 ? "" : `${chalk.yellow("Given up")}: ${restating.join("")}`;
  }
  const deploying = run.step === "deploy" ? ["local changes"] : [];
  return `${chalk.yellow("Left")}: ${[...deploying, ...restating, "what is due"].join(", then ")}`;
}

/** `23 of 38 batches of 4 models`; `38 batches of 5 models` while none is stored. */
function batchesLeft(
  { planned, stored }: NonNullable<RunDetails["batches"]>,
  models: RunDetails["models"],
): readonly string[] {
  if (stored === planned) return [];
  const open = models.filter(({ batches }) => batches.stored < (batches.planned ?? 0));
  const of = stored === 0 ? "" : `${grouped(planned - stored)} of `;
  return [`${of}${count(planned, "batch")} of ${count(open.length, "model")}`];
}

function restatement(details: RunDetails, terminal: Terminal): string {
  const { models, failures } = details;
  if (models.length === 0) return "";
  return [
    terminal.chalk.bold("Restated"),
    outcomeTable(models, terminal, { done: "done", failed: "failed", skipped: "left" }),
    failuresInAttempts(failures, details, terminal),
  ]
    .filter(Boolean)
    .join("\n");
}

const stepTitle = (title: string, step: StepReport | null, { run }: RunDetails): string =>
  step && run.attempts.length > 1 ? `${title} in attempt ${step.attempt}` : title;

const leaseInWords = (lease: LeaseStatus): string =>
  lease.holder === "dead"
    ? `${whoInWords(lease)}; that process is gone, the next one takes it`
    : whoInWords(lease);

function endInWords({ run }: RunDetails): string | null {
  if (run.endedAt === null) return null;
  return `${moment(run.endedAt)}, after ${took(run.startedAt, run.endedAt)}`;
}

function mainInWords({ run }: RunDetails): string {
  const start = `${short(run.mainAtStart)} before`;
  return run.mainAtEnd === null ? start : `${start}, ${short(run.mainAtEnd)} after`;
}

function planLine({ run }: RunDetails): string {
  const digest = shortDigest(run.planDigest ?? "");
  return run.approvedBy === null ? digest : `${digest}, agreed to by ${run.approvedBy.name}`;
}
