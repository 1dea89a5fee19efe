import type { PipelineError } from "../core/errors.js";
import type { PublishResult } from "../release/publish.js";
import type { PlanResult, RunResult } from "../restatement/run-result.js";
import type { Approval } from "../restatement/runs.js";
import type { VerificationResult } from "../verification/result.js";

/** How a command ended, in the parts that people are told of. `result` is null where it never came to one. */
export type Ended = RunEnded | VerificationEnded | PublicationEnded | PlanEnded | ApprovalEnded;

export interface RunEnded {
  readonly kind: "run";
  /** Null for the configured one. */
  readonly environment: string | null;
  readonly result: RunResult | null;
  readonly failure: PipelineError | null;
}

export interface VerificationEnded {
  readonly kind: "verification";
  /** What was looked at, as it was asked for: `main`, `main (oso.stg_*)`. */
  readonly target: string;
  readonly result: VerificationResult | null;
  readonly failure: PipelineError | null;
}

export interface PublicationEnded {
  readonly kind: "publication";
  readonly isRollback: boolean;
  readonly result: PublishResult<VerificationResult> | null;
  readonly failure: PipelineError | null;
}

export interface PlanEnded {
  readonly kind: "plan";
  readonly result: PlanResult;
}

export interface ApprovalEnded {
  readonly kind: "approval";
  readonly result: Approval;
}

/** What a command came to: its result, or what broke it off. */
export interface CommandEnd<R> {
  readonly result: R | null;
  readonly failure: PipelineError | null;
}

/** The whole of main, whose checks publishing runs too. */
export const WHOLE_MAIN = "main";
