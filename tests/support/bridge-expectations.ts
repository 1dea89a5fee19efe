import { expect } from "vitest";
import type { Applied, FirstBuild, TakenUpAgain } from "./bridge-scenario.js";

export const models = [
  "lab.actors",
  "lab.daily",
  "lab.events",
  "lab.helper",
  "lab.history",
  "lab.report",
  "lab.totals",
];

const stored = ({ evaluation }: Applied): Record<string, number> =>
  Object.fromEntries(
    models
      .map((model) => [model, evaluation.batches.filter((batch) => batch.model === model).length] as const)
      .filter(([, batches]) => batches > 0),
  );

const planned = ({ plan }: Applied): Record<string, number> =>
  Object.fromEntries([...plan.restatements, ...plan.backfills].map(({ model, batches }) => [model, batches]));

export function expectFirstBuild({ readings, project, selections, build, again, due }: FirstBuild): void {
  expect(readings).toEqual([
    // Offsets count UTF-16 units: the face is two of them.
    { tables: [{ parts: ["iceberg", "oso", "t#1f"], start: 30, end: 48, aliased: true }], volatile: [] },
    { error: expect.any(String) },
    {
      tables: [{ parts: ["t"], start: 51, end: 52, aliased: false }],
      volatile: ["current_user", "now", "tablesample"],
    },
    { error: "what the table function iceberg.system.table_changes reads is not known" },
  ]);
  expect(project).toMatchObject({ project: "", gateway: "local" });
  expect(project.models.map(({ name }) => name)).toEqual(models);
  expect(project.models.find(({ name }) => name === "lab.daily")).toEqual({
    name: "lab.daily",
    kind: "INCREMENTAL_BY_TIME_RANGE",
    tags: ["entity_category=project", "model_type"],
    categories: ["project"],
    cron: "@daily",
    owner: "data",
    description: "Events by day",
    dependsOn: ["lab.events"],
    timeColumn: "day",
    path: "models/daily.sql",
    audits: ["at_most", "not_null"],
  });
  expect(selections).toEqual([
    { selector: "lab.*", models, error: null },
    { selector: "tag:entity_category=project", models: ["lab.daily"], error: null },
    { selector: "lab.nope", models: [], error: null },
    { selector: "(", models: [], error: expect.any(String) },
  ]);

  expect(build.plan).toMatchObject({ hasWork: true, restatements: [], changes: { added: models } });
  expect(build.evaluation.status).toBe("succeeded");
  expect(planned(build)).toEqual({
    "lab.actors": 1,
    "lab.daily": 3,
    "lab.events": 1,
    "lab.history": 1,
    "lab.report": 1,
    "lab.totals": 1,
  });
  expect(stored(build)).toEqual(planned(build));
  expect(build.events.filter(({ type }) => type === "evaluation-planned")).toHaveLength(1);
  expect(build.events.at(-1)).toEqual({ type: "evaluation-finished", succeeded: true });
  const daily = build.evaluation.batches.filter(({ model }) => model === "lab.daily");
  expect(daily.map(({ number, of, interval }) => ({ number, of, interval }))).toEqual([
    { number: 1, of: 3, interval: { start: "2024-01-01T00:00:00.000Z", end: "2024-01-05T00:00:00.000Z" } },
    { number: 2, of: 3, interval: { start: "2024-01-05T00:00:00.000Z", end: "2024-01-09T00:00:00.000Z" } },
    { number: 3, of: 3, interval: { start: "2024-01-09T00:00:00.000Z", end: "2024-01-13T00:00:00.000Z" } },
  ]);
  // An audit that does not block is counted, and the batch is stored.
  expect(daily.map(({ auditsPassed, auditsFailed }) => [auditsPassed, auditsFailed])).toEqual([
    [2, 0],
    [1, 1],
    [1, 1],
  ]);

  expect(again).toMatchObject({ hasWork: false, backfills: [], restatements: [] });
  expect(due).toEqual({
    status: "nothing-to-do",
    batches: [],
    failures: [],
    skipped: [],
    replacedMeanwhile: [],
    queries: [],
  });
}

export function expectRestatement(restated: unknown, restates: boolean): void {
  if (!restates) {
    expect(restated).toMatchObject({ code: "VERSION_UNSUPPORTED" });
    return;
  }
  if (!isApplied(restated)) throw restated;
  const { plan, evaluation } = restated;
  const described = Object.fromEntries(
    plan.restatements.map(({ model, selected, widened }) => [model, { selected, widened }]),
  );
  expect(described).toEqual({
    "lab.actors": { selected: false, widened: true },
    "lab.daily": { selected: true, widened: false },
    "lab.report": { selected: false, widened: true },
    "lab.totals": { selected: false, widened: true },
  });
  expect(plan.restatements.find(({ model }) => model === "lab.daily")).toMatchObject({
    start: "2024-01-03T00:00:00.000Z",
    end: "2024-01-07T00:00:00.000Z",
    batches: 1,
    intervals: [{ start: "2024-01-03T00:00:00.000Z", end: "2024-01-07T00:00:00.000Z" }],
    restatedParents: [],
    repetition: "each",
  });
  // Through a model that has no table of its own.
  expect(plan.restatements.find(({ model }) => model === "lab.report")).toMatchObject({
    table: null,
    restatedParents: ["lab.totals"],
  });
  // What the restatement reaches and SQLMesh passes over is said.
  expect(plan.leftOut).toEqual([{ model: "lab.history", reason: "restatement-disabled" }]);
  expect(evaluation).toMatchObject({ status: "succeeded", failures: [], skipped: [] });
  expect(stored(restated)).toEqual(planned(restated));
}

export function expectTakenUpAgain({ before, plan, narrowed, evaluation, ...again }: TakenUpAgain): void {
  expect(plan.restatements).toEqual(before.restatements);
  expect(plan.executionTime).toBe(before.executionTime);
  expect(again.stored).toEqual(
    before.restatements.flatMap(({ model, intervals }) => intervals.map((interval) => ({ model, interval }))),
  );
  expect(narrowed.restatements).toMatchObject([{ model: "lab.totals" }]);
  expect(evaluation).toMatchObject({
    status: "succeeded",
    batches: [{ model: "lab.totals", number: 1, of: 1 }],
  });
}

export function expectFailedAudit({ evaluation, events }: Applied): void {
  expect(evaluation.status).toBe("failed");
  expect(evaluation.failures).toEqual([
    {
      model: "lab.totals",
      reason: "audit",
      message: expect.stringContaining("never_broken"),
      audits: [{ name: "never_broken", failingRows: 3 }],
    },
  ]);
  expect(evaluation.skipped.toSorted()).toEqual(["lab.history", "lab.report"]);
  expect(evaluation.batches.map(({ model }) => model)).toContain("lab.daily");
  expect(events.at(-1)).toEqual({ type: "evaluation-finished", succeeded: false });
}

export const isApplied = (value: unknown): value is Applied =>
  typeof value === "object" && value !== null && "plan" in value && "evaluation" in value;
