import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SeedResult } from "../../src/seeds/result.js";
import { dropSample, query, Warehouse } from "../support/warehouse.js";

const root = join(import.meta.dirname, "../..");

/** Values of every type that a seed carries, with those that pandas or a CSV file would spoil; a row of nulls beside them. */
const everything: readonly (readonly [name: string, type: string, values: readonly string[]])[] = [
  ["flag", "BOOLEAN", ["true", "false", "true", "false"]],
  ["order", "INTEGER", ["1", "-2147483648", "2147483647", "0"]],
  ["big", "BIGINT", ["9223372036854775807", "BIGINT '-9223372036854775808'", "0", "7"]],
  ["r", "REAL", ["REAL '3.4028235E38'", "REAL '0.1'", "REAL '16777217'", "REAL '-0.0'"]],
  ["d", "DOUBLE", ["DOUBLE '0.1'", "nan()", "DOUBLE '1.7976931348623157E308'", "-infinity()"]],
  ["simple_d", "DOUBLE", ["DOUBLE '0.1'", "DOUBLE '1E-7'", "DOUBLE '-5'", "DOUBLE '123456789012345'"]],
  [
    "price",
    "DECIMAL(12, 2)",
    ["DECIMAL '123.45'", "DECIMAL '-0.01'", "DECIMAL '9999999999.99'", "DECIMAL '0'"],
  ],
  [
    "wei",
    "DECIMAL(38, 10)",
    ["DECIMAL '1234567890123456789012345678.0123456789'", "DECIMAL '0'", "DECIMAL '-1.5'", "DECIMAL '1'"],
  ],
  ["txt", "VARCHAR", ["'plain'", "''", String.raw`U&'l1\000Al2 "q" ''s'', \\n 日本 😀 \000D x'`, "'NULL'"]],
  ["zip", "VARCHAR", ["'007'", "'1e5'", "'true'", "' 7 '"]],
  [
    "id",
    "UUID",
    [
      "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
      "UUID '00000000-0000-0000-0000-000000000000'",
      "UUID 'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a60'",
    ],
  ],
  ["bin", "VARBINARY", ["X'AB01'", "X''", "X'00'", "X'12'"]],
  ["day", "DATE", ["DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '9999-12-31'", "DATE '2026-01-01'"]],
  [
    "tod",
    "TIME(6)",
    ["TIME '10:11:12.123456'", "TIME '00:00:00'", "TIME '23:59:59.999999'", "TIME '01:00:00'"],
  ],
  [
    "ts",
    "TIMESTAMP(6)",
    [
      "TIMESTAMP '2024-01-01 10:00:00.123456'",
      "TIMESTAMP '2024-01-01 10:00:00'",
      "TIMESTAMP '2262-01-01 00:00:00'",
      "TIMESTAMP '2024-01-02 10:00:00.5'",
    ],
  ],
  [
    "tz",
    "TIMESTAMP(6) WITH TIME ZONE",
    [
      "TIMESTAMP '2024-01-01 10:00:00.123456 Europe/Berlin'",
      "TIMESTAMP '2024-01-01 10:00:00 UTC'",
      "TIMESTAMP '2024-06-01 10:00:00 +05:30'",
      "TIMESTAMP '1999-01-01 00:00:00 UTC'",
    ],
  ],
  ["tags", "ARRAY(VARCHAR)", ["ARRAY['a', 'b😀']", "ARRAY[]", `ARRAY['a', NULL, '"']`, "ARRAY['NULL']"]],
  [
    "attrs",
    "MAP(VARCHAR, BIGINT)",
    [
      "MAP(ARRAY['k', 'l'], ARRAY[9223372036854775807, 2])",
      "MAP()",
      "MAP(ARRAY['é'], ARRAY[NULL])",
      "MAP(ARRAY['z'], ARRAY[0])",
    ],
  ],
  [
    "counts",
    "MAP(INTEGER, DECIMAL(20, 2))",
    [
      "MAP(ARRAY[1], ARRAY[DECIMAL '123456789012345678.01'])",
      "MAP()",
      "MAP(ARRAY[-1], ARRAY[NULL])",
      "MAP(ARRAY[5], ARRAY[DECIMAL '1'])",
    ],
  ],
  [
    "entry",
    `ROW(a BIGINT, b VARCHAR, "end" DATE, more ARRAY(ROW(x REAL, y TIMESTAMP(6))))`,
    [
      "ROW(9223372036854775807, '😀', DATE '2024-01-01', ARRAY[ROW(REAL '0.1', TIMESTAMP '2024-01-01 10:00:00.123456')])",
      "ROW(NULL, '', NULL, NULL)",
      "ROW(1, 'x', DATE '2024-01-01', ARRAY[])",
      "ROW(0, 'null', NULL, ARRAY[NULL])",
    ],
  ],
];
const dated = ["day", "tod", "ts", "tz"];
const allowed = dated.flatMap((name) => ["--allow-column", name]);

let warehouse: Warehouse;
let project: string;
const files = (name: string): string[] => [
  `seeds/${name}.csv`,
  `models/seeds/seed_${name}.sql`,
  `models/staging/stg_${name}.sql`,
];
const present = (name: string): string[] => files(name).filter((path) => existsSync(join(project, path)));
const add = (exitCode: number, ...args: string[]): Promise<SeedResult> =>
  warehouse.run<SeedResult>(exitCode, ["seed", "add", ...args]);

describe("seed add", () => {
  beforeAll(async () => {
    await dropSample();
    warehouse = await Warehouse.create("seed");
    project = join(warehouse.folder, "project");
    await cp(join(root, "seeds"), project, { recursive: true });
    Object.assign(warehouse.environment, { OSO_PIPELINE__SQLMESH__PROJECT: project });
    await query("CREATE SCHEMA IF NOT EXISTS iceberg.seed_e2e");
    const columns = everything.map(([name, type]) => `"${name}" ${type}`).join(", ");
    await query(`CREATE TABLE iceberg.seed_e2e.everything (${columns})`);
    const rows = [0, 1, 2, 3].map((row) =>
      everything.map(([, type, values]) => `CAST(${values[row]} AS ${type})`),
    );
    const nulls = everything.map(([, type]) => `CAST(NULL AS ${type})`);
    await query(
      `INSERT INTO iceberg.seed_e2e.everything VALUES ${[...rows, nulls].map((row) => `(${row.join(", ")})`).join(", ")}`,
    );
  });
  afterAll(async () => {
    await query("DROP SCHEMA IF EXISTS iceberg.seed_e2e CASCADE");
    await dropSample();
    await warehouse.remove();
  });

  it("carries every value of every type to what SQLMesh builds, and `run` deploys it", async () => {
    const { check } = await add(
      0,
      "seed_e2e.everything",
      "--name",
      "e2e__everything",
      "--rows",
      "5",
      ...allowed,
    );
    expect(check).toMatchObject({ status: "passed", differences: [] });

    await warehouse.run(0, ["run"]);
    const names = everything.map(([name]) => `"${name}"`).join(", ");
    const read = `SELECT ${names} FROM iceberg.seed_e2e.everything`;
    const built = `SELECT ${names} FROM iceberg.oso.stg_e2e__everything`;
    expect(await query(`SELECT count(*) FROM (${read} INTERSECT ${built})`)).toEqual([[5]]);
    expect(await query("SELECT count(*) FROM iceberg.oso.stg_e2e__everything")).toEqual([[5]]);
  });

  it("refuses to overwrite, and replaces when told to", async () => {
    const before = await readFile(join(project, "seeds/e2e__everything.csv"), "utf8");
    const refused = await warehouse.cli([
      "seed",
      "add",
      "seed_e2e.everything",
      "--name",
      "e2e__everything",
      "--json",
    ]);
    expect(refused.exitCode).toBe(8);
    expect(refused.json.error).toMatchObject({ code: "CONFLICT", hint: expect.stringContaining("--force") });
    expect(await readFile(join(project, "seeds/e2e__everything.csv"), "utf8")).toBe(before);

    const { replaced, check } = await add(0, "seed_e2e.everything", "--name", "e2e__everything", "--force");
    expect(replaced).toBe(true);
    expect(check?.status).toBe("passed");
    expect(await readFile(join(project, "seeds/e2e__everything.csv"), "utf8")).not.toBe(before);
  });

  it("refuses types that it cannot carry by name, and makes the seed without them", async () => {
    const source = "CAST(NULL AS ARRAY(VARBINARY)) AS blobs, 1 AS id";
    await query(`CREATE TABLE iceberg.seed_e2e.odd AS SELECT ${source}`);
    const refused = await warehouse.cli(["seed", "add", "seed_e2e.odd", "--json"]);
    expect(refused.exitCode).toBe(2);
    expect(refused.json.error?.message).toContain("blobs (array(varbinary))");
    expect(present("seed_e2e__odd")).toEqual([]);
    expect((await add(0, "seed_e2e.odd", "--leave-out", "blobs")).check?.status).toBe("passed");
  });

  it("masks persons of another catalog, the same in every seed, so that they still join", async () => {
    const sf1 = await add(0, "tpch.sf1.customer", "--name", "tpch__customers", "--category", "person");
    const tiny = await add(0, "tpch.tiny.customer", "--dry-run");
    expect(sf1.columns.filter(({ masked }) => masked.length > 0).map(({ name }) => name)).toEqual([
      "name",
      "address",
      "phone",
    ]);
    const csv = await readFile(join(project, "seeds/tpch__customers.csv"), "utf8");
    expect(csv).not.toMatch(/Customer#/);
    const maskOf = (result: SeedResult): Map<unknown, unknown> =>
      new Map(result.rows.map((row) => [row[0], row[1]]));
    for (const [key, mask] of maskOf(tiny)) expect(maskOf(sf1).get(key) ?? mask).toBe(mask);
  });

  it("tells what the project's linter has against it, with the files there to be mended", async () => {
    const linter = join(project, "linter/entity_category.py");
    const rules = await readFile(linter, "utf8");
    await writeFile(linter, rules.replace("if model.owner or", "if model.owner == 'nobody' or"));
    const told = await warehouse.cli(["seed", "add", "tpch.tiny.nation", "--json"]);
    await writeFile(linter, rules);
    expect(told.exitCode).toBe(3);
    expect(told.json.error).toMatchObject({
      code: "PROJECT_INVALID",
      hint: expect.stringContaining("mend models/seeds"),
    });
    expect(present("tiny__nation")).toEqual(files("tiny__nation"));
    await warehouse.run(0, ["run", "--environment", "dev_seeds"]);
  });

  it("leaves all files or none when it is killed, and the same command goes on", async () => {
    // Killed as soon as the first sign of files is there: what dies between two of them is completed by the next.
    const child = spawn(
      process.execPath,
      [join(root, "bin/oso-pipeline.js"), "seed", "add", "tpch.tiny.region", "--name", "tpch__regions"],
      {
        cwd: warehouse.folder,
        env: { ...process.env, ...warehouse.environment },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    child.stderr.on(
      "data",
      (chunk: Buffer) => chunk.toString().includes("Building") && child.kill("SIGKILL"),
    );
    await once(child, "exit");
    expect(present("tpch__regions")).toEqual(files("tpch__regions"));
    expect((await readdir(project)).filter((entry) => entry.startsWith(".seed-add"))).toEqual([]);
    expect(
      (await warehouse.cli(["seed", "add", "tpch.tiny.region", "--name", "tpch__regions"])).exitCode,
    ).toBe(8);
    expect((await add(0, "tpch.tiny.region", "--name", "tpch__regions", "--force")).check?.status).toBe(
      "passed",
    );
  });
});
