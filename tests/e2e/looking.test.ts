import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunList } from "../../src/restatement/history.js";
import type { WarehouseStatus } from "../../src/status/status.js";
import { problemsOfLine, problemsOfOutput } from "../support/output-schema.js";
import { hashOf, Warehouse } from "../support/warehouse.js";

type Line = Readonly<Record<string, unknown>>;

const linesOf = (stdout: string): readonly Line[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

let warehouse: Warehouse;
let built: readonly Line[];

beforeAll(async () => {
  warehouse = await Warehouse.create("looking", {
    OSO_PIPELINE__STATE__BRANCH: "looking-state",
    OSO_PIPELINE__NESSIE__CONSUMER_TAG: "looking-consumer",
    OSO_PIPELINE__TRINO__CATALOGS__CONSUMER: "iceberg",
  });
  const run = await warehouse.cli(["run", "--output", "ndjson"]);
  if (run.exitCode !== 0) throw new Error(`the warehouse was not built\n${run.stdout}\n${run.stderr}`);
  built = linesOf(run.stdout);
});
afterAll(() => warehouse.remove());

const status = (code = 0, environment = {}): Promise<WarehouseStatus> =>
  warehouse.run<WarehouseStatus>(code, ["status"], { environment });

describe("a stream of events", () => {
  it("has a line for each as it comes, all of them as the schema says, numbered and in time, and the result last", () => {
    expect(built.flatMap((line) => problemsOfLine(line))).toEqual([]);
    expect(built.map(({ sequence }) => sequence)).toEqual(built.map((_, index) => index + 1));
    const times = built.map(({ time }) => String(time));
    expect(times).toEqual(times.toSorted());
    expect(built.at(-1)).toMatchObject({ type: "result", command: "run", exitCode: 0, error: null });
    expect(built.filter(({ type }) => type === "result")).toHaveLength(1);
  });

  it("tells of each batch that it was begun before it was stored", () => {
    const planned = built.find(({ type }) => type === "evaluation-planned") as unknown as {
      models: readonly { model: string; batches: number }[];
    };
    const of = (wanted: string): number => built.filter(({ type }) => type === wanted).length;
    const batches = planned.models.reduce((sum, model) => sum + model.batches, 0);
    expect(of("batch-finished")).toBeGreaterThanOrEqual(batches);
    expect(of("batch-started")).toBe(of("batch-finished"));
    const first = (wanted: string): number => built.findIndex(({ type }) => type === wanted);
    expect(first("batch-started")).toBeLessThan(first("batch-finished"));
  });

  it("whose reader has gone ends no work and prints no trouble", async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "../../bin/oso-pipeline.js"), "run", "--output", "ndjson"],
      {
        cwd: warehouse.folder,
        env: { ...process.env, ...warehouse.environment },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const closed = once(child, "close");
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await closed).toEqual([0, null]);
    expect(stderr).toBe("");
    const { runs } = await warehouse.run<RunList>(0, ["runs"]);
    expect(runs[0]?.state).toBe("succeeded");
  });
});

describe("the status", () => {
  it("of a warehouse that was run and not published says what there is, and what to type", async () => {
    const now = await status();
    expect(now.unknown).toEqual([]);
    expect(now).toMatchObject({
      consumer: null,
      ahead: null,
      verification: null,
      leases: [],
      unfinished: [],
    });
    expect(now.main).toBe(await hashOf("main"));
    expect(now.last?.state).toBe("succeeded");
    // What ends in 2025 is complete for good; all else was just built.
    expect(now.freshness).toMatchObject({ stale: [], due: 0, unknown: [] });
    expect(now.freshness?.models).toBeGreaterThan(10);
    expect(now.freshness?.fresh).toBe(now.freshness?.models);
    expect(now.next[0]?.command).toBe("oso-pipeline tag-consumer --create");
  });

  it("says what the last verification found, also of one that failed", async () => {
    await warehouse.run(0, ["verify"]);
    const { verification } = await status();
    expect(verification).toMatchObject({ verdict: "passed", release: null, checks: { failed: 0 } });
    expect(verification?.until).not.toBeNull();
    await warehouse.configure(
      (yaml) => `${yaml}\n    - { select: oso.projects_v1, check: row_count, min: 1000 }\n`,
    );
    await warehouse.run(7, ["verify"]);
    const failed = await status();
    expect(failed.verification).toMatchObject({ verdict: "failed", checks: { failed: 1 }, until: null });
    expect(failed.next[0]?.command).toBe("oso-pipeline verify");
    await warehouse.configure((yaml) => yaml.replace(/\n.*min: 1000 }\n$/, "\n"));
  });

  it("says what could not be asked, why, and what does not answer, and fails only where nothing was answered", async () => {
    const down = await status(5, { OSO_PIPELINE__NESSIE__URI: "http://127.0.0.1:1/api/v2" });
    expect(new Set(down.unknown.map(({ code }) => code))).toEqual(new Set(["SERVICE_UNAVAILABLE"]));
    expect(down.unknown.map(({ section }) => section)).toContain("runs");
    const partly = await status(0, {
      OSO_PIPELINE__NESSIE__URI: "http://127.0.0.1:1/api/v2",
      OSO_PIPELINE__STATE__STORE: "file",
    });
    expect(partly.unknown.map(({ section }) => section)).toEqual(["readers"]);
  });
});

describe("what is printed for programs", () => {
  it.each([
    [["status"]],
    [["runs"]],
    [["lease", "show"]],
    [["releases"]],
    [["models"]],
    [["models", "--physical", "--at", "main"]],
    [["diff", "main", "main"]],
    [["plan", "--restate", "oso.stg_github__events"]],
    [["verify", "--select", "oso.projects_v1"]],
    [["doctor"]],
    [["config", "show"]],
    [["config", "validate"]],
    [["config", "schema"]],
    [["local", "status"]],
    [["show", "no-such-run"]],
    [["nonsense"]],
  ])("is as the schema says: %j", async (line) => {
    const { json } = await warehouse.cli([...line, "--json"]);
    expect(problemsOfOutput(json)).toEqual([]);
  });

  it("is as the schema says of the last run", async () => {
    const { runs } = await warehouse.run<RunList>(0, ["runs"]);
    const { json } = await warehouse.cli(["show", runs[0]?.run.id ?? "", "--json"]);
    expect(problemsOfOutput(json)).toEqual([]);
  });
});
