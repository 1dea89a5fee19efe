import { short } from "../core/commit.js";
import { count } from "../core/words.js";
import { commandLine } from "../restatement/command-line.js";
import type { PublishResult } from "../release/publish.js";
import type { Release } from "../release/release.js";
import type { VerificationResult } from "../verification/result.js";
import type { Alert } from "./alert.js";
import { type PublicationEnded, WHOLE_MAIN } from "./ended.js";
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
import { tellVerification } from "./verification-alerts.js";

/** A publication tells of its verification too; one that failed there has nothing else to tell. */
export function tellPublication(ended: PublicationEnded, context: TellingContext): Telling {
  const { result, failure } = ended;
  if (failure !== null && isTheirOwn(context, failure)) return nothing;
  if (result?.outcome === "would-publish") return nothing;
  const verified = result?.verification ?? null;
  const isRefused = result?.outcome === "refused";
  const verification =
    verified === null && !isRefused
      ? nothing
      : tellVerification(
          { kind: "verification", target: WHOLE_MAIN, result: verified, failure: isRefused ? failure : null },
          context,
        );
  if (isRefused) return verification;
  const own = tellMove(ended, context);
  return { alerts: [...verification.alerts, ...own.alerts], ends: [...verification.ends, ...own.ends] };
}

function tellMove({ isRollback, result, failure }: PublicationEnded, context: TellingContext): Telling {
  const tag = result?.consumerTag ?? context.consumerTag;
  const subject = `publish ${tag}`;
  if (failure !== null) {
    const title = isRollback ? `Going back to an earlier release failed` : `Publishing to ${tag} failed`;
    const alert = alertOf({
      event: "publish_failed",
      severity: severityOf(failure),
      subject,
      environment: context.environment,
      title,
      text: failure.message,
      facts: facts({ commit: result && short(result.to), error: failure.code, hint: failure.hint }),
      next: nextOf(failure) ?? commandLine("releases"),
    });
    return { alerts: [alert], ends: [{ subject, isFailure: true, title }] };
  }
  const ends = [{ subject, isFailure: false, title: `publishing to ${tag}` }];
  const release = result?.release ?? null;
  if (result === null || release === null) return { alerts: [], ends };
  return { alerts: [published(result, release, subject, context)], ends };
}

function published(
  result: PublishResult<VerificationResult>,
  release: Release,
  subject: string,
  context: TellingContext,
): Alert {
  const { backwards, rollbackTo, from, verification } = result;
  const before = from?.release == null ? "" : ` instead of release ${from.release}`;
  const isWayBack = rollbackTo !== null || backwards;
  const leaking = release.views.leaking.length;
  const verified =
    release.attestation === null
      ? "It is NOT verified."
      : verification === null
        ? "It is verified."
        : `${count(verification.checks.length, "check")} passed${verification.verdict === "warned" ? ", some with warnings" : ""}.`;
  return alertOf({
    event: isWayBack ? "rolled_back" : "published",
    severity: isWayBack || release.attestation === null ? "warning" : "info",
    subject,
    environment: context.environment,
    title: isWayBack
      ? `Gone back: readers see release ${release.number}${rollbackTo === null ? "" : `, which is release ${rollbackTo} again`}`
      : `Readers see release ${release.number}`,
    text: `${release.by.name} has moved ${result.consumerTag} to ${short(result.to)}${before}. ${verified}`,
    facts: facts({
      release: release.number,
      commit: short(result.to),
      run: release.run,
      reason: release.reason,
      "views that stay live": leaking === 0 ? null : leaking,
    }),
    next: isWayBack || from === null ? null : commandLine("rollback", "--dry-run"),
  });
}
