import { formatDuration } from "../core/duration.js";
import type { PipelineError } from "../core/errors.js";
import { count } from "../core/words.js";
import { commandLine } from "../restatement/command-line.js";
import { shortDigest } from "../restatement/digest.js";
import type { StepResult } from "../restatement/result.js";
import type { RunResult } from "../restatement/run-result.js";
import type { Alert, AlertList } from "./alert.js";
import type { ApprovalEnded, PlanEnded, RunEnded } from "./ended.js";
import {
  alertOf,
  facts,
  isInterruption,
  isTheirOwn,
  nextOf,
  nothing,
  severityOf,
  type Telling,
  type TellingContext,
} from "./telling.js";

export function tellRun({ environment, result, failure }: RunEnded, context: TellingContext): Telling {
  const where = result?.environment ?? environment ?? context.environment;
  const subject = `run ${where}`;
  if (failure === null) {
    // A start that had been done before tells nothing of the warehouse now.
    const isOver = result?.status === "succeeded" || result?.status === "nothing-to-do";
    return { alerts: [], ends: isOver ? [{ subject, isFailure: false, title: `run in ${where}` }] : [] };
  }
  if (isTheirOwn(context, failure)) return nothing;
  if (failure.code === "APPROVAL_MISSING") return { alerts: [wanted(where, failure)], ends: [] };
  const title = `Run in ${where} ${isInterruption(failure) ? "was interrupted" : "failed"}`;
  return {
    alerts: [
      alertOf({
        event: "run_failed",
        severity: severityOf(failure),
        subject,
        environment: where,
        title,
        text: failure.message,
        facts: facts({
          run: result?.run,
          attempt: result && result.attempt > 1 ? result.attempt : null,
          after: result && formatDuration(result.milliseconds),
          error: failure.code,
          hint: failure.hint,
        }),
        lists: result === null ? [] : lists(result),
        next: nextOf(failure) ?? (result === null ? null : commandLine("show", result.run)),
      }),
    ],
    ends: [{ subject, isFailure: true, title }],
  };
}

/** A plan that was only looked at, and that nobody may carry out yet. */
export function tellPlan({ result: { environment, restatement, approval } }: PlanEnded): Telling {
  if (approval !== "required" || restatement === null) return nothing;
  const { digest, models, createdBy } = restatement;
  const batches = models.reduce((sum, model) => sum + model.batches.length, 0);
  const alert = alertOf({
    event: "approval_wanted",
    severity: "warning",
    subject: `approval ${digest}`,
    fingerprint: digest,
    environment,
    title: `A restatement in ${environment} waits for approval`,
    text: `${createdBy.name} has planned to restate ${count(models.length, "model")} in ${count(batches, "batch")}.`,
    facts: facts({ digest: shortDigest(digest), "planned by": createdBy.name }),
    lists: [
      { title: "Models", lines: models.map((one) => `${one.model}: ${count(one.batches.length, "batch")}`) },
    ],
    next: commandLine("approve", shortDigest(digest)),
  });
  return { alerts: [alert], ends: [] };
}

export function tellApproval({ result }: ApprovalEnded): Telling {
  const { digest, by, until, comment, summary } = result;
  const size = `${count(summary.models, "model")} in ${count(summary.batches, "batch")}`;
  const alert = alertOf({
    event: "approved",
    severity: "info",
    subject: `approval ${digest}`,
    environment: summary.environment,
    title: `A restatement in ${summary.environment} is approved`,
    text: `${by.name} agrees to restating ${size}.`,
    facts: facts({ digest: shortDigest(digest), until: until?.slice(0, 16).replace("T", " "), comment }),
  });
  return { alerts: [alert], ends: [] };
}

function wanted(environment: string, failure: PipelineError): Alert {
  return alertOf({
    event: "approval_wanted",
    severity: "warning",
    subject: `approval ${environment}`,
    environment,
    title: `A restatement in ${environment} waits for approval`,
    text: failure.message,
    facts: facts({ hint: failure.hint }),
    next: nextOf(failure),
  });
}

export const stepsOf = ({ deployment, restatement, due }: RunResult): readonly StepResult[] =>
  [deployment, restatement, due].filter((step) => step !== null);

function lists(result: RunResult): readonly AlertList[] {
  const failed = stepsOf(result).flatMap(({ failures }) =>
    failures.map(({ model, message }) => `${model}: ${message.replaceAll(/\s+/g, " ")}`),
  );
  const skipped = stepsOf(result).flatMap(({ models }) =>
    models.filter(({ outcome }) => outcome === "skipped").map(({ model }) => model),
  );
  return [
    { title: "Failed", lines: failed },
    { title: "Not attempted because of that", lines: skipped },
  ].filter(({ lines }) => lines.length > 0);
}

/** The models that took longest, for whoever asks where the time has gone. */
export const slowest = (result: RunResult): AlertList => ({
  title: "Longest",
  lines: stepsOf(result)
    .flatMap(({ models }) => models)
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 5)
    .map(({ model, milliseconds }) => `${model}: ${formatDuration(milliseconds)}`),
});
