import { PipelineError } from "../core/errors.js";
import { count } from "../core/words.js";
import { type ApprovalPolicy, isSamePerson, newApproval } from "./approval.js";
import { matchesDigest } from "./digest.js";
import type { StateStore } from "./ports.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import type { Approval } from "./runs.js";

export interface ApprovalRequest {
  /** Of the restatement plan: all of it, or as much of its beginning as is unambiguous. */
  readonly digest: string;
  /** From a plan file; null to look for it among the plans that wait for approval. */
  readonly plan: RestatementPlan | null;
  readonly comment: string | null;
  /** Null for what the policy says. */
  readonly expiresMilliseconds: number | null;
}

/**
 * Records that `by` agrees to exactly one restatement plan, which is known: nobody approves what cannot be looked at.
 * @throws PipelineError RUN_UNKNOWN for a digest of no known plan, APPROVAL_MISSING where the policy asks another person.
 */
export async function approve(
  request: ApprovalRequest,
  by: Actor,
  parts: { readonly state: StateStore; readonly policy: ApprovalPolicy; readonly now: () => number },
): Promise<Approval> {
  const { state, policy, now } = parts;
  const plan = request.plan ?? (await proposed(request.digest, state));
  if (policy.byAnother && isSamePerson(plan.createdBy, by)) {
    throw new PipelineError("APPROVAL_MISSING", {
      message: `${by.name} has planned this restatement, and approval.by_another asks somebody else`,
      hint: "let another person run the same `oso-pipeline approve`",
    });
  }
  const { expiresMilliseconds, comment } = request;
  const approval = newApproval({ plan, by, now: now(), expiresMilliseconds, comment }, policy);
  await state.saveApproval(approval);
  return approval;
}

async function proposed(digest: string, state: StateStore): Promise<RestatementPlan> {
  const plans = (await state.proposals(digest)).filter((plan) => matchesDigest(digest, plan.digest));
  if (plans.length === 1 && plans[0]) return plans[0];
  throw new PipelineError("RUN_UNKNOWN", {
    message:
      plans.length === 0
        ? `no restatement plan ${digest} waits for approval`
        : `${digest} begins the digests of ${count(plans.length, "plan")}`,
    hint:
      plans.length === 0
        ? "give at least 8 digits of what `oso-pipeline plan` shows, or the file of `plan --out`"
        : "give more digits",
  });
}
