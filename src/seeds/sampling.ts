import { quoteIdentifier, quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import type { Row, SeedColumn } from "./column.js";
import type { Rows } from "./ports.js";

/** Rows that come here to be chosen from, and rows that Trino looks at for nulls and extremes. */
export const CANDIDATES = 500;
export const LOOKED_AT = 100_000;
/** Of one query: each has three aggregates. */
const COLUMNS_AT_ONCE = 12;

export interface Sample {
  readonly rows: readonly Row[];
  readonly queries: number;
  /** As Trino counts them; null where it does not say. */
  readonly bytesRead: number | null;
}

export const nameOf = ({ catalog, schema, table }: TableName): string => quoteName([catalog, schema, table]);

/** No row is read; Trino says what its columns are. */
export const columnsQuery = (table: TableName): string => `SELECT * FROM ${nameOf(table)} LIMIT 0`;

/**
 * Candidates: the first rows that Trino finds, and of many more those with a null and those at an extreme. However large
 * the table, no query reads more than `LOOKED_AT` rows of it.
 */
export async function sample(
  table: TableName,
  columns: readonly SeedColumn[],
  query: (sql: string) => Promise<Rows>,
): Promise<Sample> {
  const statements = [
    firstRows(table, columns),
    ...chunks(columns).map((some) => unusualRows(table, columns, some)),
  ];
  const rows: Row[] = [];
  let bytesRead: number | null = null;
  for (const [index, statement] of statements.entries()) {
    const answer = await query(statement);
    const found = index === 0 ? answer.rows : answer.rows.flat().filter((row) => Array.isArray(row));
    for (const row of found as readonly (readonly unknown[])[]) rows.push(row.map(toCell));
    if (answer.bytesRead !== undefined) bytesRead = (bytesRead ?? 0) + answer.bytesRead;
  }
  return { rows, queries: statements.length, bytesRead };
}

const toCell = (value: unknown): string | null => (typeof value === "string" ? value : null);

const texts = (columns: readonly SeedColumn[]): string => columns.map(({ read }) => read).join(", ");

const firstRows = (table: TableName, columns: readonly SeedColumn[]): string =>
  `SELECT ${texts(columns)} FROM (SELECT * FROM ${nameOf(table)} LIMIT ${CANDIDATES})`;

function unusualRows(table: TableName, all: readonly SeedColumn[], some: readonly SeedColumn[]): string {
  const aggregates = some.flatMap((column) => {
    const value = quoteIdentifier(column.name);
    const by = extremeOf(column);
    return [
      `ANY_VALUE("seed row") FILTER (WHERE ${value} IS NULL)`,
      `MIN_BY("seed row", ${by})`,
      `MAX_BY("seed row", ${by})`,
    ];
  });
  return `SELECT ${aggregates.join(", ")} FROM (SELECT *, ARRAY[${texts(all)}] AS "seed row" FROM (SELECT * FROM ${nameOf(table)} LIMIT ${LOOKED_AT}))`;
}

const numeric = new Set(["integer", "decimal", "double", "real", "date", "time", "timestamp", "timestamptz"]);

const extremeOf = ({ name, family, read }: SeedColumn): string =>
  numeric.has(family) ? quoteIdentifier(name) : `LENGTH(${read})`;

const chunks = (columns: readonly SeedColumn[]): readonly (readonly SeedColumn[])[] =>
  Array.from({ length: Math.ceil(columns.length / COLUMNS_AT_ONCE) }, (_, index) =>
    columns.slice(index * COLUMNS_AT_ONCE, (index + 1) * COLUMNS_AT_ONCE),
  );
