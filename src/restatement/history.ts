import type { ModelFailure } from "../core/events.js";
import type { ModelOutcome } from "./result.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { LeaseStatus, RunRecord } from "./runs.js";

/** One line of `runs`. */
export interface RunSummary {
  readonly run: RunRecord;
  /** What the record and the lease say together: a `running` run without a living holder has died. */
  readonly state: "running" | "died" | "failed" | "interrupted" | "succeeded" | "abandoned";
  /** Batches of the restatement; null for a run without one. */
  readonly batches: { readonly planned: number; readonly stored: number } | null;
}

/** What `show` tells of one run. */
export interface RunDetails extends RunSummary {
  readonly plan: RestatementPlan | null;
  /** Restated models in the plan's order, with what the journal knows of each; what is left has `skipped` or fewer stored. */
  readonly models: readonly ModelOutcome[];
  readonly failures: readonly ModelFailure[];
  readonly holder: LeaseStatus | null;
  /** The commands that make sense next, most likely first. */
  readonly next: readonly string[];
}

/** What `status` tells: the present of one warehouse. */
export interface RunsStatus {
  readonly leases: readonly LeaseStatus[];
  /** Newest first. */
  readonly unfinished: readonly RunDetails[];
  readonly last: RunSummary | null;
}
