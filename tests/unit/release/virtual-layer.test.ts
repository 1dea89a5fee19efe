import { describe, expect, it } from "vitest";
import { behind, frontOf, isPhysical, modelsInFrontOf } from "../../../src/release/virtual-layer.js";

const digest = `sqlmesh_md5__${"0f".repeat(16)}`;
const view = (sql: string, defaultSchema: string | null = null) => ({
  sql,
  defaultCatalog: "iceberg",
  defaultSchema,
});

describe("the names of SQLMesh's virtual layer", () => {
  it.each([
    ["sqlmesh__oso.oso__mart__1005879175", true],
    ["sqlmesh__oso.mart__1005879175", true],
    ["sqlmesh__oso.oso__mart__1005879175__dev", true],
    [`physical.${digest}`, true],
    ["oso.mart", false],
    ["oso.int_events__github", false],
    ["oso.events_2024", false],
  ])("%s is behind a model: %s", (name, expected) => {
    expect(isPhysical(name)).toBe(expected);
  });

  it.each([
    ["sqlmesh__oso.oso__mart__1", ["oso.mart", "oso.oso__mart"]],
    ["sqlmesh__oso.mart__1", ["oso.mart"]],
    ["physical.oso__mart__1", ["oso.mart"]],
    [
      "sqlmesh__oso.oso__events__github__1",
      ["oso.events__github", "oso__events.github", "oso.oso__events__github"],
    ],
    ["sqlmesh__oso.oso__mart__1__dev", []],
    [`sqlmesh__oso.${digest}`, []],
    ["oso.mart", []],
  ])("in front of %s can be %j", (physical, expected) => {
    expect(modelsInFrontOf(physical)).toEqual(expected);
  });

  it.each([
    ["SELECT *\nFROM\n  iceberg.sqlmesh__oso.oso__mart__1\n", "sqlmesh__oso.oso__mart__1"],
    ['select * from "iceberg"."sqlmesh__oso"."oso__mart__1"', "sqlmesh__oso.oso__mart__1"],
    ["SELECT * FROM sqlmesh__oso.oso__mart__1", "sqlmesh__oso.oso__mart__1"],
    ["SELECT * FROM tpch.sqlmesh__oso.oso__mart__1", null],
    ["SELECT * FROM iceberg.sqlmesh__oso.oso__other__1", null],
    ["SELECT * FROM iceberg.sqlmesh__oso.oso__mart__1 WHERE a = 1", null],
    ["SELECT * FROM iceberg.sqlmesh__oso.oso__mart__1, t", null],
    ["SELECT a FROM iceberg.sqlmesh__oso.oso__mart__1", null],
    ["SELECT * FROM iceberg.oso.raw", null],
  ])("what is behind oso.mart, %j, is %s", (sql, expected) => {
    expect(behind("oso.mart", view(sql), "iceberg")).toBe(expected);
  });

  it("takes names without a schema for those of the view's own", () => {
    expect(behind("oso.mart", view("SELECT * FROM mart__1", "sqlmesh__oso"), "iceberg")).toBe(
      "sqlmesh__oso.mart__1",
    );
  });

  it.each([
    ["oso.mart", "sqlmesh__oso.oso__mart__1", "model"],
    ["oso.mart", `sqlmesh__oso.${digest}`, "model"],
    ["oso__dev.mart", "sqlmesh__oso.oso__mart__1", "environment"],
    ["oso.mart__dev", "sqlmesh__oso.oso__mart__1", "environment"],
    ["oso__dev.mart", "sqlmesh__oso.oso__mart__1__dev", "environment"],
    ["oso__dev.mart", "oso.mart", "environment"],
    ["reports.mart", "sqlmesh__oso.oso__mart__1", null],
    ["reports.mart", "oso.mart", null],
  ])("%s, which reads %s, stands for it as %s", (name, target, expected) => {
    expect(frontOf(name, target)).toBe(expected);
  });
});
