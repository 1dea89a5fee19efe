import { Chalk } from "chalk";
import type { Interval } from "../../../src/core/events.js";
import type { Terminal } from "../../../src/report/terminal.js";
import type { RunDetails, RunSummary } from "../../../src/restatement/history.js";
import type { EvaluationPlan } from "../../../src/restatement/ports.js";
import type { RunRequest } from "../../../src/restatement/request.js";
import type { RestatedModel, RestatementPlan } from "../../../src/restatement/restatement-plan.js";
import type { ModelOutcome } from "../../../src/restatement/result.js";
import type { PlanResult, RestatementResult, RunResult } from "../../../src/restatement/run-result.js";
import type { Attempt, AttemptFailure, RunRecord } from "../../../src/restatement/runs.js";
import type { LeaseStatus } from "../../../src/core/lease.js";
import type { WarehouseStatus } from "../../../src/status/status.js";

/** Text without colour, for comparing. */
export const terminalOf = (columns: number): Terminal => ({
  columns,
  interactive: false,
  chalk: new Chalk({ level: 0 }),
});

export const run = "20261121-142051-3f9a";
const alice = { name: "alice", from: "github" } as const;
const bob = { name: "bob", from: "login" } as const;

export const request: RunRequest = {
  environment: "prod",
  restateModels: ["oso.stg_github__events"],
  restateCategories: [],
  start: "2025-01-01",
  end: "2025-06-30",
  skipTests: false,
  allowDestructiveModels: [],
};

const days = (count: number): Interval[] =>
  Array.from({ length: count }, (_, index) => ({
    start: new Date(Date.UTC(2025, 0, 1 + index)).toISOString(),
    end: new Date(Date.UTC(2025, 0, 2 + index)).toISOString(),
  }));

export function restated(model: string, batches: number, more: Partial<RestatedModel> = {}): RestatedModel {
  const intervals = days(batches);
  return {
    model,
    kind: "INCREMENTAL_BY_TIME_RANGE",
    version: "1",
    fingerprint: "2",
    table: `sqlmesh__${model}__1`,
    interval: { start: intervals[0]?.start ?? "", end: intervals.at(-1)?.end ?? "" },
    batches: intervals,
    widened: false,
    repetition: "each",
    askedBy: [],
    downstreamOf: [],
    earlier: null,
    ...more,
  };
}

export const plan: RestatementPlan = {
  digest: "3fa94c1e77d0b1c2a9e8f7d6c5b4a3928170605f4e3d2c1b0a9f8e7d6c5b4a39",
  environment: "prod",
  scope: "oso/trino",
  request,
  sqlmeshVersion: "0.236.4",
  executionTime: "2026-11-21T14:20:00.000Z",
  createdAt: "2026-11-21T14:20:00.000Z",
  createdBy: alice,
  models: [
    restated("oso.events_daily_to_project", 12, {
      downstreamOf: ["oso.int_events__github"],
      earlier: { rows: 600_000, milliseconds: 90_000, batches: 6 },
    }),
    restated("oso.int_events__github", 12, { downstreamOf: ["oso.stg_github__events"] }),
    restated("oso.int_repositories_history", 1, {
      kind: "SCD_TYPE_2_BY_TIME",
      widened: true,
      repetition: "last",
      downstreamOf: ["oso.stg_github__events", "oso.stg_ossd__repositories"],
    }),
    restated("oso.key_metrics_by_project_v0", 1, {
      kind: "FULL",
      widened: true,
      downstreamOf: ["oso.events_daily_to_project"],
      earlier: { rows: 15, milliseconds: 4_000, batches: 1 },
    }),
    restated("oso.stg_github__events", 12, {
      askedBy: ["oso.stg_github__events"],
      earlier: { rows: 1_200_000, milliseconds: 240_000, batches: 12 },
    }),
  ],
  leftOut: [{ model: "oso.seed_github__events", reason: "seed" }],
  deployment: null,
};

export const noDeployment: EvaluationPlan = {
  planId: "deployment",
  environment: "prod",
  restatements: [],
  backfills: [],
  changes: { added: [], removed: [], directlyModified: [], indirectlyModified: [], metadataUpdated: [] },
  modified: [],
  hasWork: false,
  leftOut: [],
  executionTime: "2026-11-21T14:20:00.000Z",
  evidenceSince: 0,
  environmentPlanId: null,
  environmentFinalized: true,
};

export const planResult: PlanResult = {
  environment: "prod",
  sqlmesh: { version: "0.236.4", gateway: "trino" },
  deployment: noDeployment,
  restatement: plan,
  approval: "required",
  file: null,
};

export const outcome = (
  model: string,
  stored: number,
  planned: number,
  more: Partial<ModelOutcome> = {},
): ModelOutcome => ({
  model,
  outcome: stored === planned ? "done" : "skipped",
  batches: { stored, planned },
  rows: stored === 0 ? null : stored * 1000,
  milliseconds: stored * 2500,
  audits: { passed: stored, failed: 0 },
  ...more,
});

export const restatement: RestatementResult = {
  status: "succeeded",
  models: [outcome("oso.stg_github__events", 12, 12), outcome("oso.int_events__github", 3, 3)],
  failures: [],
  digest: plan.digest,
  asked: [{ model: "oso.stg_github__events", askedBy: ["oso.stg_github__events"] }],
  leftOut: [],
  incomplete: [],
  foreignCommits: [],
};

export const runResult: RunResult = {
  status: "succeeded",
  run,
  attempt: 1,
  environment: "prod",
  sqlmesh: { version: "0.236.4", gateway: "trino" },
  resumed: null,
  deployment: null,
  restatement,
  due: { status: "nothing-to-do", models: [], failures: [] },
  mainAtStart: "366be0c8".padEnd(64, "0"),
  startedAt: "2026-11-21T14:20:51.000Z",
  milliseconds: 184_000,
  logFile: ".oso-pipeline/logs/sqlmesh.log",
};

export const failure = (
  code: AttemptFailure["code"],
  message: string,
  hint: string | null = null,
): AttemptFailure => ({ code, message, hint, next: [] });

export const attempt = (number: number, more: Partial<Attempt> = {}): Attempt => ({
  number,
  startedAt: "2026-11-21T14:20:51.000Z",
  endedAt: null,
  host: "runner-1",
  pid: 4711,
  by: alice,
  link: null,
  sqlmeshVersion: "0.236.4",
  trinoUser: "sqlmesh",
  failure: null,
  logFile: ".oso-pipeline/logs/sqlmesh.log",
  ...more,
});

export const record: RunRecord = {
  id: run,
  scope: "oso/trino",
  environment: "prod",
  trigger: {
    source: "github",
    key: "github:42:weekly",
    by: alice,
    link: "https://github.example.org/oso/actions/runs/42",
  },
  request,
  requestDigest: "00",
  status: "failed",
  step: "restate",
  startedAt: "2026-11-21T14:20:51.000Z",
  endedAt: null,
  mainAtStart: "366be0c8".padEnd(64, "0"),
  mainAtEnd: null,
  mainAtRestatement: null,
  planDigest: plan.digest,
  evidenceSince: 0,
  environmentPlans: [],
  approvedBy: bob,
  forcedAfter: null,
  attempts: [
    attempt(1, {
      endedAt: "2026-11-21T14:41:00.000Z",
      failure: failure("BRIDGE_FAILED", "the process that runs SQLMesh ended with SIGKILL"),
    }),
    attempt(2, {
      startedAt: "2026-11-21T14:43:00.000Z",
      endedAt: "2026-11-21T14:50:00.000Z",
      host: "runner-2",
      failure: failure("TRANSFORMATION_FAILED", "oso.int_events__github failed"),
    }),
  ],
};

export const failed: RunDetails = {
  run: record,
  state: "failed",
  batches: { planned: 38, stored: 15 },
  plan: { ...plan, leftOut: [] },
  deployment: { attempt: 1, models: [outcome("oso.stg_new__releases", 2, 2)], failures: [] },
  models: [
    outcome("oso.events_daily_to_project", 0, 12),
    outcome("oso.int_events__github", 3, 12, { outcome: "failed" }),
    outcome("oso.int_repositories_history", 0, 1),
    outcome("oso.key_metrics_by_project_v0", 0, 1),
    outcome("oso.stg_github__events", 12, 12),
  ],
  failures: [
    {
      model: "oso.int_events__github",
      reason: "audit",
      message: "Audits failed: not_null on the column to_artifact_id, 17 failing rows",
      audits: [],
      attempt: 2,
    },
  ],
  due: null,
  holder: null,
  next: [
    { command: `oso-pipeline resume ${run}`, does: "does what is left" },
    { command: `oso-pipeline resume ${run} --abandon`, does: "gives it up" },
  ],
};

export const lease: LeaseStatus = {
  scope: "oso/trino",
  run,
  by: alice,
  host: "runner-2",
  pid: 4711,
  since: "2026-11-21T14:20:51.000Z",
  holder: "other-host",
  ttlMilliseconds: 60_000,
};

export const summaries: readonly RunSummary[] = [
  {
    run: { ...record, id: "20261122-060000-77aa", status: "running" },
    state: "died",
    batches: { planned: 38, stored: 2 },
  },
  failed,
  {
    run: {
      ...record,
      id: "20261114-060002-b1c2",
      status: "succeeded",
      startedAt: "2026-11-14T06:00:02.000Z",
      endedAt: "2026-11-14T06:48:09.000Z",
      request: { ...request, restateModels: [] },
      trigger: { ...record.trigger, source: "manual", by: bob },
    },
    state: "succeeded",
    batches: null,
  },
];

/** The evening after the run that failed. */
export const status: WarehouseStatus = {
  at: "2026-11-21T17:50:00.000Z",
  environment: "prod",
  main: "99aa".padEnd(64, "1"),
  consumer: {
    tag: "consumer",
    hash: "5ea1ed".padEnd(64, "0"),
    base: "366be0c8".padEnd(64, "0"),
    release: 12,
    since: "2026-11-19T06:10:00.000Z",
    by: bob,
    isVerified: true,
  },
  ahead: {
    commits: { count: 14, isAll: true },
    changed: { names: ["oso.a", "oso.b", "oso.c", "oso.d", "oso.e"], isAll: true },
  },
  leases: [lease],
  unfinished: [failed],
  last: failed,
  verification: {
    base: "99aa".padEnd(64, "1"),
    release: null,
    verdict: "warned",
    by: alice,
    at: "2026-11-21T16:00:00.000Z",
    milliseconds: 31_000,
    checks: { passed: 12, warned: 2, failed: 0, error: 0 },
    until: "2026-11-22T16:00:00.000Z",
  },
  freshness: {
    run: "20261119-060002-b1c2",
    at: "2026-11-19T06:08:00.000Z",
    models: 40,
    fresh: 30,
    due: 8,
    stale: [
      {
        model: "oso.events_daily",
        cron: "@daily",
        until: "2026-11-19T00:00:00.000Z",
        behindMilliseconds: 172_800_000,
      },
      { model: "oso.new", cron: "@hourly", until: null, behindMilliseconds: null },
    ],
    unknown: [],
  },
  unknown: [],
  next: failed.next,
};
