import { describe, expect, it } from "vitest";
import type { CheckRule } from "../../../src/verification/check.js";
import { dependsOnTime } from "../../../src/verification/depends-on-time.js";

const depends = (rule: CheckRule): boolean =>
  dependsOnTime({
    ...rule,
    selectors: ["oso.a"],
    categories: [],
    severity: "fail",
    name: null,
    where: "x.yaml:1:1",
  });
const sql = (text: string): boolean => depends({ check: "sql", sql: text });

describe("whether a check may find something else in the same rows", () => {
  it("is so of freshness, and of no other rule", () => {
    expect(depends({ check: "freshness", column: "at", maxAgeMilliseconds: 1 })).toBe(true);
    expect(depends({ check: "not_null", columns: ["now"] })).toBe(false);
    expect(depends({ check: "row_count", min: 1, max: null })).toBe(false);
  });

  it.each([
    "SELECT * FROM {{model}}",
    "SELECT a, b FROM {{ model }} m WHERE m.kind IN ('new', 'from x, y') AND coalesce(a, b) > 1 GROUP BY a, b",
    "SELECT * FROM (SELECT id, count(*) n FROM {{model}} GROUP BY id, kind) WHERE n > 1",
    'SELECT "from" FROM {{model}} a JOIN {{model}} b ON a.id = b.parent WHERE b.x, a.y',
    "SELECT * FROM {{model}} -- from elsewhere, perhaps",
    "SELECT id FROM {{model}} EXCEPT SELECT parent FROM {{model}}",
  ])("is not so of SQL over the model alone: %s", (text) => {
    expect(sql(text)).toBe(false);
  });

  it.each([
    "SELECT * FROM {{model}} WHERE at > now() - INTERVAL '1' DAY",
    "SELECT * FROM {{model}} WHERE day = CURRENT_DATE",
    "SELECT * FROM {{model}} WHERE random() < 0.1",
    "SELECT * FROM {{model}} WHERE word = 'now'",
    "SELECT * FROM {{model}} TABLESAMPLE BERNOULLI (10)",
  ])("is so of SQL that asks for time or chance: %s", (text) => {
    expect(sql(text)).toBe(true);
  });

  it.each([
    "SELECT * FROM {{model}} WHERE id NOT IN (SELECT id FROM oso.other)",
    "SELECT * FROM {{model}} a JOIN oso.other b ON a.id = b.id",
    "SELECT * FROM {{model}} a, oso.other b",
    "SELECT * FROM (SELECT 1 FROM {{model}}) a, oso.other",
    "SELECT * FROM \"it's\" WHERE x = '{{model}}'",
    "SELECT * FROM {{model}} -- don't\n, oso.other WHERE x = 'y'",
    "SELECT * FROM {{model}} WHERE id IN (TABLE oso.other)",
    "WITH x AS (SELECT * FROM {{model}}) SELECT * FROM x",
  ])("is so of SQL that reads, or seems to read, something else: %s", (text) => {
    expect(sql(text)).toBe(true);
  });
});
