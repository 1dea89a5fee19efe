import { describe, expect, inject, it } from "vitest";
import { createLocalStack } from "../../src/localstack/stack.js";
import { commitSomethingElse, hashOf, query } from "../support/warehouse.js";

/** The test run's own stack, as a new process would see it. */
const stack = () =>
  createLocalStack({
    home: inject("stack").home,
    ports: { trino: 0, nessie: 0, nessieManagement: 0, s3: 0 },
    report: () => undefined,
  });

describe("the local stack", () => {
  it("starts nothing when everything runs", async () => {
    expect(await stack().up()).toMatchObject({ state: "up", started: [] });
  });

  it("comes back with its tables and history after kill -9 of all services", async () => {
    const schema = `survives_${Date.now()}`;
    await query(`CREATE SCHEMA iceberg.${schema}`);
    await query(`CREATE TABLE iceberg.${schema}.t AS SELECT * FROM tpch.tiny.region`);
    const head = await hashOf("main");
    for (const { pid } of (await stack().status()).services) if (pid !== null) process.kill(pid, "SIGKILL");

    const { state, started } = await stack().up();
    expect(state).toBe("up");
    expect(started.toSorted()).toEqual(["nessie", "s3", "trino"]);
    expect(await hashOf("main")).toBe(head);
    expect(await query(`SELECT count(*) FROM iceberg.${schema}.t`)).toEqual([[5]]);
    await commitSomethingElse();
  });
});
