import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { LineProgress } from "../../../src/report/progress.js";
import { batchesOf } from "../../support/fake-engine.js";

function setUp() {
  const lines: string[] = [];
  let seconds = 0;
  const terminal = { columns: 80, interactive: false, chalk: new Chalk({ level: 0 }) };
  const progress = new LineProgress(
    (line) => lines.push(line),
    terminal,
    () => seconds * 1000,
  );
  return { lines, progress, pass: (more: number) => (seconds += more) };
}

describe("progress in plain lines", () => {
  it("says one line per model when its last batch is stored", () => {
    const { lines, progress, pass } = setUp();
    progress.report({ type: "phase", phase: "restate", text: "Restating 2 models" });
    progress.report({
      type: "evaluation-planned",
      models: [
        { model: "oso.a", batches: 2 },
        { model: "oso.b", batches: 1 },
      ],
    });
    pass(75);
    for (const batch of batchesOf("oso.a", 2)) progress.report({ type: "batch-finished", batch });
    for (const batch of batchesOf("oso.b", 1)) progress.report({ type: "batch-finished", batch });
    expect(lines).toEqual([
      "00:00 Restating 2 models",
      "01:15     1/2  oso.a  2 batches  20 rows  0.0 s",
      "01:15     2/2  oso.b  10 rows  0.0 s",
    ]);
  });

  it("says failures, skipped models and checks that do not pass", () => {
    const { lines, progress } = setUp();
    progress.report({
      type: "model-failed",
      failure: { model: "oso.a", reason: "audit", message: "not_null: 2 rows", audits: [] },
    });
    progress.report({ type: "model-skipped", model: "oso.b" });
    progress.report({ type: "check-finished", model: "oso.c", check: "unique(id)", outcome: "passed" });
    progress.report({ type: "check-finished", model: "oso.c", check: "row_count", outcome: "failed" });
    expect(lines.map((line) => line.slice(6))).toEqual([
      "  failed   oso.a: not_null: 2 rows",
      "  skipped  oso.b",
      "  failed   oso.c row_count",
    ]);
  });

  it("says what it waits for at once and then every minute, each wait on its own", () => {
    const { lines, progress } = setUp();
    const wait = (what: string, elapsed: number, longest: number): void =>
      progress.report({ type: "waiting", what, elapsed, longest });
    for (let elapsed = 0; elapsed < 130_000; elapsed += 5_000)
      wait("2 queries in Trino to end", elapsed, 300_000);
    wait("run 1 of alice to finish", 0, Infinity);
    wait("run 1 of alice to finish", 60_000, Infinity);
    wait("run 1 of alice to finish", 200, 600_000);
    expect(lines.map((line) => line.slice(6))).toEqual([
      "  waiting for 2 queries in Trino to end, at most 5 min 0 s",
      "  waiting for 2 queries in Trino to end, 1 min 0 s of at most 5 min 0 s",
      "  waiting for 2 queries in Trino to end, 2 min 0 s of at most 5 min 0 s",
      "  waiting for run 1 of alice to finish",
      "  waiting for run 1 of alice to finish, 1 min 0 s",
      "  waiting for run 1 of alice to finish, at most 10 min 0 s",
    ]);
  });

  it("says a download's quarters, not its every byte", () => {
    const { lines, progress } = setUp();
    for (let received = 0; received <= 100; received += 5) {
      progress.report({ type: "download", file: "x.jar", received, total: 100, state: "running" });
    }
    progress.report({ type: "download", file: "x.jar", received: 100, total: 100, state: "verified" });
    expect(lines).toHaveLength(4);
  });
});
