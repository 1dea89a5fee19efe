import type { Cell, Family, SeedColumn } from "./column.js";

/** One column as the CSV holds it, and how the staging model brings it back. */
export interface CarriedColumn {
  readonly name: string;
  /** Type in the SEED model. */
  readonly seedType: string;
  readonly cells: readonly Cell[];
  /** What stands in the SEED model: the value itself, or text that the staging model turns into it. */
  readonly form: "value" | "text" | "json";
  /** The value in the staging model, of the column's name as SQL writes it. */
  readonly restore: (column: string) => string;
}

/**
 * SQLMesh reads a seed with pandas, which guesses each column's type: whole numbers beside an empty cell become floats,
 * decimals do always, `007` becomes 7, and a Boolean column with an empty cell has no nulls left. A column goes as it is
 * where that changes nothing, as text where it would, and as JSON's text where text would be guessed to be a number.
 */
export function carry(column: SeedColumn, cells: readonly Cell[]): CarriedColumn {
  const { name, family, target } = column;
  const written = cells.map((cell) => cell && writtenAs(family, cell));
  const present = written.filter((cell) => cell !== null);
  if (present.length > 0 && isKeptByPandas(column, written, present)) {
    const isFloat = family === "double" || family === "real";
    const values = isFloat ? written.map((cell) => cell && String(Number(cell))) : written;
    return { name, seedType: target, cells: values, form: "value", restore: (sql) => `${sql}::${target}` };
  }
  return asText(column, written, present);
}

function asText(column: SeedColumn, cells: readonly Cell[], present: readonly string[]): CarriedColumn {
  const isPlain = isTextForPandas(column, present);
  const text = (sql: string): string => (isPlain ? sql : `JSON_EXTRACT_SCALAR(${sql}, '$')`);
  return {
    name: column.name,
    seedType: "VARCHAR",
    cells: isPlain ? cells : cells.map((cell) => (cell === null ? null : JSON.stringify(cell))),
    form: !isPlain ? "json" : column.family === "text" || column.family === "json" ? "value" : "text",
    restore: (sql) => restored(column, text(sql)),
  };
}

function restored({ family, target, via }: SeedColumn, text: string): string {
  if (family === "binary") return `FROM_HEX(${text})::${target}`;
  if (via === null) return `${text}::${target}`;
  const json = `CAST(JSON_PARSE(${text}) AS ${via})`;
  return via === target ? json : `CAST(${json} AS ${target})`;
}

function isKeptByPandas({ family }: SeedColumn, cells: readonly Cell[], present: readonly string[]): boolean {
  const hasNulls = present.length < cells.length;
  switch (family) {
    case "boolean":
      return !hasNulls;
    case "integer":
      return !hasNulls || present.every((cell) => Number.isSafeInteger(Number(cell)));
    case "decimal":
      return present.every((cell) => significantDigits(cell) <= 15);
    case "double":
    case "real":
      return present.every((cell) => isExactAsFloat(Number(cell)));
    case "date":
    case "timestamp":
    case "timestamptz":
      return present.every(isInPandasRange);
    // The first row gives Trino the column's type, and NULL another one than text.
    case "time":
    case "uuid":
      return cells[0] !== null;
    case "text":
    case "json":
    case "binary":
    case "nested":
      return false;
  }
}

function writtenAs(family: Family, cell: string): string {
  if (family === "real") return realText(cell);
  // Trino writes what lies beyond the basic plane as two escapes, which nobody can read.
  if (family === "nested")
    return cell.replaceAll(/"(?:[^"\\]|\\.)*"/g, (text) => JSON.stringify(JSON.parse(text)));
  return cell;
}

const significantDigits = (cell: string): number => cell.replaceAll(/[-.]/g, "").replace(/^0+/, "").length;

/** Pandas reads floats with one rounding, which is exact for up to 15 digits and powers of ten that doubles hold. */
function isExactAsFloat(value: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const count = significantDigits(digits);
  return count <= 15 && Math.abs(Number(exponent) - count + 1) <= 22;
}

/** The shortest text of a REAL, from that of the double it is. */
function realText(cell: string): string {
  const value = Number(cell);
  if (!Number.isFinite(value) || value === 0) return cell;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** Nanoseconds since 1970 in 64 bits. */
const isInPandasRange = (cell: string): boolean => {
  const year = /^(\d{4})-/.exec(cell)?.[1];
  return year !== undefined && Number(year) >= 1678 && Number(year) <= 2261;
};

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const WORD = /^\s*[+-]?(?:inf|infinity|nan|true|false)\s*$/i;
/** A CSV file is read with every line break turned into \n, and only up to a NUL. */
const SPOILT = /[\r\0]/;

function isTextForPandas({ family }: SeedColumn, present: readonly string[]): boolean {
  if (present.some((cell) => SPOILT.test(cell))) return false;
  if (present.length === 0 || family === "boolean") return true;
  return present.some((cell) => !NUMBER.test(cell) && !WORD.test(cell));
}
