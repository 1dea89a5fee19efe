import { describe, expect, it } from "vitest";
import {
  buildRestatementPlan,
  type PlanParts,
  predictedDeployment,
} from "../../../src/restatement/build-plan.js";
import {
  alice,
  day,
  days,
  evaluationPlan,
  plannedModel,
  restatementPlan,
  runRequest,
} from "../../support/restatement-plans.js";

const changes = evaluationPlan().changes;
const events = plannedModel("oso.stg_events", { intervals: days(3), start: "ignored", end: "ignored" });
const metrics = plannedModel("oso.metrics", {
  selected: false,
  restatedParents: ["oso.stg_events", "oso.not_restated"],
});
const build = (overrides: Partial<PlanParts> = {}) =>
  buildRestatementPlan({
    project: { sqlmeshVersion: "0.236.4" },
    scope: "oso/trino",
    request: runRequest(),
    asked: [{ model: "oso.stg_events", askedBy: ["oso.stg_*"] }],
    deployment: evaluationPlan(),
    restatement: evaluationPlan({
      restatements: [events, metrics],
      executionTime: "2026-11-20T00:00:00.000Z",
    }),
    deployedNow: [],
    earlier: new Map([["oso.metrics", { rows: 5, milliseconds: 7, batches: 1 }]]),
    createdBy: alice,
    now: "2026-11-21T14:20:51.000Z",
    ...overrides,
  });

describe("a restatement plan", () => {
  it("says of each model, by name, its batches, why it is in, and what earlier runs took", () => {
    expect(build().models).toEqual([
      {
        model: "oso.metrics",
        kind: "FULL",
        version: "version-of-oso.metrics",
        fingerprint: "fingerprint-of-oso.metrics",
        table: "sqlmesh.oso.metrics",
        interval: day(0),
        batches: [day(0)],
        widened: false,
        repetition: "each" as const,
        askedBy: [],
        downstreamOf: ["oso.stg_events"],
        earlier: { rows: 5, milliseconds: 7, batches: 1 },
      },
      expect.objectContaining({
        model: "oso.stg_events",
        interval: { start: day(0).start, end: day(2).end },
        batches: days(3),
        askedBy: ["oso.stg_*"],
        downstreamOf: [],
        earlier: null,
      }),
    ]);
  });

  it("freezes the time of the evaluation, and is itself made now", () => {
    expect(build()).toMatchObject({
      executionTime: "2026-11-20T00:00:00.000Z",
      createdAt: "2026-11-21T14:20:51.000Z",
      createdBy: alice,
      environment: "prod",
      scope: "oso/trino",
      deployment: null,
    });
  });

  it("has the digest of what it says", () => {
    const plan = build();
    expect(plan.digest).toBe(restatementPlan(plan.models).digest);
  });

  it("made before the deployment has the digest of the one made after it", () => {
    const rebuilt = {
      version: "new",
      fingerprint: "new",
      table: "sqlmesh.new",
      repetition: "whole" as const,
    };
    const deployment = evaluationPlan({
      hasWork: true,
      changes: { ...changes, directlyModified: ["oso.metrics"] },
      modified: [{ model: "oso.metrics", kind: "INCREMENTAL_UNMANAGED", ...rebuilt }],
    });
    const before = build({ deployment });
    const after = build({
      restatement: evaluationPlan({
        restatements: [events, { ...metrics, ...rebuilt, kind: "INCREMENTAL_UNMANAGED" }],
      }),
    });
    expect(before.digest).toBe(after.digest);
    expect(before.models).toEqual(after.models);
    expect(before.deployment).toEqual(deployment.changes);
    expect(before.digest).not.toBe(build().digest);
  });

  it("names what is left out once, and not what comes along after all", () => {
    const plan = build({
      deployedNow: [
        { model: "oso.z", reason: "deployed-now" },
        { model: "oso.metrics", reason: "deployed-now" },
      ],
      restatement: evaluationPlan({
        restatements: [events, metrics],
        leftOut: [
          { model: "oso.z", reason: "seed" },
          { model: "oso.b", reason: "restatement-disabled" },
        ],
      }),
    });
    expect(plan.leftOut).toEqual([
      { model: "oso.b", reason: "restatement-disabled" },
      { model: "oso.z", reason: "deployed-now" },
    ]);
  });
});

describe("the deployment that is predicted", () => {
  it("is none where only intervals are missing", () => {
    const filling = evaluationPlan({ hasWork: true, backfills: [plannedModel("oso.metrics")] });
    expect(predictedDeployment(filling)).toBeNull();
  });

  it("tells the changes where there are some", () => {
    const removing = evaluationPlan({ hasWork: true, changes: { ...changes, removed: ["oso.old"] } });
    expect(predictedDeployment(removing)).toEqual({ ...changes, removed: ["oso.old"] });
  });
});
