import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CarriedColumn, carry } from "../../../src/seeds/carry.js";
import type { Cell } from "../../../src/seeds/column.js";
import { csvOf, nullTextOf } from "../../../src/seeds/render.js";
import { column } from "../../support/seeds.js";

/** CSV as pandas reads it: RFC 4180, with universal line breaks; null for the text of NULL. */
function readCsv(text: string, nullText: string): Cell[][] {
  const rows: Cell[][] = [[]];
  for (const [, quoted, plain = "", end] of text
    .replaceAll(/\r\n?/g, "\n")
    .matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n)/g)) {
    const cell = quoted?.replaceAll('""', '"') ?? plain;
    rows.at(-1)?.push(cell === nullText ? null : cell);
    if (end === "\n") rows.push([]);
  }
  return rows.slice(1, -1);
}

/** What the staging model makes of a cell, for texts. */
const restored = ({ form }: CarriedColumn, cell: Cell): Cell =>
  cell === null || form !== "json" ? cell : (JSON.parse(cell) as string);

/** Whether pandas would make numbers or Booleans of what stands in a column. */
const isGuessed = (cells: readonly Cell[]): boolean =>
  cells
    .filter((cell) => cell !== null)
    .every(
      (cell) =>
        /^\s*[+-]?(inf|infinity|nan|true|false)\s*$/i.test(cell) ||
        (cell !== "" && !Number.isNaN(Number(cell))),
    );

const texts = fc.array(
  fc.oneof(
    fc.constant(null),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "",
      "NULL",
      "<NULL>",
      "NA",
      "nan",
      "007",
      "1e5",
      "true",
      "a,b",
      'q"q',
      "x\r\ny",
      "\u0000",
      " 7 ",
      "\\N",
    ),
  ),
  { minLength: 1, maxLength: 8 },
);

describe("a seed's column", () => {
  it("comes back as it was, whatever texts it holds", () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const length = Math.min(one.length, other.length);
        const columns = [one, other].map((cells, index) =>
          carry(column(`c${index}`, "varchar"), cells.slice(0, length)),
        );
        const nullText = nullTextOf(columns);
        const rows = readCsv(csvOf(columns, nullText), nullText);
        const back = columns.map((each, index) => rows.map((row) => restored(each, row[index] ?? null)));
        expect(back).toEqual([one.slice(0, length), other.slice(0, length)]);
      }),
    );
  });

  it("is never text that pandas would take for numbers or Booleans", () => {
    fc.assert(
      fc.property(texts, (cells) => {
        const { cells: written } = carry(column("c", "varchar"), cells);
        expect(written.every((cell) => cell === null) || !isGuessed(written)).toBe(true);
      }),
    );
  });

  it("keeps a table of a single column from having lines that pandas passes over", () => {
    const only = carry(column("c", "bigint"), ["1", null]);
    expect(csvOf([only], nullTextOf([only]))).toBe("c\n1\nNULL\n");
  });

  it.each([
    ["bigint", ["1", "9223372036854775807"], "BIGINT"],
    ["bigint", ["1", null], "BIGINT"],
    ["bigint", ["9223372036854775807", null], "VARCHAR"],
    ["boolean", ["true", "false"], "BOOLEAN"],
    ["boolean", ["true", null], "VARCHAR"],
    ["double", ["1.5E0", "1.0E-7"], "DOUBLE"],
    ["double", ["1.7976931348623157E308"], "VARCHAR"],
    ["double", ["-0E0"], "VARCHAR"],
    ["real", ["-0E0"], "VARCHAR"],
    ["real", ["0E0", null], "REAL"],
    ["double", ["NaN"], "VARCHAR"],
    ["real", ["1.0000000149011612E-1"], "REAL"],
    ["decimal(12, 2)", ["1234567890.12"], "DECIMAL(12, 2)"],
    ["decimal(38, 10)", ["1234567890123456789012345678.0123456789"], "VARCHAR"],
    ["date", ["2026-11-21", null], "DATE"],
    ["date", ["0001-01-01"], "VARCHAR"],
    ["timestamp(6)", [null, "2026-11-21 10:00:00.000000"], "TIMESTAMP(6)"],
    ["timestamp(6)", ["9999-12-31 00:00:00.000000"], "VARCHAR"],
    ["uuid", ["12151fd2-7586-11e9-8f9e-2a86e4085a59", null], "UUID"],
    ["uuid", [null, "12151fd2-7586-11e9-8f9e-2a86e4085a59"], "VARCHAR"],
    ["varbinary", ["00AB"], "VARCHAR"],
    ["bigint", [null, null], "VARCHAR"],
  ])("of %s with %j is %s in the SEED model", (type, cells, seedType) => {
    expect(carry(column("c", type), cells).seedType).toBe(seedType);
  });

  it("is brought back by SQL that says its type", () => {
    const sql = (type: string, cells: readonly Cell[]): string =>
      carry(column("c", type), cells).restore("c");
    expect(sql("tinyint", ["1"])).toBe("c::INTEGER");
    expect(sql("varchar", ["007"])).toBe("JSON_EXTRACT_SCALAR(c, '$')::VARCHAR");
    expect(sql("varbinary", ["AB"])).toBe("FROM_HEX(c)::VARBINARY");
    expect(sql("array(bigint)", ["[1]"])).toBe("CAST(JSON_PARSE(c) AS ARRAY(BIGINT))");
    expect(sql('row(a bigint, "b c" decimal(3,1))', ['{"a":1,"b c":"1.5"}'])).toBe(
      'CAST(CAST(JSON_PARSE(c) AS ROW("a" BIGINT, "b c" VARCHAR)) AS ROW("a" BIGINT, "b c" DECIMAL(3,1)))',
    );
  });

  it("shows characters of nested values, not Trino's escapes of them", () => {
    const escaped = String.raw`["\uD83D\uDE00","\\uD83D"]`;
    expect(carry(column("c", "array(varchar)"), [escaped]).cells).toEqual([String.raw`["😀","\\uD83D"]`]);
  });
});
