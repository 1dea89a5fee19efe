import { Chalk } from "chalk";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { table } from "../../../src/report/text/table.js";
import { count, few, grouped } from "../../../src/core/words.js";

const terminal = (columns: number) => ({ columns, interactive: false, chalk: new Chalk({ level: 0 }) });
const columns = [{ title: "model" }, { title: "rows", align: "right" as const }];

describe("a table", () => {
  it("aligns its columns and ends no line in blanks", () => {
    const text = table(
      columns,
      [
        ["oso.a", "12"],
        ["oso.long_name", "3"],
      ],
      terminal(80),
    );
    expect(text.split("\n")).toEqual(["model          rows", "oso.a            12", "oso.long_name     3"]);
  });

  it.each([30, 40, 60])("keeps every row on one line of a terminal of %i columns", (width) => {
    const rows = [["oso.int_events_daily_to_project_with_a_long_name", "1 234 567"]];
    const lines = table(columns, rows, terminal(width)).split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain("…");
    expect(lines[1]).toContain("1 234 567");
  });

  it("cuts names in their middle and sentences at their end", () => {
    const lines = (prose: boolean): string | undefined =>
      table([{ title: "model", prose }], [["oso.int_events_daily_to_project"]], terminal(22)).split("\n")[1];
    expect(lines(false)).toBe("oso.int_ev…o_project");
    expect(lines(true)).toBe("oso.int_events_dail…");
  });

  it("cuts columns that yield before the others", () => {
    const yielding = [{ title: "model" }, { title: "why", yields: true, prose: true }];
    const [, row] = table(
      yielding,
      [["oso.int_events_daily", "asked by entity_category=project"]],
      terminal(40),
    ).split("\n");
    expect(row).toMatch(/^oso\.int_events_daily  asked by .*…$/);
  });

  it.each([
    [60, "model  note  size"],
    [16, "model  note"],
    [10, "model"],
  ])("leaves spare columns out on a terminal of %i columns, the last one first", (width, head) => {
    const spare = [{ title: "model" }, { title: "note", spare: true }, { title: "size", spare: true }];
    expect(table(spare, [["oso.a", "new", "1"]], terminal(width)).split("\n")[0]).toBe(head);
  });

  it("is nothing without rows", () => {
    expect(table(columns, [], terminal(80))).toBe("");
  });
});

describe("words", () => {
  it("count in the singular and the plural", () => {
    expect([count(1, "batch"), count(2, "batch"), count(0, "model"), count(12_345n, "row")]).toEqual([
      "1 batch",
      "2 batches",
      "0 models",
      "12 345 rows",
    ]);
  });

  it("group thousands, and cut lists", () => {
    expect(grouped(1_234_567)).toBe("1 234 567");
    expect(few(["a", "b", "c"], 2)).toBe("a, b and 1 more");
    expect(few(["a", "b"], 2)).toBe("a, b");
  });
});
