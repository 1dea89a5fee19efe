import { PipelineError } from "../core/errors.js";
import { quoteIdentifier } from "../core/sql.js";
import { count } from "../core/words.js";
import { parseType, type TrinoType } from "./trino-type.js";

export type Family =
  | "boolean"
  | "integer"
  | "decimal"
  | "double"
  | "real"
  | "text"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "uuid"
  | "json"
  | "binary"
  | "nested";

/** A column that a seed can carry. Cells are read, chosen, masked and compared as the text that `read` gives. */
export interface SeedColumn {
  readonly name: string;
  /** As Trino writes it. */
  readonly type: string;
  readonly family: Family;
  /** The column as text, in Trino's SQL. */
  readonly read: string;
  /** The column of the staging model as the same text. */
  readonly readBack: string;
  /** Type in the staging model. Iceberg has no smaller integers, no char and no json. */
  readonly target: string;
  /** For nested types: the type through which JSON becomes the target. */
  readonly via: string | null;
}

/** A cell as Trino's text; null for NULL. */
export type Cell = string | null;
export type Row = readonly Cell[];

interface Carried {
  readonly family: Family;
  readonly target: string;
  readonly read?: (column: string) => string;
  readonly readBack?: (column: string) => string;
}

const asText = (column: string): string => `CAST(${column} AS VARCHAR)`;
const inMicroseconds =
  (type: string) =>
  (column: string): string =>
    asText(`CAST(${column} AS ${type})`);
const utcText = (column: string): string =>
  asText(`CAST(${column} AS TIMESTAMP(6) WITH TIME ZONE) AT TIME ZONE 'UTC'`);

const scalars: Readonly<Record<string, Carried>> = {
  boolean: { family: "boolean", target: "BOOLEAN" },
  tinyint: { family: "integer", target: "INTEGER" },
  smallint: { family: "integer", target: "INTEGER" },
  integer: { family: "integer", target: "INTEGER" },
  bigint: { family: "integer", target: "BIGINT" },
  double: { family: "double", target: "DOUBLE" },
  // Trino's text of a REAL has seven digits, which are too few.
  real: {
    family: "real",
    target: "REAL",
    read: inMicroseconds("DOUBLE"),
    readBack: inMicroseconds("DOUBLE"),
  },
  decimal: { family: "decimal", target: "DECIMAL" },
  varchar: { family: "text", target: "VARCHAR" },
  char: { family: "text", target: "VARCHAR" },
  date: { family: "date", target: "DATE" },
  time: { family: "time", target: "TIME(6)", read: inMicroseconds("TIME(6)") },
  timestamp: { family: "timestamp", target: "TIMESTAMP(6)", read: inMicroseconds("TIMESTAMP(6)") },
  "timestamp with time zone": {
    family: "timestamptz",
    target: "TIMESTAMP(6) WITH TIME ZONE",
    read: utcText,
    readBack: utcText,
  },
  uuid: { family: "uuid", target: "UUID" },
  json: { family: "json", target: "VARCHAR", read: (column) => `JSON_FORMAT(${column})` },
  varbinary: {
    family: "binary",
    target: "VARBINARY",
    read: (column) => `TO_HEX(${column})`,
    readBack: (column) => `TO_HEX(${column})`,
  },
};

/** What Trino can put into JSON and take out of it again inside arrays, maps and rows. */
const inJson = new Set(["boolean", "tinyint", "smallint", "integer", "bigint", "double", "varchar"]);
const throughText = new Set([
  "decimal",
  "char",
  "date",
  "time",
  "timestamp",
  "timestamp with time zone",
  "uuid",
]);

/**
 * The columns of a table as a seed carries them.
 * @throws PipelineError USAGE naming every column that cannot be, with its type
 */
export function seedColumns(
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): readonly SeedColumn[] {
  const carried = columns.map(({ name, type }) => seedColumn(name, type));
  const refused = columns.filter((_, index) => carried[index] === null);
  if (refused.length > 0) {
    const names = refused.map(({ name, type }) => `${name} (${type})`).join(", ");
    const flags = refused.map(({ name }) => `--leave-out ${shellWord(name)}`).join(" ");
    throw new PipelineError("USAGE", {
      message: `${count(refused.length, "column")} of ${table} cannot be carried by a seed: ${names}`,
      hint: `leave ${refused.length === 1 ? "it" : "them"} out with ${flags}`,
    });
  }
  return carried.filter((column) => column !== null);
}

const shellWord = (name: string): string =>
  /^\w+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;

function seedColumn(name: string, written: string): SeedColumn | null {
  const type = parseType(written);
  if (type === null) return null;
  const column = quoteIdentifier(name);
  if (type.kind !== "scalar") {
    const [target, via] = [nestedTarget(type), nestedVia(type)];
    if (target === null || via === null) return null;
    const read = `JSON_FORMAT(CAST(${target === via ? column : `CAST(${column} AS ${via})`} AS JSON))`;
    return { name, type: written, family: "nested", read, readBack: read, target, via };
  }
  const carried = scalars[type.name];
  // Iceberg keeps microseconds; what is finer would be lost without a word.
  if (carried === undefined || (type.precision !== null && isTime(carried.family) && type.precision > 6))
    return null;
  const { family, target, read = asText, readBack = asText } = carried;
  return {
    name,
    type: written,
    family,
    read: read(column),
    readBack: family === "json" ? asText(column) : readBack === asText ? read(column) : readBack(column),
    target: family === "decimal" ? type.text.toUpperCase() : target,
    via: null,
  };
}

const isTime = (family: Family): boolean => ["time", "timestamp", "timestamptz"].includes(family);

/** The type that the staging model gives it; null where something inside cannot be carried. */
function nestedTarget(type: TrinoType): string | null {
  return nested(type, (scalar) => {
    if (!inJson.has(scalar.name) && !throughText.has(scalar.name) && scalar.name !== "real") return null;
    if (scalar.precision !== null && isTime(scalars[scalar.name]?.family ?? "text") && scalar.precision > 6)
      return null;
    return scalar.name === "decimal" ? scalar.text.toUpperCase() : (scalars[scalar.name]?.target ?? null);
  });
}

/** The same with every scalar as one that JSON has. */
const nestedVia = (type: TrinoType): string | null =>
  nested(type, ({ name }) => {
    if (name === "real") return "DOUBLE";
    return throughText.has(name) ? "VARCHAR" : (scalars[name]?.target ?? null);
  });

function nested(
  type: TrinoType,
  leaf: (scalar: Extract<TrinoType, { kind: "scalar" }>) => string | null,
): string | null {
  switch (type.kind) {
    case "scalar":
      return leaf(type);
    case "array": {
      const element = nested(type.element, leaf);
      return element && `ARRAY(${element})`;
    }
    case "map": {
      if (type.key.kind !== "scalar") return null;
      const [key, value] = [leaf(type.key), nested(type.value, leaf)];
      return key && value && `MAP(${key}, ${value})`;
    }
    case "row": {
      const fields = type.fields.map(({ name, type: of }) => {
        const inside = nested(of, leaf);
        return inside && `${quoteIdentifier(name)} ${inside}`;
      });
      return fields.includes(null) ? null : `ROW(${fields.join(", ")})`;
    }
  }
}
