import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { renderRun } from "../../../src/report/text/run.js";
import type { RunResult } from "../../../src/restatement/run.js";

const terminal = { columns: 100, interactive: false, chalk: new Chalk({ level: 0 }) };
const result: RunResult = {
  status: "failed",
  environment: "prod",
  sqlmesh: { version: "0.236.4", gateway: "trino" },
  deployment: null,
  restatement: {
    status: "failed",
    models: [
      {
        model: "oso.projects_v1",
        outcome: "failed",
        batches: { stored: 1, planned: 3 },
        rows: 1234,
        milliseconds: 1500,
        audits: { passed: 1, failed: 0 },
      },
      {
        model: "oso.metrics_v0",
        outcome: "skipped",
        batches: { stored: 0, planned: 1 },
        rows: null,
        milliseconds: 0,
        audits: { passed: 0, failed: 0 },
      },
    ],
    failures: [{ model: "oso.projects_v1", reason: "audit", message: "Audits failed: not_null", audits: [] }],
    asked: [{ model: "oso.projects_v1", askedBy: ["oso.projects_v1"] }],
    leftOut: [{ model: "oso.seed_projects", reason: "seed" }],
    incomplete: [],
    isRefused: false,
  },
  due: null,
  startedAt: "2026-01-01T00:00:00.000Z",
  milliseconds: 3700,
  logFile: "logs/sqlmesh.log",
};

describe("the text of a run", () => {
  it("says what failed and why, how far it came, what was skipped and what was left out", () => {
    expect(renderRun(result, terminal, { next: true })).toBe(
      [
        "Restated",
        "model            outcome  batches   rows    audits   time",
        "oso.projects_v1  failed       1/3  1 234  1 passed  1.5 s",
        "oso.metrics_v0   skipped      0/1",
        "✗ oso.projects_v1: Audits failed: not_null",
        "",
        "Not restated",
        "  oso.seed_projects: a seed, SQLMesh reloads it when its file changes; ask for the models that read it",
        "",
        "Failed in prod after 3.7 s",
      ].join("\n"),
    );
  });

  it("ends a good run with the command that follows", () => {
    const good: RunResult = { ...result, status: "nothing-to-do", restatement: null };
    expect(renderRun(good, terminal, { next: true })).toMatch(/next: `oso-pipeline tag-consumer` .*$/);
    expect(renderRun({ ...good, environment: "dev" }, terminal, { next: true })).toMatch(
      /next: `oso-pipeline run`/,
    );
    expect(renderRun(good, terminal, { next: false })).not.toContain("next:");
  });
});
