import type { QueryReading, SqlReader, SqlUnreadable } from "../../src/core/view-text.js";
import type { CatalogAtCommit, CatalogContent } from "../../src/verification/ports.js";

export const table: CatalogContent = { type: "table", content: "first" };

/** Tables in its text stand in braces, as `markedReader` reads them. */
export const view = (sql: string): CatalogContent => ({
  type: "view",
  sql,
  defaultCatalog: "iceberg",
  defaultSchema: "oso",
});

/** Contents of every commit by `schema.table`, or of one commit by its hash in front of that. */
export function catalogOf(contents: Readonly<Record<string, CatalogContent>>): CatalogAtCommit {
  const known = new Map(Object.entries(contents));
  return {
    contents: async (hash, names) =>
      new Map(
        names.flatMap((name) => {
          const content = known.get(`${hash} ${name}`) ?? known.get(name);
          return content === undefined ? [] : [[name, content] as const];
        }),
      ),
  };
}

/** Reads the tables of a query as `{name}` or `{name} AS`; the real reader is SQLMesh's parser. */
export const markedReader: SqlReader = {
  read: async (statements) => statements.map(reading),
};

function reading(sql: string): QueryReading | SqlUnreadable {
  if (sql.includes("unreadable")) return { error: "no such syntax" };
  const tables = [...sql.matchAll(/\{([^}]+)\}( AS)?/g)].map((match) => ({
    parts: (match[1] ?? "").split("."),
    start: match.index,
    end: match.index + (match[1] ?? "").length + 2,
    aliased: match[2] !== undefined,
  }));
  return { tables, volatile: sql.includes("now()") ? ["now"] : [] };
}
