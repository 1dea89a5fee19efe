import { describe, expect, it } from "vitest";
import type { NextCommand } from "../../../src/core/errors.js";
import { describeRun, summarise } from "../../../src/restatement/history.js";
import type { ModelOutcome } from "../../../src/restatement/result.js";
import type { Attempt, AttemptFailure, JournalEntry, RunRecord } from "../../../src/restatement/runs.js";
import type { LeaseStatus } from "../../../src/core/lease.js";
import {
  alice,
  day,
  delicate,
  failedEntry,
  restated,
  restatementPlan,
  runRecord,
  runRequest,
  storedEntry,
} from "../../support/restatement-plans.js";

const id = "20261121-142051-3f9a";
const run = (overrides: Partial<RunRecord> = {}): RunRecord =>
  runRecord(id, { status: "failed", step: "restate", ...overrides });
const attempt = (code: AttemptFailure["code"], ...next: NextCommand[]): Attempt => ({
  number: 1,
  startedAt: "2026-11-21T14:20:51.000Z",
  endedAt: null,
  host: "ci-1",
  pid: 42,
  by: alice,
  link: null,
  sqlmeshVersion: "0.236.4",
  trinoUser: "sqlmesh",
  failure: { code, message: "", hint: null, next },
  logFile: "logs",
});
const lease = (overrides: Partial<LeaseStatus> = {}): LeaseStatus => ({
  run: id,
  by: alice,
  host: "ci-1",
  pid: 42,
  since: "2026-11-21T14:20:51.000Z",
  scope: "oso/trino",
  holder: "other-host",
  ttlMilliseconds: 60_000,
  ...overrides,
});
const plan = restatementPlan([
  restated("oso.a", 3),
  restated("oso.b", 2),
  restated("oso.c"),
  delicate("oso.d", 2),
]);

describe("the state of a run", () => {
  const state = (record: RunRecord, ...leases: LeaseStatus[]) => summarise(record, null, [], leases).state;

  it("is what its record says once it has ended", () => {
    for (const status of ["failed", "interrupted", "succeeded", "abandoned"] as const)
      expect(state(run({ status }))).toBe(status);
  });

  it("is running while somebody holds its lease, and died else", () => {
    const running = run({ status: "running" });
    expect(state(running, lease())).toBe("running");
    expect(state(running, lease({ holder: "this-host" }))).toBe("running");
    expect(state(running)).toBe("died");
    expect(state(running, lease({ holder: "dead" }))).toBe("died");
    expect(state(running, lease({ run: "another" }))).toBe("died");
  });
});

describe("what is told of a run", () => {
  const journal: JournalEntry[] = [
    storedEntry("oso.a", day(0)),
    storedEntry("oso.a", day(0)),
    storedEntry("oso.a", day(1), { rows: null, auditsFailed: 1 }),
    { type: "batch-found", attempt: 2, model: "oso.a", interval: day(2) },
    storedEntry("oso.b", day(0), { milliseconds: 250 }),
    failedEntry("oso.b", { message: "division by zero" }),
  ];

  it("is per model how many batches are stored, what they took, and how it went", () => {
    const { models, batches, failures, holder } = describeRun(run(), plan, journal, [lease()]);
    expect(models).toEqual([
      {
        model: "oso.a",
        outcome: "done",
        batches: { stored: 3, planned: 3 },
        rows: 10,
        milliseconds: 2_000,
        audits: { passed: 2, failed: 1 },
      },
      {
        model: "oso.b",
        outcome: "failed",
        batches: { stored: 1, planned: 2 },
        rows: 10,
        milliseconds: 250,
        audits: { passed: 1, failed: 0 },
      },
      expect.objectContaining({ model: "oso.c", outcome: "skipped", rows: null, milliseconds: 0 }),
      expect.objectContaining({ model: "oso.d", outcome: "skipped", batches: { stored: 0, planned: 2 } }),
    ]);
    expect(batches).toEqual({ planned: 8, stored: 4 });
    expect(failures.map(({ message }) => message)).toEqual(["division by zero"]);
    expect(holder).toEqual(lease());
  });

  it("is of deploying and of what was due what the last attempt at it did", () => {
    const outcome: ModelOutcome = {
      model: "oso.new",
      outcome: "done",
      batches: { stored: 1, planned: 1 },
      rows: 7,
      milliseconds: 900,
      audits: { passed: 0, failed: 0 },
    };
    const failure = { model: "oso.new", reason: "error", message: "no such column", audits: [] } as const;
    const ends: JournalEntry[] = [
      { type: "step-ended", attempt: 2, step: "deploy", models: [outcome], failures: [] },
      { type: "step-ended", attempt: 1, step: "deploy", models: [], failures: [failure] },
    ];
    expect(describeRun(run(), null, ends, [])).toMatchObject({
      deployment: { attempt: 2, models: [outcome], failures: [] },
      due: null,
    });
    const due: JournalEntry = { ...ends[1], step: "due" } as JournalEntry;
    expect(describeRun(run(), plan, [...ends, due], []).due).toEqual({
      attempt: 1,
      models: [],
      failures: [failure],
    });
  });

  it("is why a model failed, and in which attempt, until it is stored", () => {
    const failures = (...more: JournalEntry[]) =>
      describeRun(
        run(),
        plan,
        [
          failedEntry("oso.b", { message: "disk full" }),
          failedEntry("oso.b", { message: "division by zero", attempt: 2 }),
          ...more,
        ],
        [],
      ).failures.map(({ message, attempt: number }) => [message, number]);
    expect(failures()).toEqual([["division by zero", 2]]);
    expect(failures(storedEntry("oso.b", day(0), { attempt: 3 }))).toEqual([]);
    const written = (index: number): JournalEntry => ({
      type: "decided",
      attempt: 2,
      model: "oso.b",
      decision: "written",
      interval: day(index),
      commits: [],
    });
    expect(failures(written(0), written(1))).toEqual([]);
  });

  it("leaves out what batches took that no longer count, for the model was to be rebuilt", () => {
    const rebuild: JournalEntry = {
      type: "decided",
      attempt: 2,
      model: "oso.a",
      decision: "rebuild",
      interval: null,
      commits: [],
    };
    const again = storedEntry("oso.a", day(1), { attempt: 2, milliseconds: 40 });
    const { models } = describeRun(run(), plan, [...journal, rebuild, again], []);
    expect(models[0]).toMatchObject({ outcome: "skipped", batches: { stored: 1 }, milliseconds: 40 });
  });

  it("has no batches and no models for a run without restatement", () => {
    expect(describeRun(run(), null, [], [])).toMatchObject({
      batches: null,
      models: [],
      plan: null,
      holder: null,
    });
  });
});

describe("what to type next", () => {
  const next = (record: RunRecord, journal: JournalEntry[] = [], ...leases: LeaseStatus[]) =>
    describeRun(record, plan, journal, leases).next.map(({ command }) => command);
  const givingUp = `oso-pipeline resume ${id} --abandon`;
  const bothWays = [`oso-pipeline resume ${id}`, givingUp];

  it("is to finish an unfinished run or to give it up", () => {
    for (const status of ["failed", "interrupted", "running"] as const)
      expect(next(run({ status }))).toEqual(bothWays);
  });

  it("is to look who is at it while it runs", () => {
    expect(next(run({ status: "running" }), [], lease())).toEqual(["oso-pipeline lease show"]);
  });

  const said = { command: "oso-pipeline approve 5eedf00d", does: "gives the approval that it lacks" };

  it("is what the last attempt's failure names, and then to finish", () => {
    const attempts = [attempt("RUN_UNDECIDED"), attempt("APPROVAL_MISSING", said)];
    expect(next(run({ planDigest: plan.digest, attempts }))).toEqual([said.command, ...bothWays]);
    expect(next(run({ attempts: [...attempts, attempt("BRIDGE_FAILED")] }))).toEqual(bothWays);
  });

  it("is nothing but what the failure names where going on would only fail again", () => {
    const undecided = run({ attempts: [attempt("RUN_UNDECIDED", said)] });
    expect(next(undecided, [storedEntry("oso.d", day(0))])).toEqual([said.command, givingUp]);
  });

  it("is to publish what succeeded in production, and nothing elsewhere", () => {
    expect(next(run({ status: "succeeded" }))).toEqual(["oso-pipeline tag-consumer"]);
    expect(next(run({ status: "succeeded", environment: "dev" }))).toEqual([]);
  });

  it("is to ask again for what was given up", () => {
    const request = runRequest({ restateModels: ["oso.stg_*"] });
    expect(next(run({ status: "abandoned", request }))).toEqual(["oso-pipeline run --restate 'oso.stg_*'"]);
  });
});
