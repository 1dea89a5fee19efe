import type { Hash } from "../../src/core/commit.js";
import type {
  CommitComparison,
  ContentChange,
  ContentColumn,
  ContentFacts,
  ContentKind,
  ContentMark,
  ViewCatalog,
} from "../../src/release/ports.js";

/** A table with its rows, or a view with its text. */
export interface FakeContent {
  readonly rows?: number;
  readonly sql?: string;
  readonly columns?: readonly ContentColumn[];
  /** Writes a table anew without changing how many rows it has. */
  readonly written?: number;
  /** Its metadata file is gone. */
  readonly unreadable?: boolean;
}

type Contents = Readonly<Record<string, FakeContent>>;

const kindOf = ({ sql }: FakeContent): ContentKind => (sql === undefined ? "table" : "view");

/** Commits in memory, compared and read as Nessie would. */
export class FakeCatalog implements CommitComparison, ViewCatalog {
  readonly looked: string[] = [];
  readonly read: string[] = [];

  constructor(readonly commits: ReadonlyMap<Hash, Contents>) {}

  async *changes(from: Hash, to: Hash): AsyncGenerator<readonly ContentChange[]> {
    const [before, after] = [this.at(from), this.at(to)];
    for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()) {
      const change = { name, from: markOf(before[name]), to: markOf(after[name]) };
      if (JSON.stringify(change.from) !== JSON.stringify(change.to)) yield [change];
    }
  }

  async kinds(at: Hash, names: readonly string[]): Promise<ReadonlyMap<string, ContentKind>> {
    const all = await this.names(at);
    return new Map(names.flatMap((name) => [...all].filter(([other]) => other === name)));
  }

  async facts(at: Hash, kind: ContentKind, name: string): Promise<ContentFacts | null> {
    this.looked.push(name);
    const content = this.at(at)[name];
    if (content === undefined || content.unreadable || kindOf(content) !== kind) return null;
    const { rows = 0, sql, columns = [] } = content;
    return {
      rows: kind === "table" ? { rows, exact: true } : null,
      columns,
      text: sql === undefined ? null : textOf(sql),
    };
  }

  async names(hash: Hash): Promise<ReadonlyMap<string, ContentKind>> {
    return new Map(Object.entries(this.at(hash)).map(([name, content]) => [name, kindOf(content)] as const));
  }

  async viewTexts(hash: Hash, views: readonly string[]) {
    this.read.push(...views);
    return new Map(views.map((name) => [name, textOf(this.at(hash)[name]?.sql ?? "")] as const));
  }

  async changedNames(from: Hash, to: Hash): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for await (const page of this.changes(from, to)) for (const { name } of page) names.add(name);
    return names;
  }

  private at(hash: Hash): Contents {
    const contents = this.commits.get(hash);
    if (contents === undefined) throw new Error(`no commit ${hash}`);
    return contents;
  }
}

const textOf = (sql: string) => ({ sql, defaultCatalog: "iceberg", defaultSchema: null });

function markOf(content: FakeContent | undefined): ContentMark | null {
  if (content === undefined) return null;
  const { rows, sql, columns, written } = content;
  return {
    kind: kindOf(content),
    rows: sql === undefined ? `${rows} ${written}` : "",
    columns: JSON.stringify([columns, sql, sql === undefined ? null : written]),
  };
}
