import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../../src/core/events.js";
import { createEventStream, createProgress } from "../../../src/report/telling.js";
import { batchesOf } from "../../support/fake-engine.js";
import { ReportClock } from "../../support/report-clock.js";

function setUp() {
  const lines: string[] = [];
  const clock = new ReportClock();
  const stream = {
    write: (text: string) => lines.push(text.trimEnd()),
    on: () => undefined,
    off: () => undefined,
  };
  const terminal = { columns: 80, interactive: false, chalk: new Chalk({ level: 0 }) };
  const progress = createProgress(stream, terminal, clock);
  return { lines, clock, progress, pass: (seconds: number) => clock.pass(seconds * 1000) };
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
    pass(45);
    for (const batch of batchesOf("oso.a", 2)) progress.report({ type: "batch-finished", batch });
    for (const batch of batchesOf("oso.b", 1)) progress.report({ type: "batch-finished", batch });
    expect(lines).toEqual([
      "00:00 Restating 2 models",
      "00:45     1/2  oso.a  2 batches  20 rows  0.0 s",
      "00:45     2/2  oso.b  10 rows  0.0 s",
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
    const wait = (what: string, elapsed: number, longest: number | null): void =>
      progress.report({ type: "waiting", what, elapsed, longest });
    for (let elapsed = 0; elapsed < 130_000; elapsed += 5_000)
      wait("2 queries in Trino to end", elapsed, 300_000);
    wait("run 1 of alice to finish", 0, null);
    wait("run 1 of alice to finish", 60_000, null);
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

describe("a sign of life", () => {
  const began = (model: string): PipelineEvent => ({ type: "batch-started", model });
  const planned: PipelineEvent = {
    type: "evaluation-planned",
    models: [
      { model: "oso.a", batches: 12 },
      { model: "oso.b", batches: 1 },
    ],
  };

  it("comes after a minute without a line, says what is at work and for how long, and then every minute", () => {
    const { lines, progress, pass } = setUp();
    progress.report({ type: "phase", phase: "restate", text: "Restating 2 models in 13 batches" });
    progress.report(planned);
    progress.report(began("oso.a"));
    pass(40);
    progress.report(began("oso.b"));
    pass(15);
    expect(lines).toHaveLength(1);
    pass(80);
    // Batches that end tell no line of their own before the last of their model.
    for (const batch of batchesOf("oso.a", 2, 12)) progress.report({ type: "batch-finished", batch });
    progress.report(began("oso.a"));
    pass(60);
    expect(lines.slice(1)).toEqual([
      "01:00   still at work: oso.a for 1 min 0 s, 0 of 12 batches stored; 1 more model",
      "02:00   still at work: oso.a for 2 min 0 s, 0 of 12 batches stored; 1 more model",
      "03:00   still at work: oso.b for 2 min 20 s; 1 more model",
    ]);
  });

  it("waits a minute again after every line", () => {
    const { lines, progress, pass } = setUp();
    progress.report({ type: "phase", phase: "load", text: "Loading the SQLMesh project" });
    pass(50);
    progress.report({ type: "notice", level: "info", text: "a remark" });
    pass(50);
    expect(lines).toHaveLength(2);
    pass(10);
    expect(lines[2]).toBe("01:50   still at work for 1 min 50 s: Loading the SQLMesh project");
  });

  it("speaks neither of batches that were broken off nor after the end", () => {
    const { lines, progress, clock, pass } = setUp();
    progress.report({ type: "phase", phase: "restate", text: "Restating" });
    progress.report(planned);
    progress.report(began("oso.a"));
    progress.report({ type: "batch-stopped", model: "oso.a" });
    pass(60);
    expect(lines[1]).toBe("01:00   still at work for 1 min 0 s: Restating");
    progress.stop();
    pass(600);
    expect(lines).toHaveLength(2);
    expect(clock.isWaitedOn).toBe(false);
  });

  it("is an event of the stream for programs too, where every event counts as one", () => {
    const clock = new ReportClock();
    const events: PipelineEvent[] = [];
    const stream = createEventStream((event) => events.push(event), clock);
    stream.report({ type: "phase", phase: "restate", text: "Restating" });
    stream.report(planned);
    stream.report(began("oso.a"));
    clock.pass(59_000);
    expect(events).toHaveLength(3);
    clock.pass(6_000);
    expect(events.slice(3)).toEqual([
      {
        type: "still-working",
        phase: "Restating",
        milliseconds: 60_000,
        working: [{ model: "oso.a", stored: 0, of: 12, milliseconds: 60_000 }],
      },
    ]);
    stream.stop();
    expect(clock.isWaitedOn).toBe(false);
  });
});
