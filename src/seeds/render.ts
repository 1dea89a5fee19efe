import { stringify } from "csv-stringify/sync";
import { quoteIdentifier, quoteLiteral } from "../core/sql.js";
import type { CarriedColumn } from "./carry.js";
import type { Conventions } from "./conventions.js";
import type { SeedNames } from "./names.js";
import type { ProjectFile } from "./ports.js";

export interface SeedContent {
  readonly names: SeedNames;
  readonly conventions: Conventions;
  readonly columns: readonly CarriedColumn[];
  /** Columns that hold addresses on a chain: OSO writes them in small letters. */
  readonly lowered: ReadonlySet<string>;
  /** Of the table, as people write it. */
  readonly table: string;
  readonly owner: string | null;
  readonly categories: readonly string[];
}

/**
 * The three files of a seed, in the order in which they are put into the project: each goes without those after it, so
 * that the project loads whatever is there.
 */
export function renderSeed(
  content: SeedContent,
): readonly [csv: ProjectFile, seed: ProjectFile, staging: ProjectFile] {
  const { names, columns } = content;
  const nullText = nullTextOf(columns);
  return [
    { path: names.csv, text: csvOf(columns, nullText) },
    { path: names.seedFile, text: seedModel(content, nullText) },
    { path: names.stagingFile, text: stagingModel(content) },
  ];
}

/** Nothing at all, unless some text is empty, or a line would be: pandas passes over empty lines. */
export function nullTextOf(columns: readonly CarriedColumn[]): string {
  const cells = new Set(columns.flatMap((column) => column.cells));
  const texts = columns.length === 1 ? ["NULL"] : ["", "NULL"];
  let text = texts.find((one) => !cells.has(one)) ?? "NULL";
  while (cells.has(text)) text = `<${text}>`;
  return text;
}

export function csvOf(columns: readonly CarriedColumn[], nullText: string): string {
  const rows = Array.from({ length: columns[0]?.cells.length ?? 0 }, (_, row) =>
    columns.map(({ cells }) => cells[row] ?? nullText),
  );
  return stringify([columns.map(({ name }) => name), ...rows], { quoted_match: /^\s|\s$/ });
}

function seedModel(
  { names, conventions, columns, table, owner, categories }: SeedContent,
  nullText: string,
): string {
  const up = "../".repeat(names.seedFile.split("/").length - 1);
  return `MODEL (
  name ${names.seedModel},
  description ${quoteLiteral(`Rows of ${table} that cover its cases`)},
  kind SEED (
    path '${up}${names.csv}',
    csv_settings (
      keep_default_na = FALSE,
      na_values = (${quoteLiteral(nullText)})
    )
  ),
${ownerLine(owner)}  columns (
${columns.map(({ name, seedType }) => `    ${identifier(name)} ${seedType}`).join(",\n")}
  )${tags(conventions, ["model_type=seed", "model_stage=source"], categories)}
);
`;
}

function stagingModel({
  names,
  conventions,
  columns,
  lowered,
  table,
  owner,
  categories,
}: SeedContent): string {
  const expressions = columns.map(({ name, restore }) => {
    const column = identifier(name);
    const value = lowered.has(name) ? `LOWER(${restore(column)})` : restore(column);
    return `  ${value} AS ${column}`;
  });
  return `MODEL (
  name ${names.stagingModel},
  description ${quoteLiteral(`The most recent view of ${table}`)},
  dialect trino,
  kind FULL,
${ownerLine(owner)}  audits (
    ${conventions.audit}
  )${tags(conventions, ["model_type=full", "model_stage=staging"], categories)}
);

SELECT
${expressions.join(",\n")}
FROM ${names.seedModel}
`;
}

const ownerLine = (owner: string | null): string =>
  owner === null ? "" : `  owner ${quoteLiteral(owner)},\n`;

function tags({ hasTags }: Conventions, own: readonly string[], categories: readonly string[]): string {
  const all = [...(hasTags ? own : []), ...categories.map((category) => `entity_category=${category}`)];
  return all.length === 0
    ? ""
    : `,\n  tags (\n${all.map((tag) => `    ${quoteLiteral(tag)}`).join(",\n")}\n  )`;
}

/** Words that Trino, or SQLMesh's parser of it, takes for something else where a column is named. */
const reserved = new Set(
  (
    "alter and as between by case cast constraint create cross cube current_catalog current_date current_path " +
    "current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop " +
    "else end escape except execute exists extract false for from full group grouping having in inner insert intersect " +
    "into is join json_array json_exists json_object json_query json_table json_value left like limit listagg " +
    "localtime localtimestamp natural normalize not null offset on or order outer partition prepare qualify recursive " +
    "right rollup select skip start table then to true trim uescape union unique unnest using values view when where with"
  ).split(" "),
);

export const identifier = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : quoteIdentifier(name);
