import { describe, expect, it } from "vitest";
import { maxAge, proposeChecks } from "../../../src/setup/propose-checks.js";
import { surveyed } from "../../support/setting-up.js";

const without = proposeChecks;
const kinds = (...models: Parameters<typeof proposeChecks>[0]) =>
  proposeChecks(models).filter(({ check }) => check !== "row_count");

describe("the checks that are proposed", () => {
  it("are that a key is unique and never null", () => {
    expect(kinds(surveyed("a", { keys: [["day", "shop"]] }))).toMatchObject([
      { check: "unique", select: ["a"], settings: { columns: ["day", "shop"] }, severity: "fail" },
      { check: "not_null", select: ["a"], settings: { columns: ["day", "shop"] }, severity: "fail" },
    ]);
  });

  it("stand once for all models of which the same is said", () => {
    const models = [surveyed("a", { keys: [["id"]] }), surveyed("b", { keys: [["id"]] })];
    expect(kinds(...models).map(({ check, select }) => [check, select])).toEqual([
      ["unique", ["a", "b"]],
      ["not_null", ["a", "b"]],
    ]);
  });

  it("warn of an empty reference, unless something else says that it is never empty", () => {
    const model = surveyed("a", { references: ["shop", "bread"], notNull: ["shop"] });
    expect(kinds(model)).toMatchObject([
      { check: "not_null", settings: { columns: ["shop"] }, severity: "fail" },
      { check: "not_null", settings: { columns: ["bread"] }, severity: "warn" },
    ]);
  });

  it("take over the values that an audit allows", () => {
    const model = surveyed("a", { acceptedValues: [{ column: "shop", values: ["harbour", "station"] }] });
    expect(kinds(model)).toMatchObject([
      { check: "accepted_values", settings: { column: "shop", values: ["harbour", "station"] } },
    ]);
  });

  it("warn of stale data only where the time column is known to be a date or time", () => {
    const at = (timeIsTemporal: boolean | null) =>
      kinds(surveyed("a", { timeColumn: "sold_at", timeIsTemporal })).map(({ check }) => check);
    expect([at(true), at(false), at(null)]).toEqual([["freshness"], [], []]);
  });

  it("look for rows in the entity categories, where there are any", () => {
    const models = [
      surveyed("a", { categories: ["shop"] }),
      surveyed("b", { categories: ["bread", "shop"] }),
    ];
    expect(without(models)).toEqual([
      { check: "row_count", select: [], category: ["bread", "shop"], settings: { min: 1 }, severity: "fail" },
    ]);
  });

  it("look for rows in what no other model reads, where there are no categories", () => {
    const models = [surveyed("a"), surveyed("b", { dependsOn: ["a", "b"] })];
    expect(without(models)).toMatchObject([{ check: "row_count", select: ["b"] }]);
  });

  it("leave out tables that SQLMesh does not make", () => {
    expect(without([surveyed("raw.events", { kind: "EXTERNAL", keys: [["id"]] })])).toEqual([]);
  });
});

describe("how old the newest value may be", () => {
  it.each([
    [300, "3h"],
    [3_600, "3h"],
    [6 * 3_600, "13h"],
    [86_400, "3d"],
    [7 * 86_400, "15d"],
    [31 * 86_400, "63d"],
  ])("with runs every %i s is %s", (cadence, expected) => {
    expect(maxAge(cadence)).toBe(expected);
  });
});
