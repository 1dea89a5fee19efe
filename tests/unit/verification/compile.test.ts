import { describe, expect, it } from "vitest";
import type { Check, CheckRule } from "../../../src/verification/check.js";
import { checkName, compile, type CompiledCheck } from "../../../src/verification/compile.js";
import type { Measure } from "../../../src/verification/measure.js";

const check = (rule: CheckRule): Check => ({
  ...rule,
  selectors: ["oso.t"],
  categories: [],
  severity: "fail",
  name: null,
  where: "oso-pipeline.yaml:1:1",
});
const types = {
  id: "bigint",
  'odd"name': "varchar",
  a: "integer",
  b: "varchar",
  kind: "varchar",
  time: "date",
};

function compiled(rule: CheckRule, relation = '"t"'): CompiledCheck {
  const one = compile(
    check(rule),
    relation,
    { columns: new Map(Object.entries(types)), statistics: null },
    null,
  );
  if ("impossible" in one) throw new Error(one.impossible);
  return one;
}
const conditions = (measures: readonly Measure[]): readonly string[] =>
  measures.flatMap((measure) => (measure.of === "matching" ? [measure.condition] : []));

describe("compiling a check", () => {
  it("counts rows against both bounds", () => {
    const one = compiled({ check: "row_count", min: 1, max: 5 });
    expect(one.measures).toEqual([{ of: "rows" }]);
    expect(one.judge([0n], null).holds).toBe(false);
    expect(one.judge([5n], null).holds).toBe(true);
    expect(one.judge([9007199254740993n], null)).toMatchObject({
      holds: false,
      observed: "9007199254740993 rows",
    });
  });

  it("counts nulls per column and names the columns that have them", () => {
    const one = compiled({ check: "not_null", columns: ["id", 'odd"name'] });
    expect(one.measures).toEqual([
      { of: "nulls", column: "id" },
      { of: "nulls", column: 'odd"name' },
    ]);
    expect(one.judge([0n, 0n], null).holds).toBe(true);
    expect(one.judge([0n, 3n], null)).toMatchObject({
      holds: false,
      observed: '3 nulls in odd"name',
      failingRows: 3n,
    });
    expect(one.rows).toEqual({
      from: '"t" WHERE "id" IS NULL OR "odd""name" IS NULL',
      columns: ["id", 'odd"name'],
      ofModel: true,
    });
  });

  it("finds duplicates over all columns together", () => {
    const one = compiled({ check: "unique", columns: ["a", "b"] });
    expect(one.measures).toEqual([{ of: "duplicates", columns: ["a", "b"] }]);
    expect(one.judge([0n], null).holds).toBe(true);
    expect(one.judge([2n], null)).toMatchObject({ holds: false, failingRows: 2n });
    expect(one.rows?.from).toContain('GROUP BY "a", "b" HAVING count(*) > 1');
  });

  it("quotes accepted values by their type", () => {
    const one = compiled({
      check: "accepted_values",
      column: "kind",
      values: ["it's", 3, 9007199254740993n, true],
    });
    expect(conditions(one.measures)).toEqual([`"kind" NOT IN ('it''s', 3, 9007199254740993, true)`]);
    expect(one.judge([1n], null).holds).toBe(false);
  });

  it("judges age by the clock that is measured too, and no value at all as stale", () => {
    const one = compiled({ check: "freshness", column: "time", maxAgeMilliseconds: 3_600_000 });
    expect(one.measures).toEqual([{ of: "greatest", column: "time", as: "instant" }, { of: "clock" }]);
    expect(one.judge([0n, 3_600_000n], null)).toMatchObject({ holds: true, holdsUntil: 3_600_000 });
    expect(one.judge([0n, 3_600_001n], null).holds).toBe(false);
    expect(one.judge([null, 1n], null)).toMatchObject({ holds: false, observed: "no value at all" });
  });

  it("compares text bounds in the column's own type, and numbers as they are", () => {
    const range = { check: "range", column: "Time", min: "2024-01-01", max: null } as const;
    expect(conditions(compiled(range).measures)).toEqual([`"Time" < CAST('2024-01-01' AS date)`]);
    const numbers = compiled({ ...range, column: "id", min: 1, max: 10n });
    expect(conditions(numbers.measures)).toEqual(['"id" < 1 OR "id" > 10']);
    expect(numbers.judge([2n], null)).toMatchObject({
      holds: false,
      observed: "2 rows outside",
      failingRows: 2n,
    });
  });

  it("puts the model into custom SQL wherever it is named, even with a dollar sign in it", () => {
    const sql = "SELECT * FROM {{model}} a JOIN {{ model }} b ON a.id = b.id;";
    const one = compiled({ check: "sql", sql }, '"t$&"');
    expect(one.measures).toEqual([{ of: "query", sql: 'SELECT * FROM "t$&" a JOIN "t$&" b ON a.id = b.id' }]);
    expect(one.judge([0n], null).holds).toBe(true);
    expect(one.judge([4n], null)).toMatchObject({ holds: false, failingRows: 4n });
  });

  it("takes no missing figure for none", () => {
    expect(() => compiled({ check: "unique", columns: ["id"] }).judge([null], null)).toThrow(
      "where a number was asked for",
    );
  });

  it("says which column there is not, with the nearest one", () => {
    const shape = { columns: new Map([["kind", "varchar"]]), statistics: null };
    expect(compile(check({ check: "not_null", columns: ["KIND", "kid"] }), '"t"', shape, null)).toEqual({
      impossible: "there is no column kid: did you mean kind?",
    });
  });

  it("names a check after what it speaks of unless it has a name", () => {
    expect(checkName(check({ check: "unique", columns: ["a", "b"] }))).toBe("unique(a, b)");
    expect(checkName(check({ check: "range", column: "a", min: 1, max: null }))).toBe("range(a)");
    expect(checkName(check({ check: "row_count", min: 1, max: null }))).toBe("row_count");
    expect(checkName(check({ check: "drift", metric: "schema", warn: [], fail: ["removed"] }))).toBe(
      "drift(schema)",
    );
    expect(checkName({ ...check({ check: "sql", sql: "" }), name: "no orphans" })).toBe("no orphans");
  });
});
