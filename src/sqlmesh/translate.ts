import type { FinishedBatch, Interval, ModelFailure, PipelineEvent } from "../core/events.js";
import type { Model } from "../core/model.js";
import type { EvaluationPlan, ModelCoverage, ModelRange, PlannedModel } from "../restatement/ports.js";
import type {
  BridgeEvent,
  WireBatch,
  WireCoverage,
  WireFailure,
  WireInterval,
  WireModel,
  WirePlan,
  WirePlannedModel,
  WireRange,
} from "./protocol.js";

const CATEGORY_TAG = "entity_category=";

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

export function toModel(wire: WireModel): Model {
  const { depends_on: dependsOn, time_column: timeColumn, ...same } = wire;
  return { ...same, categories: categoriesOf(wire.tags), dependsOn, timeColumn };
}

export const categoriesOf = (tags: readonly string[]): string[] =>
  tags.filter((tag) => tag.startsWith(CATEGORY_TAG)).map((tag) => tag.slice(CATEGORY_TAG.length));

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
    modified: wire.modified,
    hasWork: wire.has_work,
    leftOut: wire.left_out,
    executionTime: iso(wire.execution_time),
    evidenceSince: wire.evidence_since,
    environmentPlanId: wire.environment_plan_id,
    environmentFinalized: wire.environment_finalized,
  };
}

function toPlannedModel(wire: WirePlannedModel): PlannedModel {
  const { intervals: batches, restated_parents: restatedParents, ...same } = wire;
  const intervals = batches.map(toInterval);
  const { start, end } = { start: intervals.at(0)?.start ?? "", end: intervals.at(-1)?.end ?? "" };
  return { ...same, start, end, batches: intervals.length, intervals, restatedParents };
}

const toInterval = ({ start, end }: WireInterval): Interval => ({ start: iso(start), end: iso(end) });

export const toRange = ({ model, interval }: WireRange): ModelRange => ({
  model,
  interval: toInterval(interval),
});

export const fromRange = ({ model, interval }: ModelRange): WireRange => ({
  model,
  interval: { start: Date.parse(interval.start), end: Date.parse(interval.end) },
});

export const toCoverage = ({ end, until, ...same }: WireCoverage): ModelCoverage => ({
  ...same,
  end: end === null ? null : iso(end),
  until: until === null ? null : iso(until),
});

/** Null for what concerns the connection, or the answer of a request, alone. */
export function toPipelineEvent(wire: BridgeEvent): PipelineEvent | null {
  if (wire.event === "alive" || wire.event === "lease-lost" || wire.event === "statements") return null;
  if (wire.event === "notice") return { type: wire.event, level: wire.level, text: wire.text };
  if (wire.event === "evaluation-planned") return { type: wire.event, models: wire.models };
  if (wire.event === "batch-finished") return { type: wire.event, batch: toBatch(wire.batch) };
  if (wire.event === "batch-started" || wire.event === "batch-stopped")
    return { type: wire.event, model: wire.model };
  if (wire.event === "model-failed") return { type: wire.event, failure: toFailure(wire.failure) };
  if (wire.event === "model-skipped") return { type: wire.event, model: wire.model };
  return { type: wire.event, succeeded: wire.succeeded };
}

const toBatch = (wire: WireBatch): FinishedBatch => ({
  model: wire.model,
  interval: toInterval(wire.interval),
  number: wire.number,
  of: wire.of,
  rows: wire.rows,
  milliseconds: wire.milliseconds,
  auditsPassed: wire.audits_passed,
  auditsFailed: wire.audits_failed,
  queries: wire.queries,
});

const toFailure = (wire: WireFailure): ModelFailure => ({
  model: wire.model,
  reason: wire.reason,
  message: wire.message,
  audits: wire.audits.map((audit) => ({ name: audit.name, failingRows: audit.failing_rows })),
});
