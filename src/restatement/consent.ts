import { PipelineError } from "../core/errors.js";
import { type ApprovalMode, type ApprovalPolicy, approvalMissing, judge, needed } from "./approval.js";
import { stalePlan } from "./compare-plans.js";
import { matchesDigest, shortDigest } from "./digest.js";
import type { StateStore } from "./ports.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import type { ResumeOptions, RunOptions } from "./run-options.js";

/** Whether a restatement may begin: what the policy asks, and what person or approval has answered. */
export class Consent {
  /** Who agreed; null where nobody had to. */
  givenBy: Actor | null = null;

  constructor(
    private readonly parts: {
      readonly state: StateStore;
      readonly policy: ApprovalPolicy;
      readonly now: () => number;
    },
    private readonly options: RunOptions | ResumeOptions,
    private readonly by: Actor,
  ) {}

  /** @throws PipelineError APPROVAL_MISSING, or PLAN_STALE where another plan was named. */
  async to(plan: RestatementPlan): Promise<void> {
    const { options } = this;
    if ("plan" in options && options.plan && options.plan.digest !== plan.digest)
      throw stalePlan(options.plan, plan);
    if (options.approval !== null && !matchesDigest(options.approval, plan.digest)) {
      throw new PipelineError("PLAN_STALE", {
        message: `the approval named is for ${options.approval}, and this restatement is ${shortDigest(plan.digest)}`,
        hint: "`oso-pipeline plan` with the same options shows what it is now",
      });
    }
    const mode = needed(this.parts.policy, plan);
    if (mode === "none" || plan.models.length === 0) return;
    if (await this.isApproved(plan)) return;
    if (mode === "prompt" && options.yes) {
      this.givenBy = this.by;
      return;
    }
    if (mode === "prompt" && options.confirm) {
      if (await options.confirm(plan)) {
        this.givenBy = this.by;
        return;
      }
      throw new PipelineError("APPROVAL_MISSING", {
        message: "the restatement was declined; nothing was run",
        hint: "the same command asks again",
      });
    }
    await this.refuse(plan, mode);
  }

  private async isApproved(plan: RestatementPlan): Promise<boolean> {
    const { state, policy, now } = this.parts;
    const verdict = judge({
      policy,
      plan,
      approvals: await state.approvals(plan.digest),
      plannedBy: this.by,
      now: now(),
    });
    if (verdict.kind === "missing") return false;
    this.givenBy = verdict.by;
    return true;
  }

  private async refuse(plan: RestatementPlan, mode: ApprovalMode): Promise<never> {
    const { state, policy, now } = this.parts;
    await state.saveProposal(plan);
    const verdict = judge({
      policy,
      plan,
      approvals: await state.approvals(plan.digest),
      plannedBy: this.by,
      now: now(),
    });
    throw approvalMissing(plan, verdict.kind === "missing" ? verdict.reason : "none", mode);
  }
}
