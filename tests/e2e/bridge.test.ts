import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type SqlMeshClient, startBridge } from "../../src/sqlmesh/client.js";
import { createTrinoClient } from "../../src/trino/client.js";
import { errorOf } from "../support/errors.js";

const deploy = {
  environment: "prod",
  restate: [],
  start: null,
  end: null,
  skipTests: false,
  allowDestructive: [],
  executionTime: null,
} as const;

// Every model of this file carries it in its text, for Trino's list of queries.
const MARK = `bridge_e2e_${process.pid}`;

let project = "";

const write = async (name: string, text: string): Promise<void> => {
  await mkdir(join(project, name, ".."), { recursive: true });
  await writeFile(join(project, name), text);
};

const bridge = (options: { signal?: AbortSignal } = {}): SqlMeshClient =>
  startBridge({
    python: inject("stack").python,
    project,
    log: { file: join(project, "logs", "bridge.log") },
    ...options,
  });

const trino = createTrinoClient({ server: inject("stack").trinoUrl, user: "test" });

const runningQueries = async (): Promise<number> => {
  const { rows } = await trino.query(
    `SELECT count(*) FROM system.runtime.queries
     WHERE state NOT IN ('FINISHED', 'FAILED') AND query LIKE '%${MARK}%slow%' AND query NOT LIKE '%runtime%'`,
  );
  return Number(rows[0]?.[0]);
};

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "oso-pipeline-bridge-")));
  const { hostname, port } = new URL(inject("stack").trinoUrl);
  await write(
    "config.yaml",
    `gateways:
  trino:
    connection: {type: trino, host: ${hostname}, port: ${port}, http_scheme: http, user: test, catalog: iceberg}
    state_connection: {type: duckdb, database: ${join(project, "state.db")}}
default_gateway: trino
model_defaults: {dialect: trino, start: 2024-01-01}
`,
  );
  await write(
    "models/small.sql",
    `MODEL (name ${MARK}.small, kind FULL);\nSELECT 1 AS n, @shout('x') AS said\n`,
  );
  await write(
    "macros/shout.py",
    `import os

from sqlmesh import macro

print('{"id": 2, "result": "printed while loading"}')


@macro()
def shout(evaluator, text):
    print('{"id": 3, "result": "printed by a macro"}', flush=True)
    os.write(1, b"written to the descriptor\\n")
    return text
`,
  );
  await write("macros/__init__.py", "");
});

// The other tests share this lakehouse, and look at every view of it.
afterAll(async () => {
  for (const schema of [MARK, `sqlmesh__${MARK}`]) {
    await trino.query(`DROP SCHEMA IF EXISTS iceberg.${schema} CASCADE`);
  }
});

describe("the bridge on a real SQLMesh and Trino", () => {
  it("is not disturbed by what models and macros print, which goes to the log", async () => {
    const client = bridge();
    try {
      const { models } = await client.load();
      expect(models.map(({ name }) => name)).toContain(`${MARK}.small`);
      const plan = await client.plan(deploy);
      const evaluation = await client.apply(plan.planId, () => undefined);
      expect(evaluation).toMatchObject({
        status: "succeeded",
        batches: [{ model: `${MARK}.small`, rows: 1, interval: { start: "2024-01-01T00:00:00.000Z" } }],
      });
      expect(await readFile(client.logFile, "utf8")).toContain("written to the descriptor");
    } finally {
      await client.close();
    }
  });

  it("marks its queries, and tells which of them wrote a batch", async () => {
    const client = bridge();
    try {
      const restating = { ...deploy, restate: [`${MARK}.small`] };
      const source = `oso-pipeline:${MARK}`;
      const unmarked = await client.plan(restating);
      const before = await client.apply(unmarked.planId, () => undefined);
      await client.mark({ source, clientTags: ["oso-pipeline", `run=${MARK}`] });
      const plan = await client.plan(restating);
      const { batches, queries } = await client.apply(plan.planId, () => undefined);

      const [batch] = batches;
      const written = batch?.queries.at(-1) ?? "";
      const { rows: said } = await trino.query(
        `SELECT summary['trino_query_id'] FROM iceberg."${plan.restatements[0]?.table?.replace(".", '"."')}$snapshots"
         ORDER BY committed_at DESC LIMIT 1`,
      );
      expect(said).toEqual([[written]]);
      const sources = async (ids: readonly string[]) => {
        const list = ids.map((id) => `'${id}'`).join(", ");
        const { rows } = await trino.query(
          `SELECT DISTINCT source FROM system.runtime.queries WHERE query_id IN (${list})`,
        );
        return rows;
      };
      expect(await sources([...queries, ...batches.flatMap((one) => one.queries)])).toEqual([[source]]);
      // On a connection that was open already.
      expect(await sources(before.batches.flatMap((one) => one.queries))).toEqual([["oso-pipeline"]]);
      const info: unknown = await (
        await fetch(new URL(`/v1/query/${written}`, inject("stack").trinoUrl), {
          headers: { "X-Trino-User": "test" },
        })
      ).json();
      expect(info).toMatchObject({ session: { clientTags: ["oso-pipeline", `run=${MARK}`] } });
    } finally {
      await client.close();
    }
  });

  it("tells a model's failure by Trino's message and query", async () => {
    await write(
      "models/wrong.sql",
      `MODEL (name ${MARK}.wrong, kind FULL);\nSELECT 1 / (n - 1) AS x FROM ${MARK}.small\n`,
    );
    const client = bridge();
    try {
      const plan = await client.plan(deploy);
      const { failures } = await client.apply(plan.planId, () => undefined);
      expect(failures).toEqual([
        {
          model: `${MARK}.wrong`,
          reason: "error",
          message: expect.stringMatching(/^Division by zero \(query \w+\)$/),
          audits: [],
        },
      ]);
    } finally {
      await client.close();
      await write(
        "models/wrong.sql",
        `MODEL (name ${MARK}.wrong, kind VIEW);\nSELECT n FROM ${MARK}.small\n`,
      );
    }
  });

  it("ends the query in Trino and stores nothing when a run is broken off", async () => {
    await write(
      "models/slow.sql",
      `MODEL (name ${MARK}.slow, kind FULL);
SELECT count(*) AS n FROM tpch.sf1.lineitem AS l CROSS JOIN tpch.sf1.orders AS o WHERE l.orderkey + o.orderkey > 7\n`,
    );
    const controller = new AbortController();
    const client = bridge({ signal: controller.signal });
    const plan = await client.plan(deploy);
    const applying = errorOf(() => client.apply(plan.planId, () => undefined));
    await expect.poll(runningQueries, { timeout: 60_000, interval: 200 }).toBe(1);
    controller.abort();
    expect((await applying).code).toBe("INTERRUPTED");
    await client.close();
    expect(await runningQueries()).toBe(0);

    const after = bridge();
    const planned = await after.plan(deploy);
    await after.close();
    expect(planned.backfills.map(({ model }) => model)).toContain(`${MARK}.slow`);
  });

  it("ends the query and itself when it is no longer permitted to write", async () => {
    const client = bridge();
    client.permit(60_000);
    const plan = await client.plan(deploy);
    const applying = errorOf(() => client.apply(plan.planId, () => undefined));
    await expect.poll(runningQueries, { timeout: 60_000, interval: 200 }).toBe(1);
    client.permit(1);
    expect(await applying).toMatchObject({ code: "LEASE_LOST" });
    await client.close();
    await expect.poll(runningQueries, { timeout: 20_000, interval: 200 }).toBe(0);
  });

  it("does not outlive its parent, and takes the queries along", async () => {
    const module = new URL("../../dist/sqlmesh/client.js", import.meta.url).href;
    const log = join(project, "logs", "orphan.log");
    const options = { python: inject("stack").python, project, log: { file: log } };
    const parent = spawn(process.execPath, [
      "--input-type=module",
      "--eval",
      `import { startBridge } from ${JSON.stringify(module)};
       const client = startBridge(${JSON.stringify(options)});
       const plan = await client.plan(${JSON.stringify(deploy)});
       await client.apply(plan.planId, () => undefined);`,
    ]);
    await expect.poll(runningQueries, { timeout: 60_000, interval: 200 }).toBe(1);
    parent.kill("SIGKILL");
    await expect.poll(runningQueries, { timeout: 20_000, interval: 200 }).toBe(0);
    expect(await readFile(log, "utf8")).toContain("The parent process is gone");
  });

  it("says what to install when SQLMesh lacks the library of its engine", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "oso-pipeline-bridge-"));
    await writeFile(
      join(elsewhere, "config.yaml"),
      "gateways: {s: {connection: {type: snowflake, account: a, user: u, password: p}}}\nmodel_defaults: {dialect: snowflake}\n",
    );
    const client = startBridge({
      python: inject("stack").python,
      project: elsewhere,
      log: { directory: join(elsewhere, "logs") },
    });
    const error = await errorOf(() => client.load());
    await client.close();
    expect(error).toMatchObject({
      code: "REQUIREMENT_MISSING",
      hint: expect.stringContaining("sqlmesh.python"),
    });
    expect(error.message).toContain("snowflake");
  });
});
