import type { Report, FinishedBatch, ModelFailure } from "../core/events.js";
import type { Model, ModelKind } from "../core/model.js";

/** SQLMesh, as a run needs it: one process that has loaded the project once. */
export interface TransformationEngine {
  /** @throws PipelineError PROJECT_INVALID when SQLMesh cannot load the project. */
  load(): Promise<LoadedProject>;
  /**
   * Resolves each selector on its own, for SQLMesh drops an unknown one among several silently (facts/sqlmesh 3).
   * A selector that cannot be parsed has `error`; one that matches nothing has no models.
   */
  select(selectors: readonly string[]): Promise<readonly Selection[]>;
  /** Builds a plan and writes nothing. The plan stays in the bridge under `planId` until applied. */
  plan(request: PlanRequest): Promise<EvaluationPlan>;
  /** Applies the plan built last. Failing models are a result, not an exception. */
  apply(planId: string, report: Report): Promise<Evaluation>;
  /** Evaluates what is due by cadence: SQLMesh's `run`, without its janitor. */
  runDue(request: { environment: string }, report: Report): Promise<Evaluation>;
  /** Ends the process. Safe to call twice. */
  close(): Promise<void>;
}

export interface LoadedProject {
  readonly sqlmeshVersion: string;
  readonly pythonVersion: string;
  readonly gateway: string;
  readonly models: readonly Model[];
  readonly environments: readonly string[];
  /** Where whatever SQLMesh and the models print goes. */
  readonly logFile: string;
}

export interface Selection {
  readonly selector: string;
  readonly models: readonly string[];
  readonly error: string | null;
}

export interface PlanRequest {
  readonly environment: string;
  /** Model names; empty for a plan that deploys local changes and fills what is missing. */
  readonly restate: readonly string[];
  readonly start: string | null;
  readonly end: string | null;
  readonly skipTests: boolean;
  /** Selectors of models whose destructive schema change is allowed. */
  readonly allowDestructive: readonly string[];
}

/** What a plan would do, in the glossary's words. */
export interface EvaluationPlan {
  readonly planId: string;
  readonly environment: string;
  readonly restatements: readonly PlannedModel[];
  /** Models with missing intervals that this plan fills. */
  readonly backfills: readonly PlannedModel[];
  readonly changes: ProjectChanges;
  /** False when applying would change nothing at all. */
  readonly hasWork: boolean;
  /** What was asked and SQLMesh would silently leave out. */
  readonly leftOut: readonly LeftOut[];
}

export interface PlannedModel {
  readonly model: string;
  readonly kind: ModelKind;
  /** Start inclusive, end exclusive, ISO 8601 UTC. */
  readonly start: string;
  readonly end: string;
  readonly batches: number;
  /** True where the kind cannot restate a part and goes over its full history instead. */
  readonly widened: boolean;
  /** True when asked for, false when it comes along as downstream of what was asked. */
  readonly selected: boolean;
}

export interface ProjectChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly directlyModified: readonly string[];
  readonly indirectlyModified: readonly string[];
  readonly metadataUpdated: readonly string[];
}

export type LeftOutReason =
  | "seed"
  | "external"
  | "embedded"
  | "managed"
  | "restatement-disabled"
  | "shared-with-prod"
  | "not-in-environment"
  | "deployed-now"
  | "unknown";

export interface LeftOut {
  readonly model: string;
  readonly reason: LeftOutReason;
}

/** What one evaluation (apply or run) did. */
export interface Evaluation {
  readonly status: "succeeded" | "failed" | "nothing-to-do";
  readonly batches: readonly FinishedBatch[];
  readonly failures: readonly ModelFailure[];
  /** Models not attempted because something upstream failed. */
  readonly skipped: readonly string[];
}
