import type { Family, Row, SeedColumn } from "./column.js";

/** Of a column's different values, as many are looked for as categories. */
const MOST_CATEGORIES = 12;
/** Longer texts are kept out of a seed as long as there are other rows. */
const LONGEST_TEXT = 2_000;

interface Case {
  readonly name: string;
  readonly weight: number;
  readonly holds: (row: Row) => boolean;
}

/**
 * Rows that cover the cases: nulls, extremes, categories, empty and unusual texts. In each step the row is taken that
 * covers most of what is not covered yet; what comes first in the order of texts, where several do. The same candidates
 * give the same rows, in whatever order they come. The fullest row comes first, for the first row gives a seed its types.
 * @param dated columns whose values will not stay, so that only their nulls matter
 */
export function chooseRows(
  columns: readonly SeedColumn[],
  candidates: readonly Row[],
  most: number,
  dated: ReadonlySet<string>,
): readonly Row[] {
  const different = new Map(candidates.map((row) => [JSON.stringify(row), row]));
  const sorted = [...different].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const short = sorted.filter((row) => row.every((cell) => (cell?.length ?? 0) <= LONGEST_TEXT));
  const rows = short.length >= most ? short : sorted;
  const chosen = cover(rows, casesOf(columns, rows, dated), most);
  return chosen.toSorted((a, b) => nulls(a) - nulls(b));
}

function cover(rows: readonly Row[], cases: readonly Case[], most: number): Row[] {
  const left = rows.map((row) => ({ row, covers: new Set(cases.filter(({ holds }) => holds(row))) }));
  const open = new Set(cases);
  const seen = new Set<string>();
  const chosen: Row[] = [];
  while (chosen.length < most && left.length > 0) {
    const [index] = left
      .map(({ row, covers }, place) => ({
        place,
        gain: [...covers].reduce((sum, one) => sum + (open.has(one) ? one.weight : 0), 0),
        // Once all is covered, rows with values that none of the chosen has.
        news: row.filter((cell, column) => !seen.has(`${column} ${cell}`)).length,
      }))
      .toSorted((a, b) => b.gain - a.gain || b.news - a.news || a.place - b.place)
      .map(({ place }) => place);
    const [taken] = left.splice(index ?? 0, 1);
    if (taken === undefined) break;
    chosen.push(taken.row);
    for (const one of taken.covers) open.delete(one);
    for (const [column, cell] of taken.row.entries()) seen.add(`${column} ${cell}`);
  }
  return chosen;
}

const nulls = (row: Row): number => row.filter((cell) => cell === null).length;

function casesOf(
  columns: readonly SeedColumn[],
  rows: readonly Row[],
  dated: ReadonlySet<string>,
): readonly Case[] {
  const fewest = Math.min(...rows.map(nulls));
  const full: Case = { name: "the fullest row", weight: 5, holds: (row) => nulls(row) === fewest };
  return [
    full,
    ...columns.flatMap((column, index) => casesOfColumn(column, index, rows, dated.has(column.name))),
  ];
}

function casesOfColumn(
  { name, family }: SeedColumn,
  index: number,
  rows: readonly Row[],
  isDated: boolean,
): readonly Case[] {
  const at = (row: Row): string | null => row[index] ?? null;
  const has = (what: string, weight: number, holds: (cell: string) => boolean): Case => ({
    name: `${name} ${what}`,
    weight,
    holds: (row) => {
      const cell = at(row);
      return cell !== null && holds(cell);
    },
  });
  const isNull: Case = { name: `${name} is null`, weight: 3, holds: (row) => at(row) === null };
  if (isDated) return [isNull];

  const values = [...new Set(rows.map(at))].filter((cell) => cell !== null);
  const measure = measureOf(family);
  const measures = values.map(measure);
  const [least, greatest] = [Math.min(...measures), Math.max(...measures)];
  const extremes =
    least < greatest
      ? [
          has("at its least", 2, (cell) => measure(cell) === least),
          has("at its greatest", 2, (cell) => measure(cell) === greatest),
        ]
      : [];
  const categories =
    values.length <= MOST_CATEGORIES
      ? values.map((value) => has(`= ${value}`, 2, (cell) => cell === value))
      : [];
  return [isNull, ...extremes, ...categories, ...unusual(family, has)];
}

function unusual(
  family: Family,
  has: (what: string, weight: number, holds: (cell: string) => boolean) => Case,
): readonly Case[] {
  if (isNumeric(family)) {
    return [
      has("below zero", 2, (cell) => cell.startsWith("-")),
      has("zero", 1, (cell) => Number(cell) === 0),
      has("no number", 2, (cell) => !Number.isFinite(Number(cell))),
    ];
  }
  if (!["text", "json", "nested"].includes(family)) return [];
  return [
    has("empty", 3, (cell) => ["", "[]", "{}"].includes(cell)),
    has("with null inside", family === "text" ? 0 : 2, (cell) => cell.includes("null")),
    has("beyond ASCII", 2, (cell) => /\P{ASCII}/u.test(cell)),
    has("with what CSV quotes", 1, (cell) => /["\r\n]/.test(cell)),
  ];
}

const isNumeric = (family: Family): boolean => ["integer", "decimal", "double", "real"].includes(family);

/** By what a column has a least and a greatest value: numbers by value, texts by length. */
function measureOf(family: Family): (cell: string) => number {
  if (isNumeric(family)) {
    return (cell) => {
      const value = Number(cell);
      return Number.isNaN(value) ? 0 : value;
    };
  }
  if (["date", "time", "timestamp", "timestamptz"].includes(family)) {
    return (cell) => Number(cell.replaceAll(/\D/g, "").slice(0, 15));
  }
  return (cell) => cell.length;
}
