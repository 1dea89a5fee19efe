import type { Interval } from "../../src/core/events.js";
import { digestOf } from "../../src/restatement/digest.js";
import type { UnaccountedCommit } from "../../src/restatement/foreign.js";
import type { EvaluationPlan, PlannedModel } from "../../src/restatement/ports.js";
import type { RunRequest } from "../../src/restatement/request.js";
import type { RestatedModel, RestatementPlan } from "../../src/restatement/restatement-plan.js";
import type { JournalEntry, RunRecord } from "../../src/restatement/runs.js";

/** The n-th day of 2024, from 0, as one batch. */
export const day = (n: number): Interval => ({
  start: new Date(Date.UTC(2024, 0, 1 + n)).toISOString(),
  end: new Date(Date.UTC(2024, 0, 2 + n)).toISOString(),
});

export const days = (count: number): Interval[] => Array.from({ length: count }, (_, n) => day(n));

export const runRequest = (overrides: Partial<RunRequest> = {}): RunRequest => ({
  environment: "prod",
  restateModels: ["oso.stg_events"],
  restateCategories: [],
  start: null,
  end: null,
  skipTests: false,
  allowDestructiveModels: [],
  ...overrides,
});

export function restated(model: string, batches = 1, overrides: Partial<RestatedModel> = {}): RestatedModel {
  const own = overrides.batches ?? days(batches);
  return {
    model,
    kind: "INCREMENTAL_BY_TIME_RANGE",
    version: `version-of-${model}`,
    fingerprint: `fingerprint-of-${model}`,
    table: `sqlmesh.${model.replaceAll(".", "__")}`,
    interval: { start: own[0]?.start ?? "", end: own.at(-1)?.end ?? "" },
    batches: own,
    widened: false,
    repetition: "each",
    askedBy: [],
    downstreamOf: [],
    earlier: null,
    ...overrides,
  };
}

/** A model that must not be written twice. */
export const delicate = (
  model: string,
  batches: number,
  overrides: Partial<RestatedModel> = {},
): RestatedModel =>
  restated(model, batches, { kind: "INCREMENTAL_UNMANAGED", repetition: "whole", ...overrides });

export const alice = { name: "alice", from: "login" } as const;
export const bob = { name: "bob", from: "github" } as const;

export function restatementPlan(
  models: readonly RestatedModel[],
  overrides: Partial<RestatementPlan> = {},
): RestatementPlan {
  const plan = {
    digest: "",
    environment: "prod",
    scope: "oso/trino",
    request: runRequest(),
    sqlmeshVersion: "0.236.4",
    executionTime: "2026-11-21T14:20:51.000Z",
    createdAt: "2026-11-21T14:20:51.000Z",
    createdBy: alice,
    models,
    leftOut: [],
    deployment: null,
    ...overrides,
  };
  return { ...plan, digest: overrides.digest ?? digestOf(plan) };
}

export const storedEntry = (
  model: string,
  interval: Interval,
  overrides: Partial<Extract<JournalEntry, { type: "batch-stored" }>> = {},
): Extract<JournalEntry, { type: "batch-stored" }> => ({
  type: "batch-stored",
  attempt: 1,
  model,
  interval,
  rows: 10,
  milliseconds: 1_000,
  auditsPassed: 1,
  auditsFailed: 0,
  queries: [`query-of-${model}-${interval.start.slice(0, 10)}`],
  ...overrides,
});

export const failedEntry = (
  model: string,
  overrides: { attempt?: number; message?: string } = {},
): Extract<JournalEntry, { type: "model-failed" }> => ({
  type: "model-failed",
  attempt: overrides.attempt ?? 1,
  failure: { model, reason: "error", message: overrides.message ?? "division by zero", audits: [] },
});

export const unaccounted = (hash: string): UnaccountedCommit => ({
  hash,
  table: "sqlmesh.t",
  queryId: "20261121_142051_00042_abcde",
  by: "unknown",
});

export const runRecord = (id: string, overrides: Partial<RunRecord> = {}): RunRecord => ({
  id,
  scope: "oso/trino",
  environment: "prod",
  trigger: { source: "manual", key: null, by: alice, link: null },
  request: runRequest(),
  requestDigest: "restate",
  status: "succeeded",
  step: "done",
  startedAt: "2026-11-21T14:20:51.000Z",
  endedAt: null,
  mainAtStart: "0".repeat(64),
  mainAtEnd: null,
  mainAtRestatement: null,
  planDigest: null,
  evidenceSince: null,
  environmentPlans: [],
  approvedBy: null,
  forcedAfter: null,
  attempts: [],
  ...overrides,
});

export const plannedModel = (model: string, overrides: Partial<PlannedModel> = {}): PlannedModel => ({
  model,
  kind: "FULL",
  start: day(0).start,
  end: day(0).end,
  batches: 1,
  intervals: [day(0)],
  version: `version-of-${model}`,
  fingerprint: `fingerprint-of-${model}`,
  table: `sqlmesh.${model}`,
  repetition: "each",
  restatedParents: [],
  widened: false,
  selected: true,
  ...overrides,
});

export const evaluationPlan = (overrides: Partial<EvaluationPlan> = {}): EvaluationPlan => ({
  planId: "plan",
  environment: "prod",
  restatements: [],
  backfills: [],
  changes: { added: [], removed: [], directlyModified: [], indirectlyModified: [], metadataUpdated: [] },
  modified: [],
  hasWork: false,
  leftOut: [],
  executionTime: "2026-11-21T14:20:51.000Z",
  evidenceSince: 0,
  environmentPlanId: null,
  environmentFinalized: true,
  ...overrides,
});
