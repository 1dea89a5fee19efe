import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PublishResult } from "../../src/release/publish.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import type { VerificationResult } from "../../src/verification/verify.js";
import { dropSample, hashOf, query, readersRelease, Warehouse } from "../support/warehouse.js";

describe("the main job in SQLMesh's full mode, models of prod as views", () => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    await dropSample();
    warehouse = await Warehouse.create("full", { OSO_SAMPLE_VIRTUAL_ENVIRONMENT_MODE: "full" });
  });
  afterAll(() => warehouse.remove());

  it("runs, restates and publishes as well", async () => {
    await warehouse.run(0, ["run"]);
    const { restatement } = await warehouse.run<RunResult>(0, [
      "run",
      "--restate",
      "oso.stg_ossd__current_projects",
      "--yes",
    ]);
    expect(restatement).toMatchObject({ status: "succeeded", incomplete: [] });
    const result = await warehouse.run<PublishResult>(0, ["tag-consumer"]);
    expect(result).toMatchObject({ outcome: "published", to: await hashOf("main") });
    // Every model is a view here.
    expect(result.release?.views.sealed).toBeGreaterThanOrEqual(20);
    expect(result.release?.views.leaking).toEqual([]);
  });

  it("verifies the tables behind the views as of one commit, although main has moved on", async () => {
    const { base: published } = await readersRelease();
    await warehouse.run(0, ["run", "--restate", "oso.projects_v1", "--yes"], {
      environment: { OSO_SAMPLE_BAD_DATA: "oso.projects_v1" },
    });
    expect(await query("SELECT count(DISTINCT project_id) FROM iceberg.oso.projects_v1")).toEqual([[1]]);

    const then = await warehouse.run<VerificationResult>(0, ["verify", "--at", "consumer"]);
    expect(then).toMatchObject({ base: published, verdict: "passed", unpinned: [] });
    const now = await warehouse.run<VerificationResult>(7, ["verify"]);
    expect(now.checks.filter(({ outcome }) => outcome === "failed").map(({ check }) => check)).toContain(
      "unique(project_id)",
    );
  });

  it("says what a development environment that shares everything with prod would silently not restate", async () => {
    const dev = ["run", "--environment", "dev"];
    await warehouse.run(0, dev);
    const run = await warehouse.cli([...dev, "--restate", "oso.projects_v1", "--json"]);
    expect(run.exitCode).toBe(2);
    expect(run.json.error).toMatchObject({ code: "RESTATEMENT_EMPTY" });
    expect(run.json.error?.message).toContain("oso.projects_v1 (shared-with-prod)");
  });

  it("restates in a development environment what is changed there, and says what is not", async () => {
    const changed = { environment: { OSO_SAMPLE_ACTIVITY_WINDOW: "365" } };
    const dev = ["run", "--environment", "dev"];
    const first = await warehouse.run<RunResult>(0, dev, changed);
    expect(first.deployment?.models.map(({ model }) => model)).toEqual(["oso.key_metrics_by_project_v0"]);
    const { restatement } = await warehouse.run<RunResult>(
      0,
      [...dev, "--restate", "oso.key_metrics_by_project_v0", "--restate", "oso.projects_v1"],
      changed,
    );
    expect(restatement?.models.map(({ model }) => model)).toEqual(["oso.key_metrics_by_project_v0"]);
    expect(restatement?.leftOut).toContainEqual({ model: "oso.projects_v1", reason: "shared-with-prod" });
    const active = (schema: string): Promise<unknown> =>
      query(`SELECT sum(active_contributors) FROM iceberg.${schema}.key_metrics_by_project_v0`);
    expect(await active("oso__dev")).not.toEqual(await active("oso"));
  });
});
