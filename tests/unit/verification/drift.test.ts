import { describe, expect, it } from "vitest";
import type { Check, DriftRule, FigureDriftRule } from "../../../src/verification/check.js";
import { compile, type Finding } from "../../../src/verification/compile.js";
import type { Figure } from "../../../src/verification/measure.js";
import type { Shape } from "../../../src/verification/shape.js";

const shape = (columns: Record<string, string>): Shape => ({
  columns: new Map(Object.entries(columns)),
  statistics: null,
});
const now = shape({ id: "bigint", amount: "decimal(10,2)", day: "date", name: "varchar" });

function drift(rule: DriftRule, before: Shape | null = now) {
  const check: Check = { ...rule, selectors: [], categories: [], severity: "fail", name: null, where: "" };
  return compile(check, '"t"', now, before);
}

function found(rule: DriftRule, figures: readonly Figure[], before: readonly Figure[] | null): Finding {
  const one = drift(rule, before === null ? null : now);
  if ("impossible" in one) throw new Error(one.impossible);
  return one.judge(figures, before);
}

const figure = (rule: Partial<FigureDriftRule>): FigureDriftRule => ({
  check: "drift",
  metric: "row_count",
  columns: [],
  direction: "any",
  warn: null,
  fail: null,
  ...rule,
});
const percent = (share: number) => ({ by: "percent", percent: share }) as const;

describe("drift from what readers see", () => {
  it("of rows is told beyond one threshold and fails beyond the other, either way", () => {
    const rule = figure({ warn: percent(5), fail: percent(20) });
    expect(found(rule, [105n], [100n])).toMatchObject({ holds: true, observed: "105 rows, was 100 rows" });
    expect(found(rule, [106n], [100n])).toMatchObject({ holds: false, severity: "warn" });
    expect(found(rule, [80n], [100n])).toMatchObject({ holds: false, severity: "warn" });
    expect(found(rule, [79n], [100n])).toMatchObject({
      holds: false,
      severity: "fail",
      observed: "79 rows, was 100 rows",
    });
  });

  it("counts in one direction only where that is asked", () => {
    const down = figure({ direction: "down", fail: { by: "amount", amount: 10 } });
    expect(found(down, [500n], [100n]).holds).toBe(true);
    expect(found(down, [90n], [100n]).holds).toBe(true);
    expect(found(down, [89n], [100n]).holds).toBe(false);
    expect(found({ ...down, direction: "up" }, [500n], [100n]).holds).toBe(false);
  });

  it("lets nothing appear where there was nothing, by percentage", () => {
    expect(found(figure({ fail: percent(50) }), [1n], [0n]).holds).toBe(false);
    expect(found(figure({ fail: percent(50) }), [0n], [0n]).holds).toBe(true);
  });

  it("of null shares is measured in percentage points, each column for itself", () => {
    const rule = figure({ metric: "null_share", columns: ["id", "name"], fail: percent(2) });
    expect(found(rule, [3n, 100n, 0n, 100n], [1n, 100n, 0n, 100n]).holds).toBe(true);
    expect(found(rule, [0n, 100n, 4n, 100n], [0n, 100n, 1n, 100n])).toMatchObject({
      holds: false,
      failingRows: null,
      observed: "name: 4 % nulls, was 1 % nulls",
    });
    expect(found(rule, [0n, 0n, 0n, 0n], [0n, 0n, 0n, 0n]).holds).toBe(true);
  });

  it("of the greatest value is a duration for dates, and an amount for numbers", () => {
    const day = 86_400_000;
    const rule = figure({
      metric: "max",
      columns: ["day"],
      direction: "down",
      fail: { by: "time", milliseconds: day },
    });
    expect(found(rule, [0n], [BigInt(day)]).holds).toBe(true);
    expect(found(rule, [0n], [BigInt(2 * day)])).toMatchObject({
      holds: false,
      observed: "day: 1970-01-01T00:00:00.000Z, was 1970-01-03T00:00:00.000Z",
    });
    const amount = figure({ metric: "min", columns: ["amount"], fail: { by: "amount", amount: 0.5 } });
    expect(found(amount, ["1.25"], ["1.50"]).holds).toBe(true);
    expect(found(amount, ["0.75"], ["1.50"]).holds).toBe(false);
  });

  it("is beyond every threshold where all values have gone", () => {
    const rule = figure({ metric: "max", columns: ["id"], direction: "up", warn: percent(1000) });
    expect(found(rule, [null], ["5"])).toMatchObject({ holds: false, observed: "id: no value, was 5" });
    expect(found(rule, [null], [null]).holds).toBe(true);
  });

  it("of distinct values says that they are an estimate", () => {
    const rule = figure({ metric: "distinct_count", columns: ["name"], fail: percent(10) });
    expect(found(rule, [50n], [100n])).toMatchObject({
      holds: false,
      observed: "name: about 50 values, was about 100 values",
    });
  });

  it("is none where readers see neither model nor column yet", () => {
    expect(found(figure({ fail: percent(1) }), [5n], null)).toMatchObject({
      holds: true,
      observed: "readers see nothing yet to compare with",
    });
    const rule = figure({ metric: "null_share", columns: ["id", "name"], fail: percent(1) });
    const one = drift(rule, shape({ name: "varchar" }));
    if ("impossible" in one) throw new Error(one.impossible);
    expect(one.baselineMeasures).toEqual([{ of: "nulls", column: "name" }, { of: "rows" }]);
    expect(one.judge([9n, 9n, 0n, 9n], [0n, 9n])).toMatchObject({
      holds: true,
      observed: "name: 0 % nulls as before; id is new",
    });
  });

  it("of the schema tells each column, and fails for the kinds of change named", () => {
    const before = shape({ id: "integer", amount: "decimal(10,2)", day: "date", gone: "varchar" });
    const schema = {
      check: "drift",
      metric: "schema",
      warn: ["added"],
      fail: ["removed", "retyped"],
    } as const;
    const judged = (rule: DriftRule, then: Shape | null) => {
      const one = drift(rule, then);
      return "impossible" in one ? one : one.judge([], then && []);
    };
    expect(judged(schema, before)).toMatchObject({
      holds: false,
      severity: "fail",
      observed: "name added, gone removed, id is bigint, was integer",
    });
    expect(judged({ ...schema, fail: [] }, before)).toMatchObject({ holds: false, severity: "warn" });
    expect(judged({ ...schema, warn: [], fail: ["added"] }, now)).toMatchObject({
      holds: true,
      observed: "the same",
    });
    expect(judged(schema, null)).toMatchObject({ holds: true });
  });

  it("is refused where values have no distance, or the threshold is of another kind", () => {
    const of = (column: string, fail: FigureDriftRule["fail"]) =>
      drift(figure({ metric: "max", columns: [column], fail }));
    expect(of("name", percent(1))).toMatchObject({ impossible: expect.stringContaining("name is varchar") });
    expect(of("day", percent(1))).toMatchObject({ impossible: expect.stringContaining("e.g. 3d") });
    expect(of("id", { by: "time", milliseconds: 1 })).toMatchObject({
      impossible: "id is bigint: its threshold is no time",
    });
  });
});
