import { describe, expect, it } from "vitest";
import {
  changedModels,
  differences,
  forgottenModels,
  stalePlan,
} from "../../../src/restatement/compare-plans.js";
import type { RestatementPlan } from "../../../src/restatement/restatement-plan.js";
import { day, days, restated, restatementPlan, runRequest } from "../../support/restatement-plans.js";

const a = restated("oso.a", 3);
const b = restated("oso.b");
const planned = restatementPlan([a, b]);
const present = (models = planned.models, overrides: Partial<RestatementPlan> = {}): RestatementPlan =>
  restatementPlan(models, overrides);

describe("what has become another since a plan was made", () => {
  it("is nothing for a plan with the same digest", () => {
    const later = present(planned.models, { createdAt: "2027-01-01T00:00:00.000Z" });
    expect(differences(planned, later)).toEqual([]);
    expect(changedModels(planned, later)).toEqual([]);
  });

  it.each<[string, RestatementPlan, string, readonly string[]]>([
    ["a model more", present([a, b, restated("oso.c")]), "restated as well: oso.c", ["oso.c"]],
    ["a model less", present([a]), "no longer restated: oso.b", []],
    [
      "a new version",
      present([{ ...a, version: "2", fingerprint: "2" }, b]),
      "oso.a has a new version",
      ["oso.a"],
    ],
    [
      "a changed definition",
      present([{ ...a, fingerprint: "2" }, b]),
      "oso.a has a changed definition",
      ["oso.a"],
    ],
    [
      "another interval",
      present([restated("oso.a", 2), b]),
      "oso.a has the interval 2024-01-01 to 2024-01-03 instead of 2024-01-01 to 2024-01-04",
      ["oso.a"],
    ],
    [
      "another number of batches",
      present([restated("oso.a", 1, { batches: [{ start: day(0).start, end: day(2).end }] }), b]),
      "oso.a has 1 batch instead of 3",
      ["oso.a"],
    ],
    [
      "batches cut elsewhere",
      present([
        restated("oso.a", 3, {
          batches: [
            { start: day(0).start, end: "2024-01-01T12:00:00.000Z" },
            { start: "2024-01-01T12:00:00.000Z", end: day(1).end },
            day(2),
          ],
        }),
        b,
      ]),
      "oso.a has other batches",
      ["oso.a"],
    ],
    [
      "another kind with a new version",
      present([{ ...a, kind: "FULL", version: "2" }, b]),
      "oso.a has kind FULL instead of INCREMENTAL_BY_TIME_RANGE and a new version",
      ["oso.a"],
    ],
    [
      "another SQLMesh",
      present(undefined, { sqlmeshVersion: "0.237.0" }),
      "SQLMesh is 0.237.0, was 0.236.4",
      [],
    ],
    [
      "another environment",
      present(undefined, { environment: "dev" }),
      "the environment is dev, was prod",
      [],
    ],
    [
      "another state",
      present(undefined, { scope: "oso/local" }),
      "the SQLMesh project and gateway is oso/local, was oso/trino",
      [],
    ],
    [
      "another request",
      present(undefined, {
        request: runRequest({
          restateModels: [],
          restateCategories: ["project"],
          start: "1 week ago",
          end: "2024-02-01",
          allowDestructiveModels: ["oso.a"],
        }),
      }),
      "asked for is category project, from 1 week ago, to 2024-02-01, destructive changes of oso.a, was oso.stg_events",
      [],
    ],
  ])("is said in words: %s", (_, now, words, changed) => {
    expect(differences(planned, now)).toEqual([words]);
    expect(changedModels(planned, now)).toEqual(changed);
  });

  it("is cut short where it is much", () => {
    const many = days(30).map((_, index) => restated(`oso.m${index}`));
    const lines = differences(present(many), present(many.map((model) => ({ ...model, version: "2" }))));
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("and 21 more differences");
  });

  it("makes the plan stale, which says what to do", () => {
    const error = stalePlan(planned, present([a]));
    expect(error).toMatchObject({ code: "PLAN_STALE", exitCode: 8 });
    expect(error.message).toContain("no longer restated: oso.b");
    expect(error.message).toContain(planned.digest.slice(0, 12));
    expect(error.hint).toContain("`oso-pipeline plan`");
    expect(error.hint).toContain("--out FILE");
  });
});

describe("a model that a run has begun to restate", () => {
  const none = (): boolean => false;

  it("is forgotten by a plan that does not restate it any more", () => {
    expect(forgottenModels(planned, present([a]), none)).toEqual(["oso.b"]);
    expect(forgottenModels(planned, planned, none)).toEqual([]);
  });

  it("is not when it is finished, was just built from new code, or is no model any more", () => {
    expect(forgottenModels(planned, present([a]), ({ model }) => model === "oso.b")).toEqual([]);
    const built = present([a], { leftOut: [{ model: "oso.b", reason: "deployed-now" }] });
    expect(forgottenModels(planned, built, none)).toEqual([]);
    const disabled = present([a], { leftOut: [{ model: "oso.b", reason: "restatement-disabled" }] });
    expect(forgottenModels(planned, disabled, none)).toEqual(["oso.b"]);
    const changes = { added: [], directlyModified: [], indirectlyModified: [], metadataUpdated: [] };
    const removed = present([a], { deployment: { ...changes, removed: ["oso.b"] } });
    expect(forgottenModels(planned, removed, none)).toEqual([]);
  });
});
