import type { Actor } from "../core/actor.js";
import type { Interval } from "../core/events.js";
import type { ModelKind } from "../core/model.js";
import type { LeftOut, ProjectChanges } from "./ports.js";
import type { RunRequest } from "./request.js";

/**
 * What a restatement will do, exactly: saved, shown, approved by its digest, applied, and resumed from. Its times are
 * frozen, so that it means the same batches whenever and wherever it is taken up again.
 */
export interface RestatementPlan {
  /** Over environment, request, SQLMesh's version and models (version, fingerprint, kind, interval); not the clock. */
  readonly digest: string;
  readonly environment: string;
  /** SQLMesh's project and gateway: the state it belongs to. */
  readonly scope: string;
  readonly request: RunRequest;
  readonly sqlmeshVersion: string;
  /** ISO 8601 UTC; what `@execution_ts` and relative dates mean, in every attempt. */
  readonly executionTime: string;
  readonly createdAt: string;
  readonly createdBy: Actor;
  /** Sorted by name. */
  readonly models: readonly RestatedModel[];
  /** What SQLMesh would silently pass over, and what leaves because it was just built anew. */
  readonly leftOut: readonly LeftOut[];
  /** Local code that a run deploys first; null when there is none. The models are those after it. */
  readonly deployment: ProjectChanges | null;
}

export interface RestatedModel {
  readonly model: string;
  readonly kind: ModelKind;
  /** SQLMesh's version of the model's table, and the fingerprint of its definition. */
  readonly version: string;
  readonly fingerprint: string;
  /** The physical table as Nessie keys it, `schema.table`; null for views. */
  readonly table: string | null;
  /** From the first batch's start to the last one's end. */
  readonly interval: Interval;
  /** In order; every interval is restated once. */
  readonly batches: readonly Interval[];
  /** The kind cannot restate a part of its history, so more than the dates asked for is restated. */
  readonly widened: boolean;
  readonly repetition: Repetition;
  /** The words that asked for it (`oso.stg_x`, `entity_category=project`); empty when it comes along. */
  readonly askedBy: readonly string[];
  /** Restated models that it reads and that brought it along. */
  readonly downstreamOf: readonly string[];
  /** Rows and milliseconds of the last run that stored all its batches; null where the journal knows none. */
  readonly earlier: {
    readonly rows: number | null;
    readonly milliseconds: number;
    readonly batches: number;
  } | null;
}

/**
 * What of a model may be written again and is then as if it had been written once: `each` batch at any time; of kinds
 * that keep history (SCD2) the batch written `last`; of kinds that append or are not known (INCREMENTAL_UNMANAGED,
 * CUSTOM) only the `whole`, from its first batch on, which replaces the table.
 */
export type Repetition = "each" | "last" | "whole";
