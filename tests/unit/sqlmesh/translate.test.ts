import { describe, expect, it } from "vitest";
import { toModel, toPipelineEvent, toPlan } from "../../../src/sqlmesh/translate.js";

describe("what the bridge says, in the glossary's words", () => {
  it("gives a model its entity categories, which are tags", () => {
    const model = toModel({
      name: "oso.stg_github__events",
      kind: "FULL",
      tags: ["entity_category=collection", "entity_category=project", "weekly"],
      cron: "@weekly",
      owner: null,
      description: null,
      depends_on: ["tpch.tiny.orders"],
      time_column: "day",
      path: "models/events.sql",
      audits: ["not_null"],
    });
    expect(model).toMatchObject({
      categories: ["collection", "project"],
      dependsOn: ["tpch.tiny.orders"],
      timeColumn: "day",
    });
    expect(Object.keys(model)).not.toContain("depends_on");
  });

  it("gives instants as ISO 8601 in UTC", () => {
    const planned = {
      model: "oso.daily",
      kind: "INCREMENTAL_BY_TIME_RANGE",
      start: Date.UTC(2024, 0, 3),
      end: Date.UTC(2024, 0, 9),
      batches: 2,
      widened: false,
      selected: true,
    };
    const plan = toPlan({
      plan_id: "p1",
      environment: "prod",
      restatements: [planned],
      backfills: [],
      changes: {
        added: ["a"],
        removed: [],
        directly_modified: ["b"],
        indirectly_modified: [],
        metadata_updated: ["c"],
      },
      has_work: true,
      left_out: [{ model: "oso.seed", reason: "seed" }],
    });
    expect(plan).toMatchObject({
      planId: "p1",
      restatements: [{ start: "2024-01-03T00:00:00.000Z", end: "2024-01-09T00:00:00.000Z", batches: 2 }],
      changes: { added: ["a"], directlyModified: ["b"], metadataUpdated: ["c"] },
      hasWork: true,
      leftOut: [{ model: "oso.seed", reason: "seed" }],
    });
  });

  it("gives a batch without a time range no interval", () => {
    const batch = {
      model: "oso.mart",
      interval: null,
      number: 1,
      of: 1,
      rows: 6,
      milliseconds: 570,
      audits_passed: 2,
      audits_failed: 1,
    };
    expect(toPipelineEvent({ event: "batch-finished", batch })).toEqual({
      type: "batch-finished",
      batch: {
        model: "oso.mart",
        interval: null,
        number: 1,
        of: 1,
        rows: 6,
        milliseconds: 570,
        auditsPassed: 2,
        auditsFailed: 1,
      },
    });
  });

  it("keeps how many rows failed an audit", () => {
    const failure = {
      model: "oso.mart",
      reason: "audit" as const,
      message: "Audits failed: not_null",
      audits: [{ name: "not_null", failing_rows: 3 }],
    };
    expect(toPipelineEvent({ event: "model-failed", failure })).toMatchObject({
      failure: { audits: [{ name: "not_null", failingRows: 3 }] },
    });
  });

  it("passes no sign of life on", () => {
    expect(toPipelineEvent({ event: "alive" })).toBeNull();
  });
});
