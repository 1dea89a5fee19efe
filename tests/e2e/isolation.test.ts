import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PublishResult } from "../../src/release/publish.js";
import type { VerificationResult } from "../../src/verification/result.js";
import { dropSample, query, Warehouse } from "../support/warehouse.js";

type Published = PublishResult<VerificationResult>;

/** Nested views over two schemas, one of them with a value that no commit holds. */
const handmade = [
  "CREATE SCHEMA IF NOT EXISTS iceberg.iso_a",
  "CREATE SCHEMA IF NOT EXISTS iceberg.iso_b",
  "CREATE TABLE iceberg.iso_a.readings AS SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (id, name)",
  "CREATE TABLE iceberg.iso_b.weights AS SELECT * FROM (VALUES (1, 10), (2, 20)) AS t (id, weight)",
  "CREATE VIEW iceberg.iso_a.named AS SELECT readings.id, readings.name FROM iceberg.iso_a.readings",
  "CREATE VIEW iceberg.iso_b.weighed AS SELECT n.*, w.weight FROM iceberg.iso_a.named n JOIN iceberg.iso_b.weights w ON n.id = w.id",
  "CREATE VIEW iceberg.iso_b.heavy AS WITH weighed AS (SELECT * FROM iceberg.iso_b.weighed) SELECT * FROM weighed WHERE weight > (SELECT min(weight) FROM iceberg.iso_b.weights)",
  "CREATE VIEW iceberg.iso_b.stamped AS SELECT id, CAST(now() AS timestamp(6) with time zone) AS asked_at FROM iceberg.iso_a.readings",
] as const;

const schemas = "'oso', 'sqlmesh__oso', 'iso_a', 'iso_b'";

/** All that readers can ask for, and every row of it: what has to stay the same, byte for byte. */
async function everythingReadersSee(): Promise<Record<string, string>> {
  const tables = await query(
    `SELECT table_schema, table_name FROM iceberg_consumer.information_schema.tables WHERE table_schema IN (${schemas}) ORDER BY 1, 2`,
  );
  const seen: Record<string, string> = {};
  for (const [schema, table] of tables) {
    if (table === "stamped") continue;
    const rows = await query(`SELECT * FROM iceberg_consumer."${String(schema)}"."${String(table)}"`);
    seen[`${String(schema)}.${String(table)}`] = rows
      .map((row) =>
        JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
      )
      .toSorted()
      .join("\n");
  }
  return seen;
}

const countOf = async (relation: string): Promise<unknown> =>
  (await query(`SELECT count(*) FROM ${relation}`))[0]?.[0];

async function dropHandmade(): Promise<void> {
  for (const name of ["iso_b.stamped", "iso_b.heavy", "iso_b.weighed", "iso_a.named"])
    await query(`DROP VIEW IF EXISTS iceberg.${name}`);
  for (const name of ["iso_b.weights", "iso_a.readings"]) await query(`DROP TABLE IF EXISTS iceberg.${name}`);
}

describe.each(["full", "dev_only"])("what readers see, models of prod in mode %s", (mode) => {
  let warehouse: Warehouse;
  let release: NonNullable<Published["release"]>;
  let seen: Record<string, string>;

  beforeAll(async () => {
    await dropSample();
    await dropHandmade();
    for (const statement of handmade) await query(statement);
    warehouse = await Warehouse.create(`isolation-${mode}`, { OSO_SAMPLE_VIRTUAL_ENVIRONMENT_MODE: mode });
    await warehouse.run(0, ["run"]);
    const published = await warehouse.run<Published>(0, ["tag-consumer", "--create"]);
    if (published.release === null) throw new Error("nothing was released");
    release = published.release;
    seen = await everythingReadersSee();
  });
  afterAll(async () => {
    await dropHandmade();
    await warehouse.remove();
  });

  it("is everything that was on main, and says which release it is", async () => {
    expect(Object.keys(seen)).toEqual(
      expect.arrayContaining(["iso_a.named", "iso_b.heavy", "iso_b.weighed", "oso.projects_v1"]),
    );
    expect(await query("SELECT number, base FROM iceberg_consumer.oso_pipeline.release")).toEqual([
      [release.number, release.base],
    ]);
  });

  it("is told to be pinned but for what no commit holds", () => {
    expect(release.views).toMatchObject({ policy: "seal", sealedBy: "hash", broken: [], leaking: [] });
    expect(release.views.notPinned.filter(({ view }) => view.startsWith("iso_"))).toEqual([
      { view: "iso_b.stamped", what: "now" },
    ]);
  });

  it("stays when main's tables are rewritten and emptied", async () => {
    await query("UPDATE iceberg.iso_a.readings SET name = 'changed'");
    await query("INSERT INTO iceberg.iso_b.weights VALUES (3, 30)");
    await query("DELETE FROM iceberg.iso_b.weights WHERE id = 1");
    const tables = await query(
      `SELECT table_schema, table_name FROM iceberg.information_schema.tables WHERE table_schema IN (${schemas}) AND table_type = 'BASE TABLE'`,
    );
    await expect(everythingReadersSee()).resolves.toEqual(seen);
    for (const [schema, table] of tables)
      await query(`DELETE FROM iceberg."${String(schema)}"."${String(table)}"`);
    expect(await countOf("iceberg.oso.projects_v1")).toBe(0);
    await expect(everythingReadersSee()).resolves.toEqual(seen);
  });

  it("stays when main's views are replaced", async () => {
    await query("CREATE OR REPLACE VIEW iceberg.iso_a.named AS SELECT 9 AS id, 'other' AS name");
    await expect(everythingReadersSee()).resolves.toEqual(seen);
  });

  it("stays when main's tables and views are dropped", async () => {
    await dropSample();
    await dropHandmade();
    await expect(everythingReadersSee()).resolves.toEqual(seen);
    expect(await countOf("iceberg_consumer.iso_b.stamped")).toBe(2);
  });

  it("changes with the next release, for every query from then on; the earlier release reads as it was", async () => {
    for (const statement of handmade) await query(statement);
    await query("INSERT INTO iceberg.iso_a.readings VALUES (3, 'c')");
    await query("INSERT INTO iceberg.iso_b.weights VALUES (3, 30)");
    const next = await Warehouse.create(`isolation-${mode}-next`, {
      OSO_SAMPLE_VIRTUAL_ENVIRONMENT_MODE: mode,
    });
    try {
      await next.run(0, ["run"]);
      await expect(everythingReadersSee()).resolves.toEqual(seen);
      const published = await next.run<Published>(0, ["tag-consumer"]);
      expect(published.release?.number).toBe(release.number + 1);
      expect(await query("SELECT number FROM iceberg_consumer.oso_pipeline.release")).toEqual([
        [release.number + 1],
      ]);
      expect(await countOf("iceberg_consumer.iso_b.heavy")).toBe(2);
      expect(await countOf(`iceberg_consumer.iso_b."heavy#${release.sealed}"`)).toBe(1);
      expect(await countOf(`iceberg.oso."projects_v1#${release.sealed}"`)).toBe(
        (seen["oso.projects_v1"] ?? "").split("\n").length,
      );
    } finally {
      await next.remove();
    }
  });
});
