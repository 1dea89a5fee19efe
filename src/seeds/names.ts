import { PipelineError } from "../core/errors.js";
import type { TableName } from "../core/table-name.js";
import type { Conventions } from "./conventions.js";

/** Names of what one seed consists of: OSO's `<source>__<table>`. */
export interface SeedNames {
  /** `github__events` */
  readonly name: string;
  readonly seedModel: string;
  readonly stagingModel: string;
  /** Paths relative to the project. */
  readonly csv: string;
  readonly seedFile: string;
  readonly stagingFile: string;
}

/**
 * `catalog.schema.table`, or `schema.table` of the default catalog; parts in double quotes may hold anything.
 * @throws PipelineError USAGE
 */
export function parseTable(text: string, defaultCatalog: string): TableName {
  const parts = [...text.matchAll(/"((?:[^"]|"")+)"|([^".\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "").toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const isWhole = /^(?:"(?:[^"]|"")+"|[^".\s]+)(?:\.(?:"(?:[^"]|"")+"|[^".\s]+))*$/.test(text);
  const [table, schema, catalog = defaultCatalog] = parts.toReversed();
  if (!isWhole || parts.length > 3 || table === undefined || schema === undefined) {
    throw new PipelineError("USAGE", {
      message: `${text || "nothing"} does not name a table`,
      hint: "write catalog.schema.table, or schema.table for one of " + defaultCatalog,
    });
  }
  return { catalog, schema, table };
}

/** @throws PipelineError USAGE for a name that is not `<source>__<table>` in snake case */
export function namesOf(
  asked: string | null,
  { schema, table }: TableName,
  conventions: Conventions,
): SeedNames {
  const name = asked ?? `${snake(schema)}__${snake(table)}`;
  if (!/^[a-z][a-z0-9_]*__[a-z0-9][a-z0-9_]*$/.test(name)) {
    throw new PipelineError("USAGE", {
      message: `${name} is no name for a seed`,
      hint: "write --name <source>__<table> in small letters, digits and _: github__events",
    });
  }
  const source = name.slice(0, name.indexOf("__"));
  const bySource = conventions.isStagingBySource ? `${source}/` : "";
  return {
    name,
    seedModel: `${conventions.schema}.seed_${name}`,
    stagingModel: `${conventions.schema}.stg_${name}`,
    csv: `seeds/${name}.csv`,
    seedFile: `${conventions.seedModels}seed_${name}.sql`,
    stagingFile: `${conventions.stagingModels}${bySource}stg_${name}.sql`,
  };
}

const snake = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/_{2,}/g, "_")
    .replaceAll(/^_|_$/g, "");
