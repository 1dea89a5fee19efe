import { PipelineError } from "../core/errors.js";
import { quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import type { Relation } from "./pin.js";
import type { QueryResult } from "./ports.js";
import { refused, type Run } from "./refusal.js";
import { rowFields } from "./row-type.js";

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
}

/** Stands between the columns of the metadata table and those of the table. */
const BORDER = "|";

/** Asks Trino for names and types; reads nothing. What it refuses is the answer. */
export async function shapeOf(relation: Relation, run: Run): Promise<Shape | PipelineError> {
  const table = relation.pinned && !relation.expanded ? relation.table : null;
  if (table) {
    const partitions = metadataTable(table, "partitions");
    const both = await run(
      `SELECT statistics.*, 0 AS "${BORDER}", own.* FROM ${partitions} AS statistics CROSS JOIN ${relation.sql} AS own LIMIT 0`,
    ).catch(refused);
    if (!(both instanceof PipelineError)) return tableShape(both, partitions, metadataTable(table, "files"));
  }
  const answer = await run(`SELECT * FROM ${relation.sql} LIMIT 0`).catch(refused);
  return answer instanceof PipelineError ? answer : { columns: typesOf(answer.columns), statistics: null };
}

function tableShape({ columns }: QueryResult, partitions: string, files: string): Shape {
  const border = columns.findIndex(({ name }) => name === BORDER);
  const metadata = typesOf(columns.slice(0, border));
  const own = typesOf(columns.slice(border + 1));
  const data = rowFields(metadata.get("data") ?? "") ?? new Map<string, string>();
  const partition = rowFields(metadata.get("partition") ?? "") ?? new Map<string, string>();
  return {
    columns: own,
    statistics: {
      partitions,
      files,
      data: new Set(data.keys()),
      // Iceberg gives a partition a column's own name only where it is that column's value.
      partition: new Set([...partition.keys()].filter((name) => own.has(name) && !data.has(name))),
    },
  };
}

const typesOf = (columns: QueryResult["columns"]): ReadonlyMap<string, string> =>
  new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));

const metadataTable = ({ catalog, schema, table }: TableName, name: string): string =>
  quoteName([catalog, schema, `${table}$${name}`]);
