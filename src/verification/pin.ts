import type { Hash } from "../core/commit.js";
import { quoteIdentifier, quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import { type TableReference, withNames } from "../core/view-text.js";
import { type CommitContent, contentKey, type Contents, type ViewReference } from "./commit-reading.js";
import { type Naming, split } from "./naming.js";

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
      /** A query in parentheses, or the name of a sealed view. */
      readonly sql: string;
      /** It rests on the text of views, whose reading wants proof. */
      readonly expanded: true;
    }
  | { readonly pinned: false; readonly sql: string; readonly reason: string };

export interface Reading {
  readonly relation: Relation;
  /**
   * The content of every table and the text of every view that is read; null where what is found depends on more than
   * that.
   */
  readonly inputs: readonly string[] | null;
}

type View = Extract<CommitContent, { type: "view" }>;

export interface PinningParts {
  readonly contents: Contents;
  readonly naming: Naming;
  readonly producerCatalog: string;
  readonly consumerCatalog: string;
  /** Where that is read which cannot be read as of the commit. */
  readonly liveCatalog: string;
  /**
   * Whether views are read as readers read them, by their text as it is: then they are pinned by that alone. Else a
   * view is read by its text with every table in it pinned, because its pinned name pins nothing but the text.
   */
  readonly asReaders: boolean;
  /**
   * Whether a view that is nothing but another name of a table, as SQLMesh's virtual layer is made of, is read as that
   * table: Iceberg's metadata then answers for it.
   */
  readonly asTables: boolean;
}

/** Reads models as of one Nessie commit. */
export class Pinning {
  readonly #known = new Map<string, Reading | undefined>();

  constructor(private readonly parts: PinningParts) {}

  /**
   * Undefined for what the commit does not have.
   * @param name `schema.table`, or `catalog.schema.table` outside the producer catalog
   */
  reading(name: string, hash: Hash): Reading | undefined {
    if (!isElsewhere(name, this.parts.producerCatalog))
      return this.#read(name, hash, this.parts.asReaders, []);
    const sql = quoteName(name.split("."));
    return { relation: { pinned: false, sql, reason: `${name} is outside Nessie` }, inputs: null };
  }

  #read(name: string, hash: Hash, asItIs: boolean, path: readonly string[]): Reading | undefined {
    const key = `${contentKey(name, hash)} ${asItIs}`;
    if (path.includes(key)) return this.#live(name, hash, `the view ${name} reads itself`);
    if (!this.#known.has(key)) this.#known.set(key, this.#find(name, hash, asItIs, [...path, key]));
    return this.#known.get(key);
  }

  #find(name: string, hash: Hash, asItIs: boolean, path: readonly string[]): Reading | undefined {
    const content = this.parts.contents.get(contentKey(name, hash));
    if (!content) return undefined;
    if (content.type === "view") return this.#view(name, hash, content, asItIs, path);
    const table = this.parts.naming.at(name, hash);
    if (table === null) return this.#live(name, hash, this.parts.naming.refusal);
    return {
      relation: { pinned: true, sql: quoted(table), expanded: false, table },
      inputs: [JSON.stringify([name, content.content])],
    };
  }

  #view(name: string, hash: Hash, view: View, asItIs: boolean, path: readonly string[]): Reading {
    const { naming } = this.parts;
    if ("error" in view.reads)
      return this.#live(name, hash, `the text of the view ${name} could not be read: ${view.reads.error}`);

    const names: { reference: TableReference; name: string }[] = [];
    const inputs: (readonly string[] | null)[] = [
      [JSON.stringify([name, view.sql, view.defaultCatalog, view.defaultSchema])],
    ];
    for (const reference of view.reads.references) {
      const { name: inside, hash: named, metadata } = reference;
      if (inside === null) return this.#live(name, hash, `${name} reads ${this.#outside(reference)}`);
      if (named === null && asItIs)
        return this.#live(name, hash, `${name} is not sealed: it reads ${inside} live`);
      const below = this.#read(inside, named ?? hash, asItIs || named !== null, path);
      if (!below) return this.#live(name, hash, `${name} reads ${inside}, which is not in this commit`);
      const { relation } = below;
      if (!relation.pinned) return this.#live(name, hash, relation.reason);
      inputs.push(below.inputs);
      if (this.parts.asTables && isAnotherName(view, reference))
        return { relation, inputs: together(inputs) };
      if (named !== null) continue;
      names.push({ reference, name: pinnedName(relation, metadata) + aliasOf(reference) });
    }
    const own = asItIs ? naming.at(name, hash) : null;
    if (asItIs && own === null) return this.#live(name, hash, naming.refusal);
    return {
      relation: {
        pinned: true,
        sql: own === null ? `(${withNames(view.sql, names)})` : quoted(own),
        expanded: true,
      },
      inputs: view.reads.volatile.length > 0 ? null : together(inputs),
    };
  }

  #live(name: string, hash: Hash, reason: string): Reading {
    const { naming, asReaders, liveCatalog: catalog } = this.parts;
    const [schema, table] = split(name);
    // At least the text of the view is then that of the commit.
    const atCommit = asReaders ? naming.at(name, hash) : null;
    return {
      relation: { pinned: false, sql: quoted(atCommit ?? { catalog, schema, table }), reason },
      inputs: null,
    };
  }

  #outside({ meaning: { catalog, schema, table } }: ViewReference): string {
    const name = [catalog, schema, table].join(".");
    if (catalog === this.parts.consumerCatalog) return `${name}, which moves with the consumer tag`;
    return `${name}, which is ${schema === "information_schema" ? "part of no commit" : "outside Nessie"}`;
  }
}

/** Whether a model's name says another catalog. */
export function isElsewhere(name: string, producerCatalog: string): boolean {
  const parts = name.split(".");
  return parts.length > 2 && parts[0] !== producerCatalog;
}

/** `SELECT * FROM t`, and nothing more. */
const isAnotherName = ({ sql }: View, { start, end, metadata }: ViewReference): boolean =>
  metadata === "" && /^\s*SELECT\s+\*\s+FROM\s+$/i.test(sql.slice(0, start)) && sql.slice(end).trim() === "";

const quoted = ({ catalog, schema, table }: TableName): string => quoteName([catalog, schema, table]);

const pinnedName = (relation: Extract<Relation, { pinned: true }>, metadata: string): string =>
  relation.expanded || metadata === ""
    ? relation.sql
    : quoted({ ...relation.table, table: relation.table.table + metadata });

/** Columns may be qualified by the table's name, which is another one now. */
const aliasOf = ({ aliased, parts }: TableReference): string =>
  aliased ? "" : ` AS ${quoteIdentifier(parts.at(-1) ?? "")}`;

const together = (inputs: readonly (readonly string[] | null)[]): readonly string[] | null =>
  inputs.includes(null) ? null : [...new Set(inputs.flatMap((some) => some ?? []))].toSorted();
