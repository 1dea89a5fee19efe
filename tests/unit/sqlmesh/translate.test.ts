import { describe, expect, it } from "vitest";
import { fromRange, toModel, toPipelineEvent, toPlan, toRange } from "../../../src/sqlmesh/translate.js";

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
      intervals: [
        { start: Date.UTC(2024, 0, 3), end: Date.UTC(2024, 0, 6) },
        { start: Date.UTC(2024, 0, 6), end: Date.UTC(2024, 0, 9) },
      ],
      version: "123",
      fingerprint: "1-2-3-4",
      table: "sqlmesh__oso.oso__daily__123",
      repetition: "each" as const,
      restated_parents: ["oso.events"],
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
      modified: [],
      has_work: true,
      left_out: [{ model: "oso.seed", reason: "seed" }],
      execution_time: Date.UTC(2024, 1, 1),
      evidence_since: 1_700_000_000_123,
      environment_plan_id: "p0",
      environment_finalized: false,
    });
    expect(plan).toMatchObject({
      planId: "p1",
      restatements: [
        {
          start: "2024-01-03T00:00:00.000Z",
          end: "2024-01-09T00:00:00.000Z",
          batches: 2,
          intervals: [
            { start: "2024-01-03T00:00:00.000Z", end: "2024-01-06T00:00:00.000Z" },
            { start: "2024-01-06T00:00:00.000Z", end: "2024-01-09T00:00:00.000Z" },
          ],
          restatedParents: ["oso.events"],
        },
      ],
      executionTime: "2024-02-01T00:00:00.000Z",
      evidenceSince: 1_700_000_000_123,
      environmentPlanId: "p0",
      environmentFinalized: false,
      changes: { added: ["a"], directlyModified: ["b"], metadataUpdated: ["c"] },
      hasWork: true,
      leftOut: [{ model: "oso.seed", reason: "seed" }],
    });
  });

  it("gives each batch its interval and the statements that wrote it", () => {
    const batch = {
      model: "oso.mart",
      interval: { start: Date.UTC(2024, 0, 1), end: Date.UTC(2024, 0, 2) },
      number: 1,
      of: 1,
      rows: 6,
      milliseconds: 570,
      audits_passed: 2,
      audits_failed: 1,
      queries: ["20240101_000000_00001_abcde"],
    };
    expect(toPipelineEvent({ event: "batch-finished", batch })).toEqual({
      type: "batch-finished",
      batch: {
        model: "oso.mart",
        interval: { start: "2024-01-01T00:00:00.000Z", end: "2024-01-02T00:00:00.000Z" },
        number: 1,
        of: 1,
        rows: 6,
        milliseconds: 570,
        auditsPassed: 2,
        auditsFailed: 1,
        queries: ["20240101_000000_00001_abcde"],
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

  it("reads back what it has written of a range", () => {
    const range = {
      model: "oso.daily",
      interval: { start: "2024-01-01T00:00:00.000Z", end: "2024-01-02T00:00:00.000Z" },
    };
    expect(toRange(fromRange(range))).toEqual(range);
  });

  it("passes on what concerns neither the connection nor the answer alone", () => {
    expect(toPipelineEvent({ event: "alive" })).toBeNull();
    expect(toPipelineEvent({ event: "lease-lost" })).toBeNull();
    expect(toPipelineEvent({ event: "statements", queries: ["q"] })).toBeNull();
  });
});
