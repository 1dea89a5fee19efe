import { describe, expect, it } from "vitest";
import { renderSeed } from "../../../src/report/text/seed.js";
import type { SeedResult } from "../../../src/seeds/result.js";
import { terminalOf } from "./fixtures.js";

const result: SeedResult = {
  table: "tpch.sf1.customer",
  name: "tpch__customers",
  models: { seed: "oso.seed_tpch__customers", staging: "oso.stg_tpch__customers" },
  files: [
    "seeds/tpch__customers.csv",
    "models/seeds/seed_tpch__customers.sql",
    "models/staging/stg_tpch__customers.sql",
  ],
  written: true,
  replaced: false,
  columns: [
    {
      name: "id",
      type: "bigint",
      family: "integer",
      seedType: "BIGINT",
      form: "value",
      stagingType: "BIGINT",
      masked: [],
      isNow: false,
    },
    {
      name: "email",
      type: "varchar",
      family: "text",
      seedType: "VARCHAR",
      form: "json",
      stagingType: "VARCHAR",
      masked: [
        { kind: "e-mail", because: "name", cells: 2 },
        { kind: "phone", because: "values", cells: 1 },
      ],
      isNow: false,
    },
    {
      name: "created_at",
      type: "timestamp(6)",
      family: "timestamp",
      seedType: "TIMESTAMP(6)",
      form: "value",
      stagingType: "TIMESTAMP(6)",
      masked: [],
      isNow: true,
    },
  ],
  rows: [
    ["1", "user-17bb1a376c@example.com", "2026-11-21 10:00:00.000000"],
    ["2", "", null],
    ["3", "two\nlines and 😀 with a good deal of other text", null],
  ],
  leftOut: ["_dlt_id"],
  cost: { queries: 3, candidates: 516, rowsAtMost: 100_000, bytesRead: 12_345_678 },
  owner: "data-crm",
  source: "tpch.sf1.customer",
  maskKey: ".oso-pipeline/seed-mask.key",
  check: {
    environment: "dev",
    status: "passed",
    sqlmeshVersion: "0.236.4",
    failures: [],
    skipped: [],
    differences: [],
  },
};

describe("a seed on the terminal", () => {
  it("says what was made of what, what was masked and why, what it cost, and what comes next", () => {
    expect(renderSeed(result, terminalOf(120)))
      .toBe(`Made the seed tpch__customers of tpch.sf1.customer: 3 rows

column      type          in the CSV    values
id          bigint        bigint        1 · 2 · 3
email       varchar       JSON text     user-17bb1a376c@example… · '' · two\\nlines and 😀 with a…
created_at  timestamp(6)  timestamp(6)  2026-11-21 10:00:00.000… · NULL

  masked    email (e-mail, by its name), email (phone in 1 value); the same value has the same mask in every seed, by
            .oso-pipeline/seed-mask.key
  now       created_at
  left out  _dlt_id
  owner     data-crm
  read      3 queries, none of more than 100 000 rows, 12.3 MB of data; chosen from 516 rows
  files     seeds/tpch__customers.csv, models/seeds/seed_tpch__customers.sql, models/staging/stg_tpch__customers.sql

✓ oso.seed_tpch__customers and oso.stg_tpch__customers are built in dev, SQLMesh 0.236.4, and bring back every value

oso.stg_tpch__customers reads the seed's rows, in production too, until its FROM names tpch.sf1.customer itself.

next: git add seeds/tpch__customers.csv models/seeds/seed_tpch__customers.sql models/staging/stg_tpch__customers.sql
        for the pull request
      oso-pipeline plan
        shows what deploying oso.stg_tpch__customers does`);
  });

  it.each([60, 80, 200])("keeps its tables within %i columns", (columns) => {
    const [, table = "", facts = ""] = renderSeed(result, terminalOf(columns)).split("\n\n");
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    for (const line of facts.split("\n").filter((one) => !one.includes("seeds/")))
      expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("shows what did not come back, and proposes nothing to go on with", () => {
    const differences = [{ model: "oso.stg_tpch__customers", column: "email", wanted: null, got: "x" }];
    const text = renderSeed(
      {
        ...result,
        check: {
          environment: "dev",
          status: "failed",
          sqlmeshVersion: "1",
          failures: [],
          skipped: [],
          differences,
        },
      },
      terminalOf(120),
    );
    expect(text).toContain("✗ oso.stg_tpch__customers: email is x instead of NULL");
    expect(text).not.toContain("next:");
  });
});
