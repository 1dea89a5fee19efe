import { createHash } from "node:crypto";
import type { Hash } from "../../src/core/commit.js";
import type { TableName } from "../../src/core/table-name.js";
import type { QueryReading, ViewText } from "../../src/core/view-text.js";
import type {
  MarkerText,
  ReleaseReader,
  SealingBranch,
  ViewCatalog,
  ViewUnreadable,
} from "../../src/release/ports.js";
import { Sealing, type SealingParts } from "../../src/release/sealing.js";

/** What is at a commit: a table's rows, as a word, or a view's text. */
export type Contents = ReadonlyMap<string, { readonly rows: string } | { readonly sql: string }>;

/** `reads("oso.t", "oso.v")` → a view's text. */
export const reads = (...names: readonly string[]): { readonly sql: string } => ({
  sql: `SELECT * FROM ${names.map((name) => `${name} AS x`).join(", ")}`,
});

/** Names that a text reads, with their places: each is followed by ` AS x`. */
function readingOf(sql: string): QueryReading | { error: string } {
  if (sql.includes("?")) return { error: "Invalid expression" };
  const tables = [...sql.matchAll(/(\S+) AS x/g)].map((match) => ({
    parts: (match[1] ?? "").replaceAll('"', "").split("."),
    start: match.index,
    end: match.index + (match[1] ?? "").length,
    aliased: true,
  }));
  return { tables, volatile: sql.includes("now()") ? ["now"] : [] };
}

/** Commits of tables and views in memory, read as Trino and Nessie read them. */
export class SealableWarehouse implements ViewCatalog, SealingBranch, ReleaseReader {
  readonly commits = new Map<Hash, Contents>();
  readonly branches = new Map<string, Hash>();
  readonly effects: string[] = [];
  /** Whether Trino can read by `t#<hash>`. */
  readsByHash = true;
  /** What Trino says of a view instead of reading it, by name. */
  readonly troubles = new Map<string, ViewUnreadable>();
  /** Live tables that a view reads beside what its text says, by name. */
  readonly hidden = new Map<string, TableName>();
  /** Main is at the last base that was committed. */
  private main: Hash = "";

  base(contents: Readonly<Record<string, { readonly rows: string } | { readonly sql: string }>>): Hash {
    this.main = this.commit(new Map(Object.entries(contents)));
    return this.main;
  }

  private commit(contents: Contents): Hash {
    const hash = createHash("sha256")
      .update(`${this.commits.size} ${JSON.stringify([...contents])}`)
      .digest("hex");
    this.commits.set(hash, contents);
    return hash;
  }

  sealing(overrides: Partial<SealingParts> = {}): Sealing {
    return new Sealing({
      catalog: this,
      reader: { read: async (statements) => statements.map(readingOf) },
      branch: this,
      trino: this,
      policy: "seal",
      catalogs: { producer: "iceberg", consumer: "readers" },
      allowCatalogs: [],
      ...overrides,
    });
  }

  at(hash: Hash): Contents {
    const contents = this.commits.get(hash);
    if (!contents) throw new Error(`there is no commit ${hash}`);
    return contents;
  }

  text(name: string, at: Hash): string {
    const content = this.at(at).get(name);
    if (!content || !("sql" in content)) throw new Error(`${name} is no view at ${at}`);
    return content.sql;
  }

  /** The rows that a view gives at a commit, all the way down. Names without a commit read main. */
  rows(name: string, at: Hash): unknown {
    const content = this.at(at).get(name);
    if (content === undefined) return `${name} is not there`;
    if ("rows" in content) return content.rows;
    const reading = readingOf(content.sql);
    if ("error" in reading) return reading.error;
    return reading.tables.map(({ parts }) => {
      const [table = "", hash] = (parts.at(-1) ?? "").split("#");
      return this.rows(`${parts.at(-2)}.${table}`, hash ?? this.main);
    });
  }

  async names(hash: Hash): Promise<ReadonlyMap<string, "table" | "view">> {
    return new Map([...this.at(hash)].map(([name, content]) => [name, "sql" in content ? "view" : "table"]));
  }

  async viewTexts(hash: Hash, views: readonly string[]): Promise<ReadonlyMap<string, ViewText>> {
    this.effects.push(`read ${views.length} texts`);
    return new Map(
      views.map((name) => [
        name,
        { sql: this.text(name, hash), defaultCatalog: "iceberg", defaultSchema: "oso" },
      ]),
    );
  }

  async changedNames(from: Hash, to: Hash): Promise<ReadonlySet<string>> {
    const [before, after] = [this.at(from), this.at(to)];
    const isSame = (name: string): boolean =>
      JSON.stringify(before.get(name)) === JSON.stringify(after.get(name));
    return new Set([...before.keys(), ...after.keys()].filter((name) => !isSame(name)));
  }

  async create(name: string, at: Hash): Promise<void> {
    this.effects.push(`create ${name}`);
    this.branches.set(name, at);
  }

  async replaceViews(name: string, texts: ReadonlyMap<string, string>): Promise<Hash> {
    this.effects.push(`replace ${[...texts.keys()].join(" ")}`);
    for (const view of texts.keys()) this.text(view, this.head(name));
    return this.write(
      name,
      [...texts].map(([view, sql]) => [view, { sql }]),
    );
  }

  async takeViews(name: string, views: readonly string[], from: Hash): Promise<Hash> {
    this.effects.push(`take ${views.join(" ")}`);
    return this.write(
      name,
      views.map((view) => [view, { sql: this.text(view, from) }]),
    );
  }

  async createView(name: string, view: string, { sql }: MarkerText): Promise<Hash> {
    this.effects.push(`make ${view}`);
    return this.write(name, [[view, { sql }]]);
  }

  async remove(prefix: string, isMeant: (name: string) => boolean = () => true): Promise<void> {
    for (const name of this.branches.keys())
      if (name.startsWith(prefix) && isMeant(name)) this.branches.delete(name);
  }

  async marker(_catalog: string, at: Hash | null): Promise<number | null> {
    if (!this.readsByHash) return null;
    return Number(/BIGINT '(\d+)'/.exec(this.text("oso_pipeline.release", at ?? ""))?.[1]);
  }

  async tablesRead(
    views: readonly string[],
    at: Hash,
  ): Promise<ReadonlyMap<string, readonly TableName[] | ViewUnreadable>> {
    this.effects.push(`prove ${views.join(" ")}`);
    return new Map(views.map((view) => [view, this.troubles.get(view) ?? [...this.namesIn(view, at)]]));
  }

  private *namesIn(view: string, at: Hash): Generator<TableName> {
    const hidden = this.hidden.get(view);
    if (hidden) yield hidden;
    const reading = readingOf(this.text(view, at));
    if ("error" in reading) return;
    for (const { parts } of reading.tables) {
      const [table = "", schema = "", catalog = "iceberg"] = parts.toReversed();
      yield { catalog, schema, table };
      const [name = "", hash] = table.split("#");
      const key = `${schema}.${name}`;
      const content = catalog === "iceberg" ? this.at(hash ?? this.main).get(key) : undefined;
      if (content && "sql" in content) yield* this.namesIn(key, hash ?? this.main);
    }
  }

  private head(name: string): Hash {
    return this.branches.get(name) ?? "";
  }

  private write(name: string, views: readonly (readonly [string, { readonly sql: string }])[]): Hash {
    const hash = this.commit(new Map([...this.at(this.head(name)), ...views]));
    this.branches.set(name, hash);
    return hash;
  }
}
