import type { Hash } from "../core/commit.js";
import type { FinishedBatch, Interval, ModelFailure, Report } from "../core/events.js";
import type { Model, ModelKind } from "../core/model.js";
import type { Repetition, RestatementPlan } from "./restatement-plan.js";
import type { KnownModels } from "./known-models.js";
import type { Approval, JournalEntry, RunRecord } from "./runs.js";
import type { LeaseHolder, LeaseStatus } from "../core/lease.js";

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
  /**
   * The plan built last, restating only these parts of what it restates, as one range per model; models that are not
   * named are left out. Whatever is applied later, other environments' intervals are cleared for the original plan.
   */
  narrow(planId: string, left: readonly ModelRange[]): Promise<EvaluationPlan>;
  /**
   * Batches of the plan built last that SQLMesh's state holds as stored since then: `plan.evidenceSince` of the run's
   * first attempt. Rows that the janitor has compacted are no evidence.
   */
  stored(planId: string, since: number): Promise<readonly ModelRange[]>;
  /** Counts a range as written in SQLMesh's state without writing it: a person has said that it is. */
  acceptAsWritten(planId: string, written: readonly ModelRange[]): Promise<void>;
  /** Applies the plan built last. Failing models are a result, not an exception. */
  apply(planId: string, report: Report): Promise<Evaluation>;
  /** Evaluates what is due by cadence: SQLMesh's `run`, without its janitor. */
  runDue(request: { environment: string }, report: Report): Promise<Evaluation>;
  /** How far each model of an environment is complete; none where there is no such environment. */
  coverage(environment: string): Promise<readonly ModelCoverage[]>;
  /** Marks every query from here on, so that a later run finds what this one leaves in Trino. */
  mark(mark: QueryMark): Promise<void>;
  /**
   * Lets the engine write for this long from now on, and not longer: without another word it then ends its queries
   * and itself, whatever became of this process. Never waits for work that is going on.
   */
  permit(milliseconds: number): void;
  /** Ends the process. Safe to call twice. */
  close(): Promise<void>;
}

export interface QueryMark {
  /** Trino's `source`, which `system.runtime.queries` shows. */
  readonly source: string;
  readonly clientTags: readonly string[];
}

export interface ModelRange {
  readonly model: string;
  readonly interval: Interval;
}

/** How far SQLMesh has a model stored. */
export interface ModelCoverage {
  readonly model: string;
  readonly kind: ModelKind;
  /** Cron expression of its cadence, and its time zone; null for UTC. */
  readonly cron: string;
  readonly timezone: string | null;
  /** What intervals are whole multiples of, as SQLMesh spells it: `day`, `five_minute`. */
  readonly unit: string;
  /** Where the model ends for good, ISO 8601 UTC; null where it does not. */
  readonly end: string | null;
  /** End of the last interval that is stored, ISO 8601 UTC; null where there is none. */
  readonly until: string | null;
}

export interface LoadedProject {
  readonly sqlmeshVersion: string;
  readonly pythonVersion: string;
  /** SQLMesh's `project` name; empty where the project has none. */
  readonly project: string;
  readonly gateway: string;
  /** Whose its queries are in Trino; null on another engine. */
  readonly trinoUser: string | null;
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
  /** ISO 8601; what relative dates and `@execution_ts` mean. Null for now. */
  readonly executionTime: string | null;
  /** Only the changes of these models; all changes where left out. */
  readonly onlyModels?: readonly string[] | undefined;
}

/** What a plan would do, in the glossary's words. */
export interface EvaluationPlan {
  readonly planId: string;
  readonly environment: string;
  readonly restatements: readonly PlannedModel[];
  /** Models with missing intervals that this plan fills. */
  readonly backfills: readonly PlannedModel[];
  readonly changes: ProjectChanges;
  /** Definitions that the plan changes, as it would leave them; filled or not. */
  readonly modified: readonly ModelDefinition[];
  /** False when applying would change nothing at all. */
  readonly hasWork: boolean;
  /** What was asked and SQLMesh would silently leave out. */
  readonly leftOut: readonly LeftOut[];
  readonly executionTime: string;
  /** From here on interval rows in SQLMesh's state are of whoever applies this plan: milliseconds, of that state. */
  readonly evidenceSince: number;
  /** The plan that the environment stands at; null when it does not exist yet. */
  readonly environmentPlanId: string | null;
  /** False while a plan is being applied to the environment, or after one died. */
  readonly environmentFinalized: boolean;
}

/** A model as SQLMesh's state holds it. */
export interface ModelDefinition {
  readonly model: string;
  readonly kind: ModelKind;
  /** SQLMesh's version of the table, and the fingerprint of the definition. */
  readonly version: string;
  readonly fingerprint: string;
  /** The physical table as Nessie keys it, `schema.table`; null for views. */
  readonly table: string | null;
  readonly repetition: Repetition;
}

export interface PlannedModel extends ModelDefinition {
  /** Start inclusive, end exclusive, ISO 8601 UTC. */
  readonly start: string;
  readonly end: string;
  readonly batches: number;
  /** Each batch, in order. */
  readonly intervals: readonly Interval[];
  /** Models of this plan's restatement that it reads. */
  readonly restatedParents: readonly string[];
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
  /** Restated models of which another plan deployed new versions meanwhile, so that those miss the restatement. */
  readonly replacedMeanwhile: readonly string[];
  /** Trino's ids of all statements that wrote and belong to no stored batch: tables and views made, batches that failed. */
  readonly queries: readonly string[];
}

/** What the tool remembers, shared by all machines. Every write is refused that another writer has overtaken. */
export interface StateStore {
  /** Newest first. @throws PipelineError STATE_UNREADABLE, VERSION_UNSUPPORTED for a record of a later release. */
  runs(): Promise<readonly RunRecord[]>;
  plan(run: string): Promise<RestatementPlan | null>;
  journal(run: string): Promise<readonly JournalEntry[]>;
  /** What the last run of each project and environment knew of its models. */
  knownModels(): Promise<readonly KnownModels[]>;
  /** Newest first. */
  approvals(digest: string): Promise<readonly Approval[]>;
  saveApproval(approval: Approval): Promise<void>;
  /** Keeps a plan that waits for approval, under its digest, so that an approver elsewhere sees what it is. */
  saveProposal(plan: RestatementPlan): Promise<void>;
  /** Plans that wait or waited for approval and whose digest starts so. */
  proposals(digestPrefix: string): Promise<readonly RestatementPlan[]>;
  leases(): Promise<readonly LeaseStatus[]>;
  /** Takes a lease away from its holder, which stops at its next sign of life. Null when nobody holds it. */
  releaseLease(scope: string): Promise<LeaseHolder | null>;
  /**
   * Takes the lease of a scope. A holder that shows a sign of life keeps it; one that shows none for its time to live,
   * on this process's own clock, or whose process on this host is gone, has lost it.
   * @throws PipelineError LEASE_HELD naming the holder, once it has shown a sign of life and `wait` is over.
   */
  acquire(request: LeaseRequest): Promise<HeldLease>;
}

export interface LeaseRequest {
  readonly scope: string;
  readonly holder: LeaseHolder;
  /** How long to wait for a living holder, in milliseconds. */
  readonly wait: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The right to write, for as long as it is held. All its writes are fenced: refused once another has taken the lease. */
export interface HeldLease {
  /** Whose lease this was, when its holder died without giving it back. */
  readonly takenFrom: LeaseHolder | null;
  /** Aborted with a PipelineError LEASE_LOST. */
  readonly lost: AbortSignal;
  /** Called with the time until which the lease is certain, in milliseconds from now, at each renewal. */
  onRenewed(listener: (milliseconds: number) => void): void;
  saveRun(run: RunRecord): Promise<void>;
  savePlan(run: string, plan: RestatementPlan): Promise<void>;
  /** Replaces what an earlier run knew of the same environment. */
  saveKnownModels(known: KnownModels): Promise<void>;
  /** Takes note of facts and returns; they are written together, in order, at the next opportunity. */
  append(run: string, ...entries: readonly JournalEntry[]): void;
  /** Settles when everything appended is written. @throws PipelineError when it cannot be. */
  flush(): Promise<void>;
  /** Forgets a run with its plan and journal. */
  removeRun(run: string): Promise<void>;
  /** Flushes and gives the lease back. Safe to call twice. */
  release(): Promise<void>;
}

/** Main's history in Nessie, as restating needs it. */
export interface MainHistory {
  head(): Promise<Hash>;
  /** Commits after `since` up to `until` that change data of one of the tables (`schema.table`) or drop it, oldest first. */
  commitsOn(since: Hash, until: Hash, tables: ReadonlySet<string>): Promise<readonly TableCommit[]>;
  /** Who wrote each commit, by Iceberg's `trino_query_id`; null where the snapshot does not say, or the table is gone. */
  writers(
    commits: readonly TableCommit[],
  ): Promise<readonly { commit: TableCommit; queryId: string | null }[]>;
}

export interface TableCommit {
  readonly hash: Hash;
  readonly table: string;
}

/** Trino, as what dead runs leave behind is found and ended. */
export interface RunningQueries {
  /** Queries of a source that Trino knows. @throws PipelineError PERMISSION_DENIED where it may not be asked. */
  ofSource(source: string, signal?: AbortSignal): Promise<readonly TrinoQuery[]>;
  /** Whether any query of this user is shown: Trino's access control may hide them without a word. */
  showsQueriesOf(user: string, signal?: AbortSignal): Promise<boolean>;
  /** One that has ended meanwhile is fine. @throws PipelineError PERMISSION_DENIED */
  kill(queryId: string, reason: string, signal?: AbortSignal): Promise<void>;
}

export interface TrinoQuery {
  readonly id: string;
  readonly ended: boolean;
}
