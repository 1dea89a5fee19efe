import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { Check, CheckRule, FigureDriftRule } from "../../../src/verification/check.js";
import type { CheckResult } from "../../../src/verification/check-result.js";
import { evaluateChecks, type ModelToCheck } from "../../../src/verification/evaluate.js";
import type { Relation } from "../../../src/verification/pin.js";
import type { QueryResult } from "../../../src/verification/ports.js";
import { errorOf } from "../../support/errors.js";
import { hash } from "../../support/fake-reference-store.js";
import { model } from "../../support/models.js";

const H = hash("cd");
const table = (name: string, at = H): Relation & { readonly table: { readonly table: string } } => ({
  pinned: true,
  expanded: false,
  sql: `"iceberg"."oso"."${name}#${at}"`,
  table: { catalog: "iceberg", schema: "oso", table: `${name}#${at}` },
});
const view: Relation = { pinned: true, expanded: true, sql: "(SELECT * FROM x)" };
const check = (rule: CheckRule, scope: Partial<Check> = {}): Check =>
  ({
    ...rule,
    selectors: [],
    categories: [],
    severity: "fail",
    name: null,
    where: "x.yaml:1:1",
    ...scope,
  }) as Check;
const notNull = (...columns: string[]): Check => check({ check: "not_null", columns });
const unique = (...columns: string[]): Check => check({ check: "unique", columns });
const rowCount = check({ check: "row_count", min: 1, max: null });

const refused = (
  message: string,
  code: "QUERY_FAILED" | "TIMEOUT" | "SERVICE_UNAVAILABLE" = "QUERY_FAILED",
) => new PipelineError(code, { message });
const rows = (values: readonly unknown[], bytesRead = 0): QueryResult => ({
  columns: [],
  rows: [values],
  queryId: "q",
  bytesRead,
});

const asksForShape = (sql: string): boolean => / LIMIT [02]$/.test(sql);

/** An Iceberg table with these columns; `day` is what it is partitioned by. */
const columns = ["id bigint", "name varchar", "at timestamp(6) with time zone", "price double", "day date"];
function shape(sql: string, partitions: readonly unknown[][]): QueryResult {
  const named = columns.map((column) => ({
    name: column.split(" ", 1)[0] ?? "",
    type: column.slice(column.indexOf(" ") + 1),
  }));
  const data = named
    .filter(({ name }) => name !== "day")
    .map(({ name, type }) => `${name} row(min ${type}, max ${type}, null_count bigint, nan_count bigint)`);
  const metadata = [
    { name: "partition", type: "row(day date)" },
    { name: "record_count", type: "bigint" },
    { name: "data", type: `row(${data.join(", ")})` },
    { name: "|", type: "integer" },
  ];
  return sql.includes("$partitions")
    ? { columns: [...metadata, ...named], rows: partitions, queryId: "q" }
    : { columns: named, rows: [], queryId: "q" };
}

/** A partition's row as the shape is asked for: the statistics of each column, and nothing of the table. */
const partition = (...nullCounts: (number | null)[]): unknown[] => [
  ["2026-01-01"],
  7,
  nullCounts.map((nullCount) => [null, null, nullCount, null]),
  0,
  ...columns.map(() => null),
];
const several = [partition(0, 0, 0, 0), partition(0, 0, 0, 0)];

interface Trino {
  /** What the shape shows of the table's partitions, of which it asks for two; several where left out. */
  readonly partitions?: readonly unknown[][];
  readonly statistics?: (sql: string) => QueryResult | PipelineError;
  readonly other?: (sql: string) => QueryResult | PipelineError;
}

async function evaluate(
  models: readonly (Partial<ModelToCheck> & Pick<ModelToCheck, "checks">)[],
  {
    partitions = several,
    statistics = () => refused("unasked for"),
    other = () => refused("unasked for"),
  }: Trino,
  more: Partial<Parameters<typeof evaluateChecks>[0]> = {},
) {
  const asked: string[] = [];
  const reported: CheckResult[] = [];
  const results = await evaluateChecks({
    models: models.map((one) => ({ model: model("oso.a"), relation: table("a"), baseline: null, ...one })),
    queries: {
      query: async (sql) => {
        const isShape = asksForShape(sql);
        if (!isShape) asked.push(sql);
        const answer = isShape
          ? shape(sql, partitions)
          : sql.includes("$partitions")
            ? statistics(sql)
            : other(sql);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      tablesRead: async () => [],
    },
    concurrency: 2,
    signal: new AbortController().signal,
    report: (result) => reported.push(result),
    ...more,
  });
  return { results, asked, reported };
}

describe("a check of a table", () => {
  it("for nulls is answered by the table's statistics, without its data", async () => {
    const { results, asked } = await evaluate([{ checks: [notNull("id", "day")] }], {
      statistics: () => rows([true, 0, true, null], 900),
    });
    expect(results).toMatchObject([
      { outcome: "passed", answeredBy: "metadata", failingRows: 0n, pinned: true },
    ]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`"a#${H}$partitions"`);
    expect(asked[0]).toContain('sum("data"."id".null_count)');
    expect(asked[0]).toContain('FILTER (WHERE "partition"."day" IS NULL)');
  });

  it("for nulls is answered with the shape of a table of one partition, where that has none", async () => {
    const checks = [notNull("id"), notNull("Name")];
    const one = await evaluate([{ checks }], { partitions: [partition(0, 0, 0, 0)] });
    const empty = await evaluate([{ checks }], { partitions: [] });
    for (const { results, asked } of [one, empty]) {
      expect(asked).toEqual([]);
      expect(results).toMatchObject([
        { outcome: "passed", answeredBy: "metadata", failingRows: 0n },
        { outcome: "passed", answeredBy: "metadata", failingRows: 0n },
      ]);
    }
    const doubtful = await evaluate([{ checks }], {
      partitions: [partition(null, 2, 0, 0)],
      statistics: () => rows([false, 0, true, 2]),
      other: (sql) => rows(sql.includes("$files") ? [1] : [3, 1], 10),
    });
    expect(doubtful.results).toMatchObject([{ failingRows: 3n }, { failingRows: 1n }]);
  });

  it("takes figures from statistics only where no delete file makes them wrong", async () => {
    const nulls = (exact: boolean): Trino => ({
      statistics: () => rows([true, 4]),
      other: (sql) => rows([sql.includes("$files") ? (exact ? 0 : 1) : 3], 10),
    });
    const exact = await evaluate([{ checks: [notNull("id")] }], nulls(true), {
      samples: { rows: 0, hide: [] },
    });
    expect(exact.results).toMatchObject([{ failingRows: 4n, answeredBy: "metadata" }]);
    const deleted = await evaluate([{ checks: [notNull("id")] }], nulls(false), {
      samples: { rows: 0, hide: [] },
    });
    expect(deleted.results).toMatchObject([{ failingRows: 3n, answeredBy: "scan" }]);
    expect(deleted.asked[2]).toBe(
      `SELECT (SELECT count(*) FROM "iceberg"."oso"."a#${H}" WHERE "id" IS NULL)`,
    );
  });

  it("asks the data where statistics leave a file out, or may not be read", async () => {
    const other = (): QueryResult => rows([0], 10);
    const missing = await evaluate([{ checks: [notNull("id")] }], {
      statistics: () => rows([false, 0]),
      other,
    });
    const denied = await evaluate([{ checks: [notNull("id")] }], { statistics: () => refused("no"), other });
    for (const { results } of [missing, denied])
      expect(results).toMatchObject([{ outcome: "passed", answeredBy: "scan" }]);
  });

  it("counts by condition, so that Trino leaves out files that cannot hold such rows", async () => {
    const { results, asked } = await evaluate(
      [
        {
          checks: [
            rowCount,
            check({ check: "accepted_values", column: "name", values: ["x"] }),
            check({ check: "range", column: "price", min: 0, max: null }),
          ],
        },
      ],
      { other: () => rows([5, 0, 0], 0) },
    );
    const from = `(SELECT count(*) FROM "iceberg"."oso"."a#${H}"`;
    expect(asked).toEqual([
      `SELECT ${from}), ${from} WHERE "name" NOT IN ('x')), ${from} WHERE "price" < 0)`,
    ]);
    expect(results.map(({ answeredBy }) => answeredBy)).toEqual(["metadata", "metadata", "metadata"]);
  });

  it("for freshness says how long it holds, by Trino's clock", async () => {
    const fresh = check({ check: "freshness", column: "at", maxAgeMilliseconds: 60_000 });
    const { results, asked } = await evaluate([{ checks: [fresh] }], {
      statistics: () => rows([true, 1_000_000, 1_030_000]),
      other: () => rows([0]),
    });
    expect(asked).toHaveLength(2);
    expect(results).toMatchObject([
      { outcome: "passed", holdsUntil: "1970-01-01T00:17:40.000Z", answeredBy: "metadata" },
    ]);
    const stale = await evaluate([{ checks: [fresh] }], {
      statistics: () => rows([true, 1_000_000, 1_090_000]),
      other: () => rows([0]),
    });
    expect(stale.results).toMatchObject([{ outcome: "failed", holdsUntil: null }]);
  });

  it("for uniqueness runs alone", async () => {
    const checks = [unique("id", "day"), rowCount];
    const { results, asked } = await evaluate([{ checks }], {
      other: (sql) => rows([sql.includes("DISTINCT") ? 0 : 1], 10),
    });
    expect(asked).toContain(
      `SELECT (SELECT count(*) FROM ${table("a").sql}) - (SELECT count(*) FROM (SELECT DISTINCT "id", "day" FROM ${table("a").sql}))`,
    );
    expect(results).toMatchObject([{ answeredBy: "own-query" }, { answeredBy: "scan" }]);
  });

  it("for uniqueness in a view computes that only once", async () => {
    const { results, asked } = await evaluate([{ relation: view, checks: [unique("id", "day")] }], {
      other: () => rows([2], 10),
    });
    expect(asked[0]).toBe(
      'SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM (SELECT * FROM x) GROUP BY "id", "day")',
    );
    expect(results).toMatchObject([{ outcome: "failed", failingRows: 2n }]);
  });
});

describe("checks of a view", () => {
  it("share one scan, for each statement computes the view anew", async () => {
    const { results, asked } = await evaluate(
      [
        {
          relation: view,
          checks: [rowCount, notNull("id"), check({ check: "range", column: "id", min: 1, max: 9 })],
        },
      ],
      { other: () => rows([5, 0, 0], 100) },
    );
    expect(asked).toEqual([
      'SELECT count(*), count_if("id" IS NULL), count_if("id" < 1 OR "id" > 9) FROM (SELECT * FROM x)',
    ]);
    expect(results.map(({ answeredBy }) => answeredBy)).toEqual(["scan", "scan", "scan"]);
  });

  it("ask for a figure once, however many checks need it", async () => {
    const { asked } = await evaluate(
      [{ relation: view, checks: [notNull("id"), notNull("id", "name"), rowCount, rowCount] }],
      {
        other: () => rows([0, 0, 5]),
      },
    );
    expect(asked).toEqual([
      'SELECT count_if("id" IS NULL), count_if("name" IS NULL), count(*) FROM (SELECT * FROM x)',
    ]);
  });
});

describe("a refused statement", () => {
  it("is asked in halves, down to the one check that it is refused for", async () => {
    const checks = ["id", "name", "price", "day", "at"].map((column) => notNull(column));
    const { results } = await evaluate([{ relation: view, checks }], {
      other: (sql) =>
        sql.includes('"price"')
          ? refused("no right to price")
          : rows(Array.from(sql.matchAll(/count_if/g), () => 0)),
    });
    expect(results.map(({ outcome }) => outcome)).toEqual(["passed", "passed", "error", "passed", "passed"]);
    expect(results[2]).toMatchObject({ observed: "no right to price", answeredBy: null });
  });

  it("that took too long is not tried again, and hides no other model", async () => {
    const { results, asked } = await evaluate(
      [
        { relation: view, checks: [notNull("id"), rowCount] },
        { model: model("oso.b"), relation: { ...view, sql: "b" }, checks: [rowCount] },
      ],
      { other: (sql) => (sql.endsWith(" b") ? rows([1]) : refused("took longer than 600 s", "TIMEOUT")) },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(["error", "error", "passed"]);
    expect(asked).toHaveLength(2);
  });

  it("of the whole relation is an error of all its checks", async () => {
    const { results, reported } = await evaluate(
      [{ checks: [rowCount, unique("id")] }],
      {},
      {
        queries: {
          query: async () => {
            throw refused("Table does not exist");
          },
          tablesRead: async () => [],
        },
      },
    );
    expect(results).toMatchObject([
      { outcome: "error", observed: "Table does not exist" },
      { outcome: "error", observed: "Table does not exist" },
    ]);
    expect(reported).toEqual(results);
  });

  it("for want of a service ends the whole, with nothing asked afterwards", async () => {
    const asked: string[] = [];
    const models = Array.from({ length: 9 }, (_, index) => ({
      model: model(`oso.m${index}`),
      relation: view,
      baseline: null,
      checks: [rowCount],
    }));
    const failure = await errorOf(() =>
      evaluateChecks({
        models,
        queries: {
          query: async (sql) => {
            asked.push(sql);
            throw refused("no Trino", "SERVICE_UNAVAILABLE");
          },
          tablesRead: async () => [],
        },
        concurrency: 2,
        signal: new AbortController().signal,
        report: () => undefined,
      }),
    );
    expect(failure).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});

describe("custom SQL", () => {
  const tables = (read: (sql: string) => readonly string[]) => ({
    queries: {
      query: async (sql: string) => (asksForShape(sql) ? shape(sql, several) : rows([0])),
      tablesRead: async (sql: string) =>
        read(sql).map((name) => ({ catalog: "iceberg", schema: "oso", table: name })),
    },
  });
  const sql = (text: string): Check => check({ check: "sql", sql: text });
  const joined = sql("SELECT * FROM {{model}} JOIN oso.b USING (id)");

  it("over the model alone is as pinned as the model, and asks nothing more", async () => {
    const { results } = await evaluate(
      [{ checks: [sql("SELECT * FROM {{model}}")] }],
      {},
      tables(() => {
        throw new Error("unasked for");
      }),
    );
    expect(results).toMatchObject([{ outcome: "passed", pinned: true }]);
  });

  it("that reads another table as it is now is not pinned", async () => {
    const both = tables((text) => [`a#${H}`, ...(text.includes("JOIN") ? ["b"] : [])]);
    expect((await evaluate([{ checks: [joined, rowCount] }], {}, both)).results).toMatchObject([
      { pinned: false },
      { pinned: true },
    ]);
  });

  it("that reads nothing but tables as of commits is pinned, whatever it looks like", async () => {
    const both = tables((text) => [`a#${H}`, ...(text.includes("JOIN") ? [`b#${H}$files`] : [])]);
    expect((await evaluate([{ checks: [joined] }], {}, both)).results).toMatchObject([{ pinned: true }]);
  });
});

describe("failing rows", () => {
  const failing = (): Trino => ({
    statistics: () => rows([true, 2]),
    other: (sql) =>
      sql.includes("GROUP BY") || sql.includes("$files")
        ? rows([0])
        : {
            columns: [
              { name: "id", type: "bigint" },
              { name: "name", type: "varchar" },
            ],
            rows: [
              [1n, null],
              [2, null],
            ],
            queryId: "q",
          },
  });

  it("are shown in part: what the check speaks of and what is unique, with the query for the rest", async () => {
    const { results, asked } = await evaluate([{ checks: [unique("id"), notNull("name")] }], failing());
    expect(asked.at(-1)).toBe(
      `SELECT "id", "name" FROM "iceberg"."oso"."a#${H}" WHERE "name" IS NULL LIMIT 10`,
    );
    expect(results[1]).toMatchObject({
      outcome: "failed",
      failingRows: 2n,
      rowsQuery: `SELECT * FROM "iceberg"."oso"."a#${H}" WHERE "name" IS NULL LIMIT 10`,
      sample: {
        columns: ["id", "name"],
        rows: [
          ["1", null],
          ["2", null],
        ],
      },
    });
  });

  it("are not asked for where none shall be shown", async () => {
    const { results, asked } = await evaluate([{ checks: [notNull("name")] }], failing(), {
      samples: { rows: 0, hide: [] },
    });
    expect(asked).toHaveLength(2);
    expect(results[0]).toMatchObject({ sample: null });
  });
});

describe("drift", () => {
  const drift: FigureDriftRule = {
    check: "drift",
    metric: "row_count",
    columns: [],
    direction: "any",
    warn: { by: "percent", percent: 5 },
    fail: { by: "percent", percent: 50 },
  };
  const counts = (sql: string): QueryResult => rows([sql.includes(H) ? 110 : 100]);

  it("is measured from what readers see, and is as severe as the threshold it is beyond", async () => {
    const { results } = await evaluate([{ checks: [check(drift)], baseline: table("a", hash("aa")) }], {
      other: counts,
    });
    expect(results).toMatchObject([
      { outcome: "warned", severity: "warn", observed: "110 rows, was 100 rows", answeredBy: "metadata" },
    ]);
  });

  it("passes where readers see nothing yet", async () => {
    const { results } = await evaluate([{ checks: [check(drift)] }], { other: counts });
    expect(results).toMatchObject([{ outcome: "passed", severity: "fail" }]);
  });

  it("that cannot be measured is an error of itself alone, and says which side it is", async () => {
    const { results } = await evaluate(
      [{ checks: [check(drift), rowCount], baseline: table("a", hash("aa")) }],
      { other: (sql) => (sql.includes(H) ? counts(sql) : refused("gone")) },
    );
    expect(results).toMatchObject([
      { outcome: "error", observed: "what readers see: gone" },
      { outcome: "passed" },
    ]);
  });
});
