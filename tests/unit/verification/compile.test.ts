import { describe, expect, it } from "vitest";
import type { Check, CheckRule } from "../../../src/verification/check.js";
import { checkName, compile, needsColumnTypes } from "../../../src/verification/compile.js";

const check = (rule: CheckRule): Check => ({
  ...rule,
  selectors: ["oso.t"],
  categories: [],
  severity: "fail",
  name: null,
  where: "oso-pipeline.yaml:1:1",
});
const compiled = (rule: CheckRule, types: Record<string, string> = {}) =>
  compile(check(rule), '"t"', new Map(Object.entries(types)));

describe("compiling a check", () => {
  it("counts rows against both bounds", () => {
    const one = compiled({ check: "row_count", min: 1, max: 5 });
    expect(one.aggregates).toEqual(["count(*)"]);
    expect(one.judge([0]).holds).toBe(false);
    expect(one.judge([5]).holds).toBe(true);
    expect(one.judge([9007199254740993n])).toMatchObject({ holds: false, observed: "9007199254740993 rows" });
  });

  it("counts nulls per column and names the columns that have them", () => {
    const one = compiled({ check: "not_null", columns: ["id", 'odd"name'] });
    expect(one.aggregates).toEqual(['count_if("id" IS NULL)', 'count_if("odd""name" IS NULL)']);
    expect(one.judge([0, 0]).holds).toBe(true);
    expect(one.judge([0, 3])).toMatchObject({
      holds: false,
      observed: '3 nulls in odd"name',
      failingRows: 3n,
    });
  });

  it("finds duplicates over all columns together", () => {
    const one = compiled({ check: "unique", columns: ["a", "b"] });
    expect(one.aggregates).toEqual(['count(*) - count(DISTINCT ROW("a", "b"))']);
    expect(one.judge([0]).holds).toBe(true);
    expect(one.judge([2])).toMatchObject({ holds: false, failingRows: 2n });
    expect(one.rowsQuery).toContain('GROUP BY "a", "b" HAVING count(*) > 1');
  });

  it("quotes accepted values by their type", () => {
    const one = compiled({
      check: "accepted_values",
      column: "kind",
      values: ["it's", 3, 9007199254740993n, true],
    });
    expect(one.aggregates).toEqual([`count_if("kind" NOT IN ('it''s', 3, 9007199254740993, true))`]);
    expect(one.judge([1]).holds).toBe(false);
  });

  it("judges age by Trino's own clock, and no value at all as stale", () => {
    const one = compiled({ check: "freshness", column: "time", maxAgeMilliseconds: 3_600_000 });
    expect(one.aggregates[0]).toContain("now()");
    expect(one.judge([3_600_000]).holds).toBe(true);
    expect(one.judge([3_600_001]).holds).toBe(false);
    expect(one.judge([null])).toMatchObject({ holds: false, observed: "no value at all" });
  });

  it("compares text bounds in the column's own type", () => {
    const range = { check: "range", column: "Day", min: "2024-01-01", max: null } as const;
    expect(needsColumnTypes(check(range))).toBe(true);
    expect(compiled(range, { day: "date" }).aggregates[0]).toBe(
      `count_if("Day" < CAST('2024-01-01' AS date))`,
    );
    expect(needsColumnTypes(check({ ...range, min: 1 }))).toBe(false);
    const numbers = compiled({ ...range, min: 1, max: 10n });
    expect(numbers.aggregates[0]).toBe('count_if("Day" < 1 OR "Day" > 10)');
    expect(numbers.judge([2, "0", "12"])).toMatchObject({
      holds: false,
      observed: "0 to 12",
      failingRows: 2n,
    });
  });

  it("puts the model into custom SQL wherever it is named, even with a dollar sign in it", () => {
    const rule = {
      check: "sql",
      sql: "SELECT * FROM {{model}} a JOIN {{ model }} b ON a.id = b.id;",
    } as const;
    const one = compile(check(rule), '"t$&"', new Map());
    expect(one.statement).toBe('SELECT count(*) FROM (SELECT * FROM "t$&" a JOIN "t$&" b ON a.id = b.id)');
    expect(one.judge([0]).holds).toBe(true);
    expect(one.judge([4])).toMatchObject({ holds: false, failingRows: 4n });
  });

  it("names a check after its columns unless it has a name", () => {
    expect(checkName(check({ check: "unique", columns: ["a", "b"] }))).toBe("unique(a, b)");
    expect(checkName(check({ check: "row_count", min: 1, max: null }))).toBe("row_count");
    expect(checkName({ ...check({ check: "sql", sql: "" }), name: "no orphans" })).toBe("no orphans");
  });
});
