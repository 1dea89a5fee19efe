import type { Hash } from "../core/commit.js";
import type { TableName } from "../core/table-name.js";
import { quoteIdentifier, quoteName } from "../core/sql.js";
import { meaningOf, type SqlUnreadable, type TableReference, withNames } from "../core/view-text.js";
import type { CatalogAtCommit, CatalogContent, SqlReader } from "./ports.js";

/** How to read a model as of one commit. */
export type Relation =
  | {
      readonly pinned: true;
      /** A table name; like every `sql` of a relation it can stand behind FROM. */
      readonly sql: string;
      readonly expanded: false;
      /** The same name in parts, with the hash: what its metadata tables are named after. */
      readonly table: TableName;
    }
  | {
      readonly pinned: true;
      /** A query in parentheses. */
      readonly sql: string;
      /** A view was expanded to get there, so that the text is ours and wants proof. */
      readonly expanded: true;
    }
  | { readonly pinned: false; readonly sql: string; readonly reason: string };

type View = Extract<CatalogContent, { type: "view" }>;
type References = readonly TableReference[] | SqlUnreadable;

/**
 * Reads models as of one Nessie commit: a table by the name `"t#<hash>"`, which Nessie's REST catalog resolves to
 * that commit (facts/nessie-trino "Reading any commit"); a view by its text at that commit with every table in it
 * pinned the same way, because the pinned name of a view pins only its text.
 */
export class Pinning {
  constructor(
    private readonly catalog: CatalogAtCommit,
    private readonly reader: SqlReader,
    private readonly producerCatalog: string,
  ) {}

  /** Names are `schema.table`, or `catalog.schema.table` outside the producer catalog. Absent ones are left out. */
  async relations(hash: Hash, names: readonly string[]): Promise<ReadonlyMap<string, Relation>> {
    const contents = new Map<string, CatalogContent>();
    const references = new Map<string, References>();
    let unknown = names.filter((name) => !this.isElsewhere(name));
    while (unknown.length > 0) {
      const found = await this.catalog.contents(hash, unknown);
      const views = [...found].filter((entry): entry is [string, View] => entry[1].type === "view");
      const read = views.length > 0 ? await this.reader.tableReferences(views.map(([, { sql }]) => sql)) : [];
      const next = new Set<string>();
      for (const [name, content] of found) contents.set(name, content);
      views.forEach(([name, view], index) => {
        const tables = read[index] ?? { error: "no answer" };
        references.set(name, tables);
        if ("error" in tables) return;
        for (const table of tables) {
          const inside = this.producerName(table, view);
          if (inside && !contents.has(inside)) next.add(inside);
        }
      });
      unknown = [...next].filter((name) => !contents.has(name));
    }

    const relations = new Map<string, Relation>();
    for (const name of names) {
      const relation = this.isElsewhere(name)
        ? elsewhere(name)
        : this.relation(hash, name, contents, references, new Set());
      if (relation) relations.set(name, relation);
    }
    return relations;
  }

  private relation(
    hash: Hash,
    name: string,
    contents: ReadonlyMap<string, CatalogContent>,
    references: ReadonlyMap<string, References>,
    path: ReadonlySet<string>,
  ): Relation | undefined {
    const content = contents.get(name);
    if (!content) return undefined;
    if (content.type === "table") {
      const table = this.pinnedTable(name, hash);
      const sql = quoteName([table.catalog, table.schema, table.table]);
      return { pinned: true, sql, expanded: false, table };
    }

    const live = (reason: string): Relation => ({
      pinned: false,
      sql: quoteName([this.producerCatalog, ...split(name)]),
      reason,
    });
    const tables = references.get(name) ?? { error: "no answer" };
    if ("error" in tables) return live(`the text of the view ${name} could not be read: ${tables.error}`);
    if (path.has(name)) return live(`the view ${name} reads itself`);

    const names: { reference: TableReference; name: string }[] = [];
    for (const table of tables) {
      const inside = this.producerName(table, content);
      if (!inside) return live(`${name} reads ${table.parts.join(".")}, which is outside Nessie`);
      const pinned = this.relation(hash, inside, contents, references, new Set([...path, name]));
      if (!pinned) return live(`${name} reads ${inside}, which is not in this commit`);
      if (!pinned.pinned) return live(pinned.reason);
      const alias = table.aliased ? "" : ` AS ${quoteIdentifier(table.parts.at(-1) ?? "")}`;
      names.push({ reference: table, name: pinned.sql + alias });
    }
    return { pinned: true, sql: `(${withNames(content.sql, names)})`, expanded: true };
  }

  /** `schema.table` when the reference means the producer catalog, undefined when it means another. */
  private producerName(reference: TableReference, view: View): string | undefined {
    const { catalog, schema, table } = meaningOf(reference, view, this.producerCatalog);
    return catalog === this.producerCatalog ? `${schema}.${table}` : undefined;
  }

  private pinnedTable(name: string, hash: Hash): TableName {
    const [schema, table] = split(name);
    return { catalog: this.producerCatalog, schema, table: `${table}#${hash}` };
  }

  private isElsewhere(name: string): boolean {
    const parts = name.split(".");
    return parts.length > 2 && parts[0] !== this.producerCatalog;
  }
}

const elsewhere = (name: string): Relation => ({
  pinned: false,
  sql: quoteName(name.split(".")),
  reason: `${name} is outside Nessie`,
});

/** The last two parts: schema and table. */
function split(name: string): readonly [string, string] {
  const parts = name.split(".");
  return [parts.at(-2) ?? "", parts.at(-1) ?? ""];
}
