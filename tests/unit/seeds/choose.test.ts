import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseRows } from "../../../src/seeds/choose.js";
import type { Row } from "../../../src/seeds/column.js";
import { column } from "../../support/seeds.js";

const columns = [
  column("id", "bigint"),
  column("kind", "varchar"),
  column("note", "varchar"),
  column("at", "date"),
];
const rows = fc.array(
  fc.tuple(
    fc.oneof(fc.constant(null), fc.integer().map(String)),
    fc.constantFrom(null, "a", "b", "c"),
    fc.oneof(fc.constant(null), fc.string()),
    fc.constantFrom(null, "2026-01-01", "2026-01-02"),
  ),
  { minLength: 1, maxLength: 60 },
);
const none: ReadonlySet<string> = new Set();
const numbered = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => [
    String(index),
    "a",
    `note ${String(index).padStart(3, "0")}`,
    null,
  ]);

describe("choosing rows", () => {
  it("gives the same rows for the same candidates, in whatever order and however often they come", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 5, max: 10 }), (candidates, most) => {
        const again = [...candidates, ...candidates].toReversed();
        expect(chooseRows(columns, again, most, none)).toEqual(chooseRows(columns, candidates, most, none));
      }),
    );
  });

  it("gives as many different rows as asked, as long as there are", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 5, max: 10 }), (candidates, most) => {
        const chosen = chooseRows(columns, candidates, most, none);
        const different = new Set(candidates.map((row) => JSON.stringify(row)));
        expect(chosen).toHaveLength(Math.min(most, different.size));
        expect(new Set(chosen.map((row) => JSON.stringify(row))).size).toBe(chosen.length);
        expect(chosen.every((row) => different.has(JSON.stringify(row)))).toBe(true);
      }),
    );
  });

  it("puts the fullest row first", () => {
    fc.assert(
      fc.property(rows, (candidates) => {
        const nulls = (row: Row): number => row.filter((cell) => cell === null).length;
        const [first] = chooseRows(columns, candidates, 5, none);
        expect(nulls(first ?? [])).toBe(Math.min(...candidates.map(nulls)));
      }),
    );
  });

  it("finds the one null, the extremes, the rare category and the emoji among many", () => {
    const unusual: Row[] = [
      [null, "a", "note 900", null],
      ["-7", "a", "note 901", null],
      ["100000", "rare", "note 902", null],
      ["50", "a", "", null],
      ["51", "a", "😀", null],
      ["52", "a", "the longest note of all of them", null],
    ];
    const chosen = chooseRows(columns, [...numbered(200), ...unusual], 8, none);
    for (const row of unusual) expect(chosen).toContainEqual(row);
  });

  it("compares numbers as numbers", () => {
    const candidates = ["9", "10", "100", "11", "12", "13", "14", "2"].map((id): Row => [id, "x", "y", null]);
    const ids = chooseRows(
      [column("id", "bigint")],
      candidates.map(([id = null]) => [id]),
      5,
      none,
    ).flat();
    expect(ids).toEqual(expect.arrayContaining(["2", "100"]));
  });

  it("looks for nulls only where values will be set to now", () => {
    const candidates: Row[] = [["2026-01-01"], ["1970-01-01"], [null]];
    const [day] = [column("day", "date")];
    expect(chooseRows([day], candidates, 2, new Set(["day"]))).toContainEqual([null]);
  });

  it("takes long texts only where there are too few others", () => {
    const long: Row = ["1", "a", "x".repeat(3_000), null];
    expect(chooseRows(columns, [long, ...numbered(50)], 5, none)).not.toContainEqual(long);
    expect(chooseRows(columns, [long, ...numbered(2)], 5, none)).toContainEqual(long);
  });
});
