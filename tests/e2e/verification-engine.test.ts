import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Hash } from "../../src/core/commit.js";
import { createNessieClient } from "../../src/nessie/client.js";
import { createTrinoClient } from "../../src/trino/client.js";
import type { CheckRule } from "../../src/verification/check.js";
import type { CheckResult } from "../../src/verification/check-result.js";
import { evaluateChecks, type ModelToCheck } from "../../src/verification/evaluate.js";
import type { Relation } from "../../src/verification/pin.js";
import {
  asCheck,
  checks,
  checkTable,
  type CheckTable,
  creation,
  figures,
  hardTables,
} from "../support/check-tables.js";
import { model } from "../support/models.js";

const { trinoUrl, nessieUri } = inject("stack");
const schema = "verification_engine";
const trino = createTrinoClient({ server: trinoUrl, user: "verification", catalog: "iceberg", schema });
const nessie = createNessieClient({ uri: nessieUri });
const head = async (): Promise<Hash> => (await nessie.reference("main")).hash;

/** The table as of a commit: known to be one, or taken for a query, of which nothing but its rows is known. */
const asTable = (name: string, at: Hash): Relation => ({
  pinned: true,
  expanded: false,
  sql: `"iceberg"."${schema}"."${name}#${at}"`,
  table: { catalog: "iceberg", schema, table: `${name}#${at}` },
});
const asQuery = (name: string, at: Hash): Relation => ({
  pinned: true,
  expanded: true,
  sql: `(SELECT * FROM ${asTable(name, at).sql})`,
});

const evaluate = (one: Omit<ModelToCheck, "model">): Promise<readonly CheckResult[]> =>
  evaluateChecks({
    models: [{ model: model("oso.t"), ...one }],
    queries: trino,
    concurrency: 4,
    signal: new AbortController().signal,
    samples: { rows: 0, hide: [] },
    report: () => undefined,
  });

let made = 0;
/** Makes the table, and gives the commits half-way and at the end. */
async function make(table: CheckTable): Promise<{ name: string; before: Hash; now: Hash }> {
  const name = `t${++made}`;
  const run = async (steps: readonly string[]): Promise<Hash> => {
    for (const step of steps) await trino.query(step.replaceAll("{table}", name));
    return head();
  };
  const half = Math.ceil(table.steps.length / 2);
  const before = await run([creation(table, name), ...table.steps.slice(0, half)]);
  return { name, before, now: await run(table.steps.slice(half)) };
}

beforeAll(async () => {
  await trino.query(`CREATE SCHEMA iceberg.${schema}`);
});
afterAll(async () => {
  await trino.query(`DROP SCHEMA iceberg.${schema} CASCADE`);
});

/** What must not depend on how a check was answered; the age of the newest value grows from query to query. */
const said = ({ check, outcome, expected, observed, failingRows, holdsUntil }: CheckResult) => ({
  check,
  outcome,
  expected,
  observed: outcome === "error" || check.startsWith("freshness") ? "" : observed,
  failingRows,
  holdsUntil,
});

describe("a check answered from metadata", () => {
  it("finds what the same check finds by reading every row, whatever the table has been through", async () => {
    const answered = { metadata: 0, scan: 0 };
    await fc.assert(
      fc.asyncProperty(checkTable, checks, async (table, rules) => {
        const { name, before, now } = await make(table);
        const [cheap, thorough] = await Promise.all([
          evaluate({ relation: asTable(name, now), baseline: asTable(name, before), checks: rules }),
          evaluate({ relation: asQuery(name, now), baseline: asQuery(name, before), checks: rules }),
        ]);
        expect(cheap.map(said)).toEqual(thorough.map(said));
        answered.metadata += cheap.filter(({ answeredBy }) => answeredBy === "metadata").length;
        answered.scan += thorough.filter(({ answeredBy }) => answeredBy === "scan").length;
      }),
      { numRuns: hardTables.length + 6, examples: hardTables.map((table) => [table, figures]) },
    );
    expect(answered.metadata).toBeGreaterThan(0);
    expect(answered.scan).toBeGreaterThan(0);
  });
});

describe("faulty data", () => {
  const name = "orders";
  let clean = "";
  let faulty = "";

  beforeAll(async () => {
    await trino.query(
      `CREATE TABLE ${name} AS SELECT id, IF(id % 2 = 0, 'open', 'done') AS status, CAST(id AS decimal(10,2)) AS amount, current_timestamp AS at FROM UNNEST(sequence(1, 100)) AS s(id)`,
    );
    clean = await head();
    await trino.query(
      `INSERT INTO ${name} VALUES (1, 'open', 1, NULL), (1, NULL, 500, NULL), (NULL, 'lost', -0.01, NULL)`,
    );
    await trino.query(`UPDATE ${name} SET at = TIMESTAMP '2020-01-01 00:00:00 UTC'`);
    faulty = await head();
  });

  const rules: readonly (readonly [CheckRule, string, bigint | null])[] = [
    [{ check: "row_count", min: 1, max: 102 }, "103 rows", null],
    [{ check: "not_null", columns: ["id", "status"] }, "1 nulls in id, 1 nulls in status", 2n],
    [{ check: "unique", columns: ["id"] }, "2 duplicate rows", 2n],
    [
      { check: "accepted_values", column: "status", values: ["open", "done"] },
      "1 rows with other values",
      1n,
    ],
    [{ check: "range", column: "amount", min: 0, max: 499 }, "2 rows outside", 2n],
    [{ check: "sql", sql: "SELECT id FROM {{model}} WHERE status = 'lost'" }, "1 rows", 1n],
    [
      {
        check: "drift",
        metric: "row_count",
        columns: [],
        direction: "up",
        warn: null,
        fail: { by: "percent", percent: 2 },
      },
      "103 rows, was 100 rows",
      null,
    ],
    [
      {
        check: "drift",
        metric: "max",
        columns: ["amount"],
        direction: "any",
        warn: null,
        fail: { by: "percent", percent: 10 },
      },
      "amount: 500, was 100",
      null,
    ],
  ];

  it.each(rules)("is caught by %j with the right figure", async (rule, observed, failingRows) => {
    const checked = [asCheck(rule)];
    const [good] = await evaluate({
      relation: asTable(name, clean),
      baseline: asTable(name, clean),
      checks: checked,
    });
    expect(good).toMatchObject({ outcome: "passed" });
    for (const relation of [asTable(name, faulty), asQuery(name, faulty)]) {
      const [bad] = await evaluate({ relation, baseline: asTable(name, clean), checks: checked });
      expect(bad).toMatchObject({ outcome: "failed", observed, failingRows });
    }
  });

  it("that is merely old is caught by freshness", async () => {
    const checked = [asCheck({ check: "freshness", column: "at", maxAgeMilliseconds: 3_600_000 })];
    const [fresh] = await evaluate({ relation: asTable(name, clean), baseline: null, checks: checked });
    expect(fresh).toMatchObject({ outcome: "passed", answeredBy: "metadata" });
    expect(Date.parse(fresh?.holdsUntil ?? "")).toBeGreaterThan(Date.now());
    const [stale] = await evaluate({ relation: asTable(name, faulty), baseline: null, checks: checked });
    expect(stale).toMatchObject({ outcome: "failed", holdsUntil: null });
  });

  it("of another schema is told column by column", async () => {
    await trino.query(`ALTER TABLE ${name} ADD COLUMN note varchar`);
    await trino.query(`ALTER TABLE ${name} DROP COLUMN status`);
    const checked = [asCheck({ check: "drift", metric: "schema", warn: ["added"], fail: ["removed"] })];
    const [changed] = await evaluate({
      relation: asTable(name, await head()),
      baseline: asTable(name, clean),
      checks: checked,
    });
    expect(changed).toMatchObject({ outcome: "failed", observed: "note added, status removed" });
  });
});
