import type { Hash } from "./commit.js";
import type { Outcome } from "./outcome.js";

/** A part of the work around which something may be done: hooks, and waiting for a cluster that starts up. */
export type Stage = "run" | "verify" | "publish";

/** What is known of a stage; null for what is not, or not yet. */
export interface StageFacts {
  readonly environment: string | null;
  /** Id of the run. */
  readonly run: string | null;
  /** The commit of main that it is about. */
  readonly hash: Hash | null;
  readonly release: number | null;
}

/** A stage that has come to a result. */
export interface StageEnd extends Partial<StageFacts> {
  /** The word of its result: `succeeded`, `passed`, `published`. */
  readonly outcome: string;
}

/**
 * Does a stage, with whatever is to be done before and after it.
 * @throws PipelineError what the work throws; and, before the work has begun, why it may not begin.
 */
export type Surround = <R>(
  stage: Stage,
  facts: StageFacts,
  work: () => Promise<Outcome<R>>,
  ended: (result: R) => StageEnd,
) => Promise<Outcome<R>>;

export const nothingKnown: StageFacts = { environment: null, run: null, hash: null, release: null };

/** Nothing before it and nothing after it. */
export const unsurrounded: Surround = async (_, __, work) => work();
