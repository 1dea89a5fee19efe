import type { Hash } from "../core/commit.js";
import type { ErrorCode, NextCommand } from "../core/errors.js";
import type { Interval, ModelFailure } from "../core/events.js";
import type { RunRequest } from "./request.js";
import type { ModelOutcome } from "./result.js";
import type { Actor } from "../core/actor.js";

/** What started a run, and the key under which the same start is recognised again. */
export interface Trigger {
  readonly source: "key" | "dagster" | "github" | "manual";
  /** The idempotency key; null where nothing identifies the start, as on a terminal. */
  readonly key: string | null;
  readonly by: Actor;
  /** Where the start can be looked at: a CI job, a Dagster run. */
  readonly link: string | null;
}

/** Steps of a run, in their order; `done` once the last one is. */
export type RunStep = "deploy" | "restate" | "due" | "done";

/**
 * `running` may also mean that its process died: the lease tells. `failed` and `interrupted` are unfinished and can be
 * resumed; `succeeded` and `abandoned` are over.
 */
export type RunStatus = "running" | "failed" | "interrupted" | "succeeded" | "abandoned";

/** A run as the state store remembers it. */
export interface RunRecord {
  /** Sorts by start: `20261121-142051-3f9a`. */
  readonly id: string;
  readonly scope: string;
  readonly environment: string;
  readonly trigger: Trigger;
  readonly request: RunRequest;
  readonly requestDigest: string;
  readonly status: RunStatus;
  readonly step: RunStep;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Head of main before anything was written. */
  readonly mainAtStart: Hash;
  /** Head of main when the run was over: succeeded or abandoned. */
  readonly mainAtEnd: Hash | null;
  /** Head of main when the restatement began, after the deployment; null before. */
  readonly mainAtRestatement: Hash | null;
  /** Of the restatement plan; null before there is one, and for runs without restatement. */
  readonly planDigest: string | null;
  /** Only interval rows of SQLMesh's state younger than this are evidence of this run; milliseconds, from that state. */
  readonly evidenceSince: number | null;
  /** SQLMesh's ids of the plan that the environment stood at when the restatement began, and of this run's own since. */
  readonly environmentPlans: readonly string[];
  readonly approvedBy: Actor | null;
  /** A finished run of the same trigger that `--force` started anew. */
  readonly forcedAfter: string | null;
  readonly attempts: readonly Attempt[];
}

export interface Attempt {
  /** Counts from 1. */
  readonly number: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly host: string;
  readonly pid: number;
  readonly by: Actor;
  readonly link: string | null;
  readonly sqlmeshVersion: string;
  /** Whose its queries are in Trino; null on another engine. */
  readonly trinoUser: string | null;
  /** Why it ended before the run was over; null while it works and when it succeeded. */
  readonly failure: AttemptFailure | null;
  /** Trino's log and SQLMesh's log of this attempt on its host. */
  readonly logFile: string;
}

/** The error that an attempt ended with, for whoever has not seen it. */
export interface AttemptFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  readonly next: readonly NextCommand[];
}

/** The journal of a run: facts in the order in which they became known. Duplicates do no harm. */
export type JournalEntry =
  | {
      readonly type: "batch-stored";
      readonly attempt: number;
      readonly model: string;
      readonly interval: Interval;
      readonly rows: number | null;
      readonly milliseconds: number;
      readonly auditsPassed: number;
      readonly auditsFailed: number;
      /** Trino's ids of the statements that wrote it. */
      readonly queries: readonly string[];
      /** When it was stored, ISO 8601 UTC by this machine's clock; for people alone. Absent in older journals. */
      readonly at?: string | undefined;
    }
  /** A batch found stored in SQLMesh's state although the journal of a dead attempt did not know. */
  | {
      readonly type: "batch-found";
      readonly attempt: number;
      readonly model: string;
      readonly interval: Interval;
    }
  /** A person's word on a batch that nothing could decide: written, as the last one, or the model restated from its start. */
  | {
      readonly type: "decided";
      readonly attempt: number;
      readonly model: string;
      readonly decision: "written" | "rebuild";
      /** The batch that was undecided, so that saying it twice means the same batch; null for a rebuild. */
      readonly interval: Interval | null;
      /** Commits of main that left it undecided: they raise no question again. */
      readonly commits: readonly Hash[];
    }
  /** Queries of a dead attempt that were found in Trino. */
  | { readonly type: "queries-drained"; readonly attempt: number; readonly queries: readonly string[] }
  /** What deploying, or running what is due, did; SQLMesh's own state takes these up again. */
  | {
      readonly type: "step-ended";
      readonly attempt: number;
      readonly step: "deploy" | "due";
      readonly models: readonly ModelOutcome[];
      readonly failures: readonly ModelFailure[];
      /** What was stored in it, in order. Absent in older journals. */
      readonly batches?: readonly StepBatch[] | undefined;
    }
  | {
      readonly type: "model-failed";
      readonly attempt: number;
      readonly failure: ModelFailure;
      /** As of a stored batch. */
      readonly at?: string | undefined;
    };

/** A batch that deploying, or running what is due, has stored. */
export interface StepBatch {
  readonly model: string;
  readonly interval: Interval;
  readonly rows: number | null;
  readonly milliseconds: number;
  readonly queries: readonly string[];
  /** When it was stored, ISO 8601 UTC. */
  readonly at: string;
}

export interface Approval {
  readonly digest: string;
  readonly by: Actor;
  readonly at: string;
  /** Null: without end. */
  readonly until: string | null;
  readonly comment: string | null;
  /** What was approved, so that it can be shown and compared later: selectors, models, batches. */
  readonly summary: { readonly environment: string; readonly models: number; readonly batches: number };
}

export const isUnfinished = ({ status }: Pick<RunRecord, "status">): boolean =>
  status === "running" || status === "failed" || status === "interrupted";
