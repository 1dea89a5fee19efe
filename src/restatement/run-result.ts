import type { Hash } from "../core/commit.js";
import type { Interval } from "../core/events.js";
import type { EvaluationPlan, LeftOut } from "./ports.js";
import type { StepResult } from "./result.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { SelectedModel } from "./selection.js";

/** What `run` and `resume` did, in the order it was done. */
export interface RunResult {
  /** `already-done`: the same trigger has succeeded before, and nothing was started. */
  readonly status: "succeeded" | "failed" | "interrupted" | "nothing-to-do" | "already-done";
  /** Id of the run. */
  readonly run: string;
  readonly attempt: number;
  readonly environment: string;
  readonly sqlmesh: { readonly version: string; readonly gateway: string };
  /** What an earlier attempt had done; null for a first attempt. */
  readonly resumed: Resumption | null;
  /** Local changes applied, and models built by it; null when there were none. */
  readonly deployment: StepResult | null;
  /** Null when nothing was asked to be restated. */
  readonly restatement: RestatementResult | null;
  /** What was due by cadence; null when an earlier step failed. */
  readonly due: StepResult | null;
  readonly mainAtStart: Hash;
  readonly startedAt: string;
  readonly milliseconds: number;
  /** Where SQLMesh's own output went. */
  readonly logFile: string;
}

export interface Resumption {
  /** Batches that earlier attempts had stored, of those planned. */
  readonly stored: number;
  readonly planned: number;
  /** Of these, known from SQLMesh's state only: their attempt died before it could write them down. */
  readonly found: number;
  /** Stored already, but between unfinished ones, so restated again; their kind bears it. */
  readonly repeated: readonly { readonly model: string; readonly interval: Interval }[];
  /** Models restated from their start once more: a person said so of them or of what they read, or they have changed. */
  readonly rebuilt: readonly string[];
  /** Queries that the dead attempt had left in Trino, all ended now. */
  readonly drained: readonly string[];
}

export interface RestatementResult extends StepResult {
  readonly digest: string | null;
  readonly asked: readonly SelectedModel[];
  /** Asked for, but not restated, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Models whose stored batches are fewer than planned although nothing failed; must be empty. */
  readonly incomplete: readonly string[];
  /** Commits on the restated tables that none of this run's queries made. */
  readonly foreignCommits: readonly {
    readonly hash: Hash;
    readonly table: string;
    readonly queryId: string | null;
  }[];
}

/** What `plan` shows: the same decisions, nothing applied. */
export interface PlanResult {
  readonly environment: string;
  readonly sqlmesh: { readonly version: string; readonly gateway: string };
  readonly deployment: EvaluationPlan;
  /** Null when nothing was asked; without models when all that was asked has left it. */
  readonly restatement: RestatementPlan | null;
  /** Whether a run of it needs an approval or an answer first. */
  readonly approval: "none" | "prompt" | "required";
  /** Where `--out` wrote it. */
  readonly file: string | null;
}

export interface AbandonResult {
  readonly run: string;
  /** Models left as they were, with the batches that were not restated. */
  readonly left: readonly { readonly model: string; readonly batches: number }[];
}

/** SQLMesh's own audits in all steps of a run. */
export function auditsOf({ deployment, restatement, due }: RunResult): {
  readonly passed: number;
  readonly failed: number;
} {
  const models = [deployment, restatement, due].flatMap((step) => step?.models ?? []);
  return {
    passed: models.reduce((sum, { audits }) => sum + audits.passed, 0),
    failed: models.reduce((sum, { audits }) => sum + audits.failed, 0),
  };
}
