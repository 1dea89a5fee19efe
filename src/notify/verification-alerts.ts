import { short } from "../core/commit.js";
import { formatDuration } from "../core/duration.js";
import { count } from "../core/words.js";
import { commandLine } from "../restatement/command-line.js";
import type { VerificationResult, VerifiedCheck } from "../verification/result.js";
import type { Alert, AlertList } from "./alert.js";
import type { VerificationEnded } from "./ended.js";
import {
  alertOf,
  facts,
  isTheirOwn,
  nextOf,
  nothing,
  severityOf,
  type Telling,
  type TellingContext,
} from "./telling.js";

export function tellVerification(ended: VerificationEnded, context: TellingContext): Telling {
  const { target, result, failure } = ended;
  const subject = `verify ${target}`;
  if (failure !== null && isTheirOwn(context, failure)) return nothing;
  if (failure === null) {
    const alerts = result?.verdict === "warned" ? [warned(result, subject, target, context)] : [];
    return { alerts, ends: [{ subject, isFailure: false, title: `verification of ${target}` }] };
  }
  const failed = result?.checks.filter(({ outcome }) => outcome === "failed").length ?? 0;
  const title =
    failed > 0 ? `${count(failed, "check")} failed on ${target}` : `${target} could not be verified`;
  const alert = alertOf({
    event: "checks_failed",
    severity: severityOf(failure),
    subject,
    environment: context.environment,
    title,
    text: failure.message,
    facts: factsOf(result, failure.code, failure.hint),
    lists: result === null ? [] : lists(result, ["failed", "error", "warned"]),
    next: nextOf(failure) ?? commandLine("verify"),
  });
  return { alerts: [alert], ends: [{ subject, isFailure: true, title }] };
}

function warned(result: VerificationResult, subject: string, target: string, context: TellingContext): Alert {
  const checks = result.checks.filter(({ outcome }) => outcome === "warned");
  const live = result.unpinned.length;
  const what = [
    ...(checks.length > 0 ? [`${count(checks.length, "check")} warned`] : []),
    ...(live > 0 ? [`${count(live, "model")} could not be read as of the commit`] : []),
  ];
  return alertOf({
    event: "checks_warned",
    severity: "warning",
    subject,
    fingerprint: `warned ${checks.map(({ model, check }) => `${model} ${check}`).join(" ")} ${live}`,
    environment: context.environment,
    title: `Verification of ${target} passed with warnings`,
    text: `${what.join(", and ")}; nothing stops it from being published.`,
    facts: factsOf(result),
    lists: lists(result, ["warned"]),
  });
}

const factsOf = (result: VerificationResult | null, code?: string, hint?: string): Alert["facts"] =>
  facts({
    commit: result && short(result.base),
    release: result?.release,
    checks: result?.checks.length,
    after: result && formatDuration(result.milliseconds),
    error: code,
    hint,
  });

const titles = { failed: "Failed", error: "Not evaluated", warned: "Warned" } as const;

/** What was expected and what was found; never rows of the data, which do not belong into a channel. */
function lists(result: VerificationResult, outcomes: readonly (keyof typeof titles)[]): readonly AlertList[] {
  const line = ({ model, check, expected, observed }: VerifiedCheck): string =>
    `${model} ${check}: ${observed}${expected === "" ? "" : ` (expected: ${expected})`}`;
  const live = result.unpinned.map(({ model, reason }) => `${model}: ${reason}`);
  return [
    ...outcomes.map((outcome) => ({
      title: titles[outcome],
      lines: result.checks.filter((check) => check.outcome === outcome).map(line),
    })),
    { title: "Read live, not as of the commit", lines: live },
  ].filter(({ lines }) => lines.length > 0);
}
