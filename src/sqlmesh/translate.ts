import type { FinishedBatch, ModelFailure, PipelineEvent } from "../core/events.js";
import type { Model } from "../core/model.js";
import type { EvaluationPlan, PlannedModel } from "../restatement/ports.js";
import type {
  BridgeEvent,
  WireBatch,
  WireFailure,
  WireModel,
  WirePlan,
  WirePlannedModel,
} from "./protocol.js";

const CATEGORY_TAG = "entity_category=";

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export function toModel(wire: WireModel): Model {
  const { depends_on: dependsOn, time_column: timeColumn, ...same } = wire;
  const categories = wire.tags
    .filter((tag) => tag.startsWith(CATEGORY_TAG))
    .map((tag) => tag.slice(CATEGORY_TAG.length));
  return { ...same, categories, dependsOn, timeColumn };
}

export function toPlan(wire: WirePlan): EvaluationPlan {
  return {
    planId: wire.plan_id,
    environment: wire.environment,
    restatements: wire.restatements.map(toPlannedModel),
    backfills: wire.backfills.map(toPlannedModel),
    changes: {
      added: wire.changes.added,
      removed: wire.changes.removed,
      directlyModified: wire.changes.directly_modified,
      indirectlyModified: wire.changes.indirectly_modified,
      metadataUpdated: wire.changes.metadata_updated,
    },
    hasWork: wire.has_work,
    leftOut: wire.left_out,
  };
}

const toPlannedModel = (wire: WirePlannedModel): PlannedModel => ({
  ...wire,
  start: iso(wire.start),
  end: iso(wire.end),
});

/** Null for what only keeps the connection alive. */
export function toPipelineEvent(wire: BridgeEvent): PipelineEvent | null {
  if (wire.event === "alive") return null;
  if (wire.event === "notice") return { type: wire.event, level: wire.level, text: wire.text };
  if (wire.event === "evaluation-planned") return { type: wire.event, models: wire.models };
  if (wire.event === "batch-finished") return { type: wire.event, batch: toBatch(wire.batch) };
  if (wire.event === "model-failed") return { type: wire.event, failure: toFailure(wire.failure) };
  if (wire.event === "model-skipped") return { type: wire.event, model: wire.model };
  return { type: wire.event, succeeded: wire.succeeded };
}

const toBatch = (wire: WireBatch): FinishedBatch => ({
  model: wire.model,
  interval: wire.interval && { start: iso(wire.interval.start), end: iso(wire.interval.end) },
  number: wire.number,
  of: wire.of,
  rows: wire.rows,
  milliseconds: wire.milliseconds,
  auditsPassed: wire.audits_passed,
  auditsFailed: wire.audits_failed,
});

const toFailure = (wire: WireFailure): ModelFailure => ({
  model: wire.model,
  reason: wire.reason,
  message: wire.message,
  audits: wire.audits.map((audit) => ({ name: audit.name, failingRows: audit.failing_rows })),
});
