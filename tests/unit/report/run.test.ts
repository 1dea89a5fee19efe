import { describe, expect, it } from "vitest";
import { type ErrorCode, PipelineError } from "../../../src/core/errors.js";
import { renderRun } from "../../../src/report/text/run.js";
import type { RunResult } from "../../../src/restatement/run-result.js";
import { outcome, plan, restatement, run, runResult, terminalOf } from "./fixtures.js";

const text = (result: RunResult, next = true, failure?: PipelineError): readonly string[] =>
  renderRun(result, terminalOf(100), { next, failure }).split("\n");

describe("the text of a run", () => {
  it("says what failed and why, how far it came, what was skipped and what was left out", () => {
    const failed: RunResult = {
      ...runResult,
      status: "failed",
      restatement: {
        ...restatement,
        status: "failed",
        models: [
          outcome("oso.projects_v1", 1, 3, { outcome: "failed", rows: 1234, milliseconds: 1500 }),
          outcome("oso.metrics_v0", 0, 1),
        ],
        failures: [
          { model: "oso.projects_v1", reason: "audit", message: "Audits failed: not_null", audits: [] },
        ],
        leftOut: [{ model: "oso.seed_projects", reason: "seed" }],
      },
      due: null,
    };
    expect(text(failed, false)).toEqual([
      "Restated",
      "model            outcome  batches   rows    audits   work",
      "oso.projects_v1  failed       1/3  1 234  1 passed  1.5 s",
      "oso.metrics_v0   skipped      0/1",
      "✗ oso.projects_v1: Audits failed: not_null",
      "",
      "Not restated",
      "  oso.seed_projects: a seed, SQLMesh reloads it when its file changes; ask for the models that read",
      "  it",
      "",
      `Failed in prod after 3 min 4 s (run ${run})`,
      "",
      `next: oso-pipeline show ${run}    tells what is left`,
      `      oso-pipeline resume ${run}  does what is left`,
    ]);
  });

  it("that was broken off says so, and how to go on", () => {
    expect(text({ ...runResult, status: "interrupted", restatement: null }, false)).toEqual([
      `Interrupted in prod after 3 min 4 s (run ${run})`,
      "",
      `next: oso-pipeline show ${run}    tells what is left`,
      `      oso-pipeline resume ${run}  does what is left`,
    ]);
  });

  it("that cannot go on by itself names the commands that let it", () => {
    const next = [{ command: "oso-pipeline approve 3fa94c1e", does: "gives the approval that it lacks" }];
    const commands = (code: ErrorCode) =>
      text({ ...runResult, status: "failed" }, false, new PipelineError(code, { message: "", next }))
        .join("\n")
        .match(/oso-pipeline \w+ \S+/g);
    const [show, resume] = [`oso-pipeline show ${run}`, `oso-pipeline resume ${run}`];
    expect(commands("APPROVAL_MISSING")).toEqual([show, "oso-pipeline approve 3fa94c1e", resume]);
    expect(commands("RUN_UNDECIDED")).toEqual([show, "oso-pipeline approve 3fa94c1e"]);
  });

  it("says what an earlier attempt had done, and what was found, repeated and ended", () => {
    const [batch] = plan.models[0]?.batches ?? [];
    if (!batch) throw new Error("the fixture has batches");
    const resumed = {
      stored: 15,
      planned: 38,
      found: 1,
      repeated: [{ model: "oso.stg_github__events", interval: batch }],
      rebuilt: ["oso.ticks"],
      drained: ["20261121_142051_00012_abcde", "20261121_142051_00013_abcde"],
    };
    expect(text({ ...runResult, attempt: 2, resumed }).slice(0, 8)).toEqual([
      `Resumed run ${run}, attempt 2`,
      "  15 of 38 batches had been stored before, 1 of them found in SQLMesh's state, where a dying attempt",
      "  had left them",
      "  1 stored batch restated again, between unfinished ones: oso.stg_github__events 2025-01-01",
      "  Restated from the start once more: oso.ticks",
      "  2 queries that a dead attempt had left in Trino, ended now: 20261121_142051_00012_abcde,",
      "  20261121_142051_00013_abcde",
      "",
    ]);
    const calm = { ...resumed, found: 0, repeated: [], rebuilt: [], drained: [] };
    expect(text({ ...runResult, attempt: 2, resumed: calm }).slice(0, 3)).toEqual([
      `Resumed run ${run}, attempt 2`,
      "  15 of 38 batches had been stored before",
      "",
    ]);
  });

  it("warns of commits of others on what it restated", () => {
    const commits = Array.from({ length: 6 }, (_, index) => ({
      hash: `99aa${index}`.padEnd(64, "1"),
      table: "sqlmesh__oso.events__1",
      queryId: index === 0 ? null : "q",
    }));
    const lines = text({ ...runResult, restatement: { ...restatement, foreignCommits: commits } });
    const start = lines.findIndex((line) => line.startsWith("Somebody"));
    expect(lines.slice(start, start + 8)).toEqual([
      "Somebody else wrote to restated tables meanwhile: 6 commits on main are not of this run",
      "commit        table                   query",
      "99aa01111111  sqlmesh__oso.events__1",
      ...[1, 2, 3, 4].map((index) => `99aa${index}1111111  sqlmesh__oso.events__1  q`),
      "and 1 more",
    ]);
  });

  it("that its trigger has done before says so", () => {
    const done: RunResult = { ...runResult, status: "already-done", restatement: null, due: null };
    expect(text(done)).toEqual([
      `Already done in prod by run ${run}; nothing was started`,
      "",
      `next: oso-pipeline show ${run}  tells what it did; --force starts it anew`,
    ]);
  });

  it("ends a good run with the command that follows", () => {
    const good: RunResult = { ...runResult, status: "nothing-to-do", restatement: null };
    expect(text(good).at(-1)).toBe("next: oso-pipeline tag-consumer  verifies main and publishes it");
    expect(text({ ...good, environment: "dev" }).at(-1)).toBe(
      "next: oso-pipeline run  does the same in prod",
    );
    expect(text(good, false)).toEqual(["Nothing to do in prod: no changes, nothing due (3 min 4 s)"]);
    expect(text(runResult, false).at(-1)).toBe(`Done in prod: 2 models, 15 batches (3 min 4 s, run ${run})`);
  });
});
