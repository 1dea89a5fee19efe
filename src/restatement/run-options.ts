import type { RestatementPlan } from "./restatement-plan.js";

/** What holds for starting a run and for going on with one. */
interface StartOptions {
  /** How long to wait for a living holder of the lease, in milliseconds; Infinity for as long as it takes. */
  readonly waitMilliseconds: number;
  /** Digest that the restatement must have, of an approval that was given; null to look for one. */
  readonly approval: string | null;
  /** Answers the prompt. Never stands for a required approval. */
  readonly yes: boolean;
  /**
   * Shows the plan to the person at the terminal and asks; null where nobody is there to answer.
   * @throws PipelineError INTERRUPTED on Ctrl-C, and what aborted the command meanwhile.
   */
  readonly confirm: ((plan: RestatementPlan) => Promise<boolean>) | null;
}

export interface RunOptions extends StartOptions {
  /** Idempotency key of the trigger; null to take Dagster's or GitHub's, or none. */
  readonly runKey: string | null;
  /** Starts a finished trigger anew. */
  readonly force: boolean;
  /** To apply exactly this and nothing else; null to plan what the request asks. */
  readonly plan: RestatementPlan | null;
}

export interface ResumeOptions extends StartOptions {
  /** Models whose batch in flight a person takes as written. */
  readonly written: readonly string[];
  /** Models that a person has restated from their first batch. */
  readonly rebuild: readonly string[];
}
