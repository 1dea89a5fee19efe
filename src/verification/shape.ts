import { PipelineError } from "../core/errors.js";
import { quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import type { Relation } from "./pin.js";
import type { QueryResult } from "./ports.js";
import { refused, type Run } from "./refusal.js";
import { rowFields } from "../core/row-type.js";

/** What a relation is made of. */
export interface Shape {
  /** Types by name; Trino's names are in lower case. */
  readonly columns: ReadonlyMap<string, string>;
  /** Null where the relation is no Iceberg table. */
  readonly statistics: Statistics | null;
}

/** Iceberg's statistics of a table, as Trino shows them. */
export interface Statistics {
  /** Quoted names of the metadata tables, pinned as the table is. */
  readonly partitions: string;
  readonly files: string;
  /** Columns with figures of their own in `data`. */
  readonly data: ReadonlySet<string>;
  /** Columns that the table is partitioned by as they are: they stand in `partition` and nowhere else. */
  readonly partition: ReadonlySet<string>;
  /** Columns of `data` that are seen to hold no null; none are known of a table of several partitions. */
  readonly withoutNulls: ReadonlySet<string>;
}

/** Stands between the columns of the metadata table and those of the table. */
const BORDER = "|";

/** Asks Trino for names and types; reads no data. What it refuses is the answer. */
export async function shapeOf(relation: Relation, run: Run): Promise<Shape | PipelineError> {
  const table = relation.pinned && !relation.expanded ? relation.table : null;
  if (table) {
    const partitions = metadataTable(table, "partitions");
    const both = await run(
      `SELECT statistics.*, 0 AS "${BORDER}", own.* FROM ${partitions} AS statistics LEFT JOIN (SELECT * FROM ${relation.sql} WHERE false) AS own ON true LIMIT 2`,
    ).catch(refused);
    if (!(both instanceof PipelineError)) return tableShape(both, partitions, metadataTable(table, "files"));
  }
  const answer = await run(`SELECT * FROM ${relation.sql} LIMIT 0`).catch(refused);
  return answer instanceof PipelineError ? answer : { columns: typesOf(answer.columns), statistics: null };
}

function tableShape({ columns, rows }: QueryResult, partitions: string, files: string): Shape {
  const border = columns.findIndex(({ name }) => name === BORDER);
  const metadata = typesOf(columns.slice(0, border));
  const own = typesOf(columns.slice(border + 1));
  const data = rowFields(metadata.get("data") ?? "") ?? new Map<string, string>();
  const figures = rows.map((row) => row[columns.findIndex(({ name }) => name === "data")]);
  const partition = rowFields(metadata.get("partition") ?? "") ?? new Map<string, string>();
  return {
    columns: own,
    statistics: {
      partitions,
      files,
      data: new Set(data.keys()),
      // Iceberg gives a partition a column's own name only where it is that column's value.
      partition: new Set([...partition.keys()].filter((name) => own.has(name) && !data.has(name))),
      withoutNulls: new Set(figures.length > 1 ? [] : columnsWithoutNulls(data, figures[0])),
    },
  };
}

/** @param figures of the only partition, in the order of the columns; none where the table is empty */
function columnsWithoutNulls(data: ReadonlyMap<string, string>, figures: unknown): string[] {
  return [...data].flatMap(([name, type], index) => {
    const ofColumn: unknown = Array.isArray(figures) ? figures[index] : undefined;
    const nullCount = [...(rowFields(type)?.keys() ?? [])].indexOf("null_count");
    const isNone = figures === undefined || (Array.isArray(ofColumn) && ofColumn[nullCount] === 0);
    return isNone ? [name] : [];
  });
}

const typesOf = (columns: QueryResult["columns"]): ReadonlyMap<string, string> =>
  new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));

const metadataTable = ({ catalog, schema, table }: TableName, name: string): string =>
  quoteName([catalog, schema, `${table}$${name}`]);
