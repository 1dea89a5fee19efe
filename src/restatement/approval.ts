import { PipelineError } from "../core/errors.js";
import { count } from "../core/words.js";
import { commandLine } from "./command-line.js";
import { shortDigest } from "./digest.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import type { Approval } from "./runs.js";

/** `prompt` is answered by a person at a terminal or by `--yes`; `required` by an approval and nothing else. */
export type ApprovalMode = "none" | "prompt" | "required";

export interface ApprovalPolicy {
  readonly mode: ApprovalMode;
  /** SQLMesh environments in which it holds; in all others nothing has to be approved. */
  readonly environments: readonly string[];
  /** Restatements up to this size need nothing. Null sets no limit; with both null none is small enough. */
  readonly freeUpTo: { readonly models: number | null; readonly batches: number | null };
  /** Whether it must be given by somebody else than who plans and runs. */
  readonly byAnother: boolean;
  /** How long an approval counts that does not say itself; null for ever. */
  readonly expiresMilliseconds: number | null;
}

/** What a plan needs before it may run. */
export function needed(
  policy: ApprovalPolicy,
  plan: Pick<RestatementPlan, "environment" | "models">,
): ApprovalMode {
  if (!policy.environments.includes(plan.environment)) return "none";
  return isFree(policy, plan) ? "none" : policy.mode;
}

export type MissingReason = "none" | "expired" | "by-planner";

export type Verdict =
  | { readonly kind: "approved"; readonly by: Actor }
  | { readonly kind: "missing"; readonly reason: MissingReason };

export interface ApprovalQuestion {
  readonly policy: ApprovalPolicy;
  readonly plan: Pick<RestatementPlan, "digest">;
  /** Newest first; those of other digests are passed over. */
  readonly approvals: readonly Approval[];
  /** Who wants to run it. */
  readonly plannedBy: Actor;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Whether one of the approvals holds for this plan, and else why not. */
export function judge({ policy, plan, approvals, plannedBy, now }: ApprovalQuestion): Verdict {
  const given = approvals.filter(({ digest }) => digest === plan.digest);
  const valid = given.filter((approval) => !isExpired(approval, policy, now));
  const counting = policy.byAnother ? valid.filter(({ by }) => !isSamePerson(by, plannedBy)) : valid;
  const [approval] = counting;
  if (approval) return { kind: "approved", by: approval.by };
  if (valid.length > 0) return { kind: "missing", reason: "by-planner" };
  return { kind: "missing", reason: given.length > 0 ? "expired" : "none" };
}

/** @param mode a prompt gets here where nobody is at a terminal to answer it. */
export function approvalMissing(
  plan: Pick<RestatementPlan, "digest" | "environment" | "models">,
  reason: MissingReason,
  mode: ApprovalMode,
): PipelineError {
  const why = {
    none: "nobody has approved it",
    expired: "its approval has expired",
    "by-planner": "it was approved by who runs it, and must be by somebody else",
  }[reason];
  const { models, batches } = sizeOf(plan);
  return new PipelineError("APPROVAL_MISSING", {
    message: `the restatement ${shortDigest(plan.digest)} of ${count(models, "model")} in ${count(batches, "batch")} in ${plan.environment} needs an approval: ${why}`,
    hint:
      mode === "prompt"
        ? `look at it with \`oso-pipeline plan\`, then agree to it with --yes, or with \`oso-pipeline approve ${plan.digest}\``
        : `let somebody agree to it with \`oso-pipeline approve ${plan.digest}\`, then run the same command again`,
    next: [
      { command: commandLine("approve", shortDigest(plan.digest)), does: "gives the approval that it lacks" },
    ],
  });
}

export interface NewApproval {
  readonly plan: Pick<RestatementPlan, "digest" | "environment" | "models">;
  readonly by: Actor;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long it is to hold; null leaves that to the policy. */
  readonly expiresMilliseconds: number | null;
  readonly comment: string | null;
}

export function newApproval(
  { plan, by, now, expiresMilliseconds, comment }: NewApproval,
  policy: Pick<ApprovalPolicy, "expiresMilliseconds">,
): Approval {
  const holds = expiresMilliseconds ?? policy.expiresMilliseconds;
  return {
    digest: plan.digest,
    by,
    at: new Date(now).toISOString(),
    until: holds === null ? null : new Date(now + holds).toISOString(),
    comment,
    summary: { environment: plan.environment, ...sizeOf(plan) },
  };
}

function isFree(
  { freeUpTo }: ApprovalPolicy,
  plan: Pick<RestatementPlan, "environment" | "models">,
): boolean {
  const { models, batches } = sizeOf(plan);
  if (models === 0) return true;
  if (freeUpTo.models === null && freeUpTo.batches === null) return false;
  return models <= (freeUpTo.models ?? Infinity) && batches <= (freeUpTo.batches ?? Infinity);
}

const sizeOf = ({ models }: Pick<RestatementPlan, "models">): { models: number; batches: number } => ({
  models: models.length,
  batches: models.reduce((sum, { batches }) => sum + batches.length, 0),
});

function isExpired({ at, until }: Approval, policy: ApprovalPolicy, now: number): boolean {
  if (until !== null) return Date.parse(until) <= now;
  // Given for ever, under a policy that has a limit by now.
  return policy.expiresMilliseconds !== null && Date.parse(at) + policy.expiresMilliseconds <= now;
}

/** One person has the same name wherever it comes from. */
export const isSamePerson = (a: Actor, b: Actor): boolean => a.name.toLowerCase() === b.name.toLowerCase();
