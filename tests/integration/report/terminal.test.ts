import { Chalk } from "chalk";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../../src/core/events.js";
import { createProgress } from "../../../src/report/telling.js";
import { Emulator } from "../../support/emulator.js";
import { batchesOf } from "../../support/fake-engine.js";
import { ReportClock } from "../../support/report-clock.js";

const long = "oso.int_events_daily_to_project_with_a_name_that_no_narrow_terminal_holds_in_one_line";
const wide = "oso.事件_每日_项目";

function setUp(columns: number, rows = 24, level: 0 | 1 = 0) {
  const screen = new Emulator(columns, rows);
  const clock = new ReportClock();
  const progress = createProgress(screen, { columns, interactive: true, chalk: new Chalk({ level }) }, clock);
  const tell = (...events: readonly PipelineEvent[]): void =>
    events.forEach((event) => progress.report(event));
  return { screen, clock, progress, tell };
}
type SetUp = ReturnType<typeof setUp>;

const restating: readonly PipelineEvent[] = [
  { type: "pace-known", models: [{ model: "oso.a", millisecondsPerBatch: 10_000 }] },
  { type: "phase", phase: "restate", text: "Restating 3 models in 8 batches" },
  {
    type: "evaluation-planned",
    models: [
      { model: "oso.a", batches: 4 },
      { model: long, batches: 3 },
      { model: wide, batches: 1 },
    ],
  },
  { type: "batch-started", model: "oso.a" },
  { type: "batch-started", model: long },
];
const stored = (model: string, count: number): readonly PipelineEvent[] =>
  batchesOf(model, count).map((batch) => ({
    type: "batch-finished",
    batch: { ...batch, milliseconds: 4_000 },
  }));

/** In the middle of a restatement: two batches of `oso.a` done, one of each of two models in work. */
function midway(at: SetUp): void {
  at.tell(...restating);
  at.clock.pass(4_000);
  at.tell(...stored("oso.a", 1), { type: "batch-started", model: "oso.a" });
  at.clock.pass(4_000);
  at.tell({ type: "batch-finished", batch: { ...batchesOf("oso.a", 2, 4)[1]!, milliseconds: 4_000 } });
  at.tell({ type: "batch-started", model: "oso.a" }, { type: "batch-started", model: wide });
  at.clock.pass(3_000);
}

describe("progress on a terminal", () => {
  it("shows how far all of it is, each model at work, rows, the time left and the slowest model", async () => {
    const at = setUp(80);
    midway(at);
    expect(await at.screen.lines()).toEqual([
      "→ Restating 3 models in 8 batches",
      "  ━━━━━───────────────  2/8 batches  about 13 s left  20 rows  0/3 models  11 s",
      "    ──────────  0/3  oso.int_events_d…lds_in_one_line                      11 s",
      "    ━━━━━─────  2/4  oso.a                                  20 rows       3.0 s",
      "    ──────────  0/1  oso.事件_每日_项目                                   3.0 s",
      "  slowest so far  oso.a  11 s",
    ]);
  });

  it.each([20, 40, 60, 80, 200])(
    "keeps every line within %i columns, wide characters too",
    async (columns) => {
      const at = setUp(columns);
      midway(at);
      const lines = await at.screen.lines();
      // Nothing was folded: as many lines as were drawn.
      expect(lines).toHaveLength(columns < 34 ? lines.length : 6);
      expect(lines.filter((line) => stringWidth(line) > columns)).toEqual([]);
      expect(at.screen.isCursorHidden).toBe(true);
    },
  );

  it("leaves one calm line when the work is done, no bar, and the cursor", async () => {
    const at = setUp(80);
    midway(at);
    at.tell(...stored("oso.a", 2), ...stored(long, 3), ...stored(wide, 1));
    at.tell({ type: "evaluation-finished", succeeded: true });
    at.tell({ type: "phase", phase: "run", text: "Running what is due" });
    at.clock.pass(500);
    at.progress.stop();
    expect(await at.screen.lines()).toEqual([
      "→ Restating 3 models in 8 batches",
      "✓ 3 models, 8 batches, 80 rows in 11 s; slowest oso.a, 16 s",
      "→ Running what is due",
    ]);
    expect(at.screen.isCursorHidden).toBe(false);
    expect(at.clock.isWaitedOn).toBe(false);
  });

  it("says of work that was broken off how far it came", async () => {
    const at = setUp(80);
    midway(at);
    at.tell({ type: "notice", level: "info", text: "Stopping cleanly; once more to end at once" });
    at.progress.stop();
    expect(await at.screen.lines()).toEqual([
      "→ Restating 3 models in 8 batches",
      "  Stopping cleanly; once more to end at once",
      "- 2 of 8 batches of 3 models, 20 rows in 11 s; slowest oso.a, 8.0 s",
    ]);
  });

  it.each([
    [200, 60],
    [80, 30],
    [60, 200],
  ])("bears a terminal that is resized from %i to %i columns and back while it works", async (from, to) => {
    const at = setUp(from);
    midway(at);
    for (const columns of [to, from, to]) {
      await at.screen.resize(columns);
      at.clock.pass(500);
      at.tell({ type: "notice", level: "info", text: `now ${columns}` });
      at.clock.pass(500);
    }
    const lines = await at.screen.lines();
    const told = ["→ Restating", `  now ${to}`, `  now ${from}`, `  now ${to}`];
    expect(lines.filter((line) => /→|now/.test(line)).map((line) => line.slice(0, 11).trimEnd())).toEqual(
      told.map((line) => line.slice(0, 11).trimEnd()),
    );
    expect(lines.filter((line) => line.includes("2/8"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("2/4"))).toHaveLength(1);
    at.progress.stop();
    expect((await at.screen.lines()).filter((line) => line.includes("━"))).toEqual([]);
  });

  it("shows no more models than the terminal has room for, and counts the others", async () => {
    const at = setUp(80, 12);
    const models = Array.from({ length: 40 }, (_, index) => `oso.model_${index}`);
    at.tell({ type: "phase", phase: "run", text: "Running what is due" });
    at.tell({ type: "evaluation-planned", models: models.map((model) => ({ model, batches: 1 })) });
    at.tell(...models.map((model): PipelineEvent => ({ type: "batch-started", model })));
    for (let beat = 0; beat < 20; beat += 1) at.clock.pass(1_000);
    const lines = await at.screen.lines();
    expect(lines).toHaveLength(7);
    expect(lines[5]).toBe("    and 37 more at work");
    await at.screen.resize(80, 4);
    at.clock.pass(1_000);
    expect((await at.screen.lines()).at(-1)).toContain("0/40 batches");
  });

  it("keeps what was written above when the screen scrolls", async () => {
    const at = setUp(80, 8);
    at.tell(...restating);
    for (let number = 1; number <= 30; number += 1) {
      at.tell({ type: "notice", level: "warning", text: `remark ${number}` });
      at.clock.pass(200);
    }
    at.progress.stop();
    const remarks = (await at.screen.lines()).filter((line) => line.startsWith("! remark"));
    expect(remarks).toEqual(Array.from({ length: 30 }, (_, index) => `! remark ${index + 1}`));
  });

  it("shows downloads with what is left, waits with their end, and a step that tells nothing by its age", async () => {
    const at = setUp(80);
    at.tell({ type: "phase", phase: "download", text: "Downloading 2 files" });
    const download = (file: string, received: number, total: number | undefined): PipelineEvent => ({
      type: "download",
      file,
      received,
      total,
      state: "running",
    });
    at.tell(
      download("trino-server-476.tar.gz", 0, 900_000_000),
      download("nessie.jar", 5_000_000, undefined),
    );
    at.clock.pass(10_000);
    at.tell(download("trino-server-476.tar.gz", 300_000_000, 900_000_000));
    at.clock.pass(200);
    expect((await at.screen.lines()).slice(1)).toEqual([
      "  ━━━━━━━─────────────  300/900 MB  trino-server-476.tar.gz  about 21 s left",
      "  ────────────────────  5 MB  nessie.jar",
    ]);
    for (const file of ["trino-server-476.tar.gz", "nessie.jar"])
      at.tell({ type: "download", file, received: 1, total: 1, state: "verified" });
    at.tell({ type: "waiting", what: "2 queries in Trino to end", elapsed: 30_000, longest: 60_000 });
    at.clock.pass(200);
    expect((await at.screen.lines()).at(-1)).toBe(
      "  ━━━━━─────  waiting for 2 queries in Trino to end, 30 s of 1 min 0 s".replace(
        "of 1",
        "of at most 1",
      ),
    );
    at.tell({ type: "phase", phase: "load", text: "Loading the SQLMesh project" });
    at.clock.pass(3_000);
    expect((await at.screen.lines()).at(-1)).toBe("  3.0 s");
  });

  it("shows checks, tells those that do not pass at once and how many there were at the end", async () => {
    const at = setUp(80);
    at.tell({ type: "phase", phase: "verify", text: "Verifying 366be0c80000" });
    at.tell({ type: "checks-planned", total: 4 });
    at.clock.pass(2_000);
    at.tell({ type: "check-finished", model: "oso.a", check: "unique(id)", outcome: "passed" });
    at.tell({ type: "check-finished", model: "oso.b", check: "row_count", outcome: "failed" });
    at.clock.pass(200);
    expect((await at.screen.lines()).slice(1)).toEqual([
      "✗ oso.b row_count failed",
      "  ━━━━━━━━━━──────────  2/4 checks  1 not passed  about 3 s left  2.1 s",
    ]);
    at.tell(
      { type: "check-finished", model: "oso.a", check: "not_null(id)", outcome: "passed" },
      { type: "check-finished", model: "oso.a", check: "freshness", outcome: "passed" },
    );
    at.progress.stop();
    expect((await at.screen.lines()).at(-1)).toBe("✗ 1 of 4 checks not passed, in 2.2 s");
  });

  it("writes colours only where they are wanted", async () => {
    const coloured = ({ screen }: SetUp): boolean =>
      ["\u001B[2m", "\u001B[36m"].some((code) => screen.raw.includes(code));
    const [with_, without] = [setUp(80, 24, 1), setUp(80, 24, 0)];
    for (const at of [with_, without]) {
      midway(at);
      at.progress.stop();
    }
    expect([coloured(with_), coloured(without)]).toEqual([true, false]);
    expect(await with_.screen.lines()).toEqual(await without.screen.lines());
  });
});
