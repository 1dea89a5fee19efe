import type { Hash } from "../core/commit.js";
import type { TableName } from "../core/table-name.js";
import {
  meaningOf,
  type SqlReader,
  type SqlUnreadable,
  type TableReference,
  type ViewText,
} from "../core/view-text.js";
import { partsOf } from "./naming.js";
import type { CatalogAtCommit } from "./ports.js";

/** What a name is at a commit, and for a view what it reads there. */
export type CommitContent =
  | { readonly type: "table"; readonly content: string }
  | ({ readonly type: "view"; readonly reads: ViewReading | SqlUnreadable } & ViewText);

export interface ViewReading {
  readonly references: readonly ViewReference[];
  readonly volatile: readonly string[];
}

/** A name in a view's text, and what it stands for. */
export interface ViewReference extends TableReference {
  readonly meaning: TableName;
  /** `schema.table` without what says commit or metadata table; null for what is not the producer catalog's. */
  readonly name: string | null;
  /** The commit that the name itself says, as in a sealed view. */
  readonly hash: Hash | null;
  /** `$snapshots`, where it is a metadata table that is read; else empty. */
  readonly metadata: string;
}

/** Contents by commit and name: of the names asked for, and of all that the views among them read. */
export type Contents = ReadonlyMap<string, CommitContent>;

export const contentKey = (name: string, hash: Hash): string => `${hash} ${name}`;

/**
 * Reads names at one commit, and through views down to tables; a view whose text names commits is followed there.
 * @param names `schema.table`
 */
export async function readCommit(
  hash: Hash,
  names: readonly string[],
  parts: {
    readonly catalog: CatalogAtCommit;
    readonly reader: SqlReader;
    readonly producerCatalog: string;
  },
): Promise<Contents> {
  const contents = new Map<string, CommitContent>();
  const asked = new Set<string>();
  let next = new Map<Hash, Set<string>>([[hash, new Set(names)]]);
  while (next.size > 0) {
    const now = next;
    next = new Map();
    for (const [at, wanted] of now) {
      for (const name of wanted) asked.add(contentKey(name, at));
      const found = [...(await parts.catalog.contents(at, [...wanted]))];
      const views = found.flatMap(([name, content]) => (content.type === "view" ? [{ name, content }] : []));
      const readings =
        views.length > 0 ? await parts.reader.read(views.map(({ content }) => content.sql)) : [];
      for (const [name, content] of found) {
        if (content.type === "table") contents.set(contentKey(name, at), content);
      }
      views.forEach(({ name, content }, index) => {
        const reading = readings[index] ?? { error: "no answer" };
        if ("error" in reading) {
          contents.set(contentKey(name, at), { ...content, reads: reading });
          return;
        }
        const references = reading.tables.map((table) => understood(table, content, parts.producerCatalog));
        contents.set(contentKey(name, at), { ...content, reads: { references, volatile: reading.volatile } });
        for (const { name: inside, hash: named } of references) {
          const where = named ?? at;
          if (inside === null || asked.has(contentKey(inside, where))) continue;
          next.set(where, (next.get(where) ?? new Set()).add(inside));
        }
      });
    }
  }
  return contents;
}

function understood(reference: TableReference, view: ViewText, producerCatalog: string): ViewReference {
  const meaning = meaningOf(reference, view, producerCatalog);
  const { table, hash, metadata } = partsOf(meaning.table);
  const isInside = meaning.catalog === producerCatalog && meaning.schema !== "information_schema";
  return {
    ...reference,
    meaning,
    name: isInside ? `${meaning.schema}.${table}` : null,
    hash: isInside ? hash : null,
    metadata,
  };
}
