import { cp, mkdtemp, readdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type SqlMeshClient, startBridge } from "../../src/sqlmesh/client.js";
import {
  expectFailedAudit,
  expectFirstBuild,
  expectRestatement,
  expectTakenUpAgain,
  isApplied,
} from "../support/bridge-expectations.js";
import { apply, firstBuild, restateDaily, takeUpAgain } from "../support/bridge-scenario.js";
import { errorOf } from "../support/errors.js";
import { fakeInterpreter } from "../support/fake-bridge.js";
import { interpreterFor, releases } from "./environments.js";

const sampleProject = fileURLToPath(new URL("project", import.meta.url));
const recordings = fileURLToPath(new URL("../integration/sqlmesh/recordings", import.meta.url));

/** The release whose exchanges are written down anew with OSO_PIPELINE_RECORD=1. */
const RECORDED = "0.236.4";

const freshProject = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "oso-pipeline-matrix-")));
  await cp(sampleProject, folder, { recursive: true });
  return folder;
};

describe.each(releases)("with SQLMesh $version the bridge", (release) => {
  let python = "";
  beforeAll(async () => {
    python = await interpreterFor(release);
  });

  const using = async <T>(
    project: string,
    work: (client: SqlMeshClient) => Promise<T>,
    { name, variables = {} }: { name?: string; variables?: Record<string, string> } = {},
  ): Promise<T> => {
    const isRecorded =
      name !== undefined && release.version === RECORDED && process.env["OSO_PIPELINE_RECORD"];
    const recording = isRecorded
      ? { FAKE_BRIDGE: `record ${join(recordings, `${name}.jsonl`)} ${python}` }
      : {};
    const client = startBridge({
      python: isRecorded ? fakeInterpreter : python,
      project,
      log: { directory: join(project, "logs") },
      environment: { ...process.env, ...recording, ...variables },
    });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };

  it("says what its gateways are and what its models say of themselves, and touches no state", async () => {
    const project = await freshProject();
    await using(project, async (client) => {
      expect(await client.gateways()).toEqual([
        { name: "local", engine: "duckdb", stateEngine: "duckdb", isDefault: true, trino: null },
      ]);
      const models = new Map((await client.survey(null)).map((model) => [model.name, model]));
      expect(models.get("lab.daily")).toMatchObject({
        categories: ["project"],
        notNull: ["id"],
        timeColumn: "day",
        timeIsTemporal: true,
        cadenceSeconds: 86_400,
      });
      expect(models.get("lab.history")?.keys).toEqual([["kind", "valid_from"]]);
    });
    expect(await readdir(project)).not.toContain("state.db");
  });

  it("loads, selects, plans, applies and runs, and restates or says why not", async () => {
    expect.hasAssertions();
    const project = await freshProject();
    await using(
      project,
      async (client) => {
        expectFirstBuild(await firstBuild(client));
        const restated = await apply(client, restateDaily).catch((error: unknown) => error);
        expectRestatement(restated, release.restates);
        if (isApplied(restated)) expectTakenUpAgain(await takeUpAgain(client, restated));
      },
      { name: "build-and-restate" },
    );
  });

  it("tells how far each model is complete, and of nothing where there is no environment", async () => {
    const project = await freshProject();
    await using(project, async (client) => {
      expect(await client.coverage("prod")).toEqual([]);
      await apply(client);
      const covered = new Map((await client.coverage("prod")).map((one) => [one.model, one]));
      expect([...covered.keys()].toSorted()).toEqual(
        ["actors", "daily", "events", "helper", "history", "report", "totals"].map((name) => `lab.${name}`),
      );
      expect(covered.get("lab.daily")).toEqual({
        model: "lab.daily",
        kind: "INCREMENTAL_BY_TIME_RANGE",
        cron: "@daily",
        timezone: null,
        unit: "day",
        end: "2024-01-13T00:00:00.000Z",
        until: "2024-01-13T00:00:00.000Z",
      });
      expect(covered.get("lab.helper")).toMatchObject({ kind: "EMBEDDED", until: null });
      expect(covered.get("lab.totals")).toMatchObject({ end: null, until: expect.stringMatching(/T00:00/) });
    });
  });

  it("tells of an audit that fails, and completes the rest once it passes", async () => {
    const project = await freshProject();
    const broken = { variables: { BROKEN_AUDIT: "1" } };
    expectFailedAudit(await using(project, (client) => apply(client), { ...broken, name: "failing-audit" }));
    const repaired = await using(project, (client) => apply(client));
    expect(repaired.evaluation).toMatchObject({ status: "succeeded", failures: [], skipped: [] });
    expect(new Set(repaired.evaluation.batches.map(({ model }) => model))).toEqual(
      new Set(["lab.history", "lab.report", "lab.totals"]),
    );
  });

  it("tells why a model failed", async () => {
    const project = await freshProject();
    const broken = { variables: { BROKEN_MODEL: "1" } };
    const { evaluation } = await using(project, (client) => apply(client, { skipTests: true }), broken);
    expect(evaluation.status).toBe("failed");
    expect(evaluation.failures).toEqual([
      {
        model: "lab.totals",
        reason: "error",
        message: expect.stringContaining("this model is broken"),
        audits: [],
      },
    ]);
    expect(evaluation.failures[0]?.message).not.toMatch(/Traceback|\n/);
  });

  it("names the unit tests that fail", async () => {
    const project = await freshProject();
    const broken = { variables: { BROKEN_MODEL: "1" } };
    const error = await using(project, (client) => errorOf(() => apply(client)), broken);
    expect(error).toMatchObject({
      code: "TRANSFORMATION_FAILED",
      message: "SQLMesh unit tests failed: test_totals_counts_by_kind",
      hint: expect.stringContaining("--skip-tests"),
    });
  });

  it("shows in a development environment what it cannot restate there", async () => {
    const project = await freshProject();
    await using(project, async (client) => {
      await apply(client);
      expect((await apply(client, { environment: "dev" })).evaluation.status).toBe("succeeded");
      const asked = client.plan({ ...restateDaily, environment: "dev" });
      const said = await asked.catch((error: unknown) => error);
      const passedOver = { restatements: [], leftOut: [{ model: "lab.daily", reason: "shared-with-prod" }] };
      expect(said).toMatchObject(release.restates ? passedOver : { code: "VERSION_UNSUPPORTED" });
    });
  });

  it("builds only the models that a plan is limited to", async () => {
    const project = await freshProject();
    await using(project, async (client) => {
      const { evaluation } = await apply(client, { environment: "some", onlyModels: ["lab.events"] });
      expect(evaluation).toMatchObject({ status: "succeeded", failures: [], skipped: [] });
      expect(evaluation.batches.map(({ model }) => model)).toEqual(["lab.events"]);
      const error = await errorOf(() => apply(client, { environment: "some", onlyModels: ["lab.nosuch"] }));
      expect(error).toMatchObject({
        code: "PROJECT_INVALID",
        message: expect.stringContaining("lab.nosuch"),
      });
    });
  });

  it("refuses dates that are none, naming the option", async () => {
    const project = await freshProject();
    await using(project, async (client) => {
      const error = await errorOf(() =>
        client.plan({ ...restateDaily, restate: [], environment: "dev", end: "soonish" }),
      );
      expect(error).toMatchObject({ code: "USAGE", message: "--end soonish is no date" });
    });
  });

  it("breaks a running model off", async () => {
    const project = await freshProject();
    const controller = new AbortController();
    const client = startBridge({
      python,
      project,
      log: { directory: join(project, "logs") },
      environment: { ...process.env, SLOW_ROWS: "1000000000000" },
      signal: controller.signal,
    });
    try {
      const plan = await client.plan({
        ...restateDaily,
        restate: [],
        start: null,
        end: null,
        skipTests: true,
      });
      const applying = client.apply(plan.planId, (event) => {
        // lab.actors is below lab.daily as lab.totals is, so that one is running now or soon.
        if (event.type === "batch-finished" && event.batch.model === "lab.actors") controller.abort();
      });
      expect((await errorOf(() => applying)).code).toBe("INTERRUPTED");
    } finally {
      await client.close();
    }
    const after = await using(project, (fresh) =>
      fresh.plan({ ...restateDaily, restate: [], start: null, end: null }),
    );
    expect(after.backfills.map(({ model }) => model)).toContain("lab.totals");
  });
});
