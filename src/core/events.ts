/**
 * What happens while a command works. Rooms report these; renderers turn them into a progress bar, plain lines
 * or NDJSON. An event is a fact, never a decision: leaving all of them out changes no outcome.
 */
export type PipelineEvent =
  | { readonly type: "phase"; readonly phase: Phase; readonly text: string }
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly text: string }
  /** The whole to-do of one evaluation, before its first batch. */
  | { readonly type: "evaluation-planned"; readonly models: readonly PlannedBatches[] }
  | { readonly type: "batch-started"; readonly model: string }
  | { readonly type: "batch-finished"; readonly batch: FinishedBatch }
  /** One that was begun and not stored: it failed, or was broken off. */
  | { readonly type: "batch-stopped"; readonly model: string }
  | { readonly type: "model-failed"; readonly failure: ModelFailure }
  | { readonly type: "model-skipped"; readonly model: string }
  | { readonly type: "evaluation-finished"; readonly succeeded: boolean }
  /** What models took in earlier runs, before the first evaluation. */
  | { readonly type: "pace-known"; readonly models: readonly ModelPace[] }
  /** A sign of life after a minute in which nothing was told: the step in work, since when, and the models in it. */
  | {
      readonly type: "still-working";
      readonly phase: string;
      readonly milliseconds: number;
      readonly working: readonly AtWork[];
    }
  /** A wait, and how long it can last: for a lease, for Trino to forget a dead client's queries. Null: nobody knows. */
  | {
      readonly type: "waiting";
      readonly what: string;
      readonly elapsed: number;
      readonly longest: number | null;
    }
  | { readonly type: "checks-planned"; readonly total: number }
  | {
      readonly type: "check-finished";
      readonly model: string;
      readonly check: string;
      readonly outcome: string;
    }
  /** Bytes of a download; `total` is absent where the server does not say. */
  | {
      readonly type: "download";
      readonly file: string;
      readonly received: number;
      readonly total: number | undefined;
      readonly state: "running" | "verified" | "cached" | "retrying";
    }
  | { readonly type: "service"; readonly service: string; readonly state: string; readonly detail?: string }
  | {
      readonly type: "hook";
      /** `before_run` */
      readonly hook: string;
      readonly command: string;
      readonly state: "running" | "succeeded" | "failed";
      /** Null while it runs. */
      readonly milliseconds: number | null;
    }
  /** A line that a hook has printed, the first of them; its log has all. */
  | { readonly type: "hook-output"; readonly hook: string; readonly line: string };

export type Phase =
  | "load"
  | "deploy"
  | "plan"
  | "lease"
  | "drain"
  | "resume"
  | "restate"
  | "run"
  | "verify"
  | "publish"
  | "download"
  | "install"
  | "start"
  | "stop";

export type Report = (event: PipelineEvent) => void;

export interface PlannedBatches {
  readonly model: string;
  readonly batches: number;
}

/** Of one batch of a model, in milliseconds, as an earlier run took on average. */
export interface ModelPace {
  readonly model: string;
  readonly millisecondsPerBatch: number;
}

/** A model with batches in work. */
export interface AtWork {
  readonly model: string;
  /** Batches stored, of those of this evaluation. */
  readonly stored: number;
  readonly of: number;
  /** Since the batch was begun that has been at work the longest. */
  readonly milliseconds: number;
}

/** Start inclusive, end exclusive, ISO 8601 UTC with milliseconds. */
export interface Interval {
  readonly start: string;
  readonly end: string;
}

/** One batch (model × interval) that SQLMesh has stored, audits included. */
export interface FinishedBatch {
  readonly model: string;
  /** As SQLMesh stored it; kinds without a time range have one too. */
  readonly interval: Interval;
  /** 1-based, of `of` batches of this model in this evaluation. */
  readonly number: number;
  readonly of: number;
  /** Null where the engine does not tell. */
  readonly rows: number | null;
  readonly milliseconds: number;
  readonly auditsPassed: number;
  /** Audits that failed without blocking. */
  readonly auditsFailed: number;
  /** Trino's ids of the statements that wrote it; empty where the engine has none. */
  readonly queries: readonly string[];
}

export interface ModelFailure {
  readonly model: string;
  readonly reason: "audit" | "error";
  readonly message: string;
  readonly audits: readonly { readonly name: string; readonly failingRows: number | null }[];
}
