import type { Hash } from "../core/commit.js";
import { quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import {
  meaningOf,
  type SqlUnreadable,
  type TableReference,
  type ViewText,
  withNames,
} from "../core/view-text.js";

/** A view of the base commit, and what its text reads. */
export interface BaseView extends ViewText {
  /** `schema.view`, as Nessie keys it. */
  readonly name: string;
  readonly reads: readonly TableReference[] | SqlUnreadable;
  /** Functions in its text whose value no commit holds: `now`, `current_user`. */
  readonly volatile: readonly string[];
}

export interface SealRequest {
  /** All of the base commit. */
  readonly views: readonly BaseView[];
  /** `schema.table` of all tables of the base commit. */
  readonly tables: ReadonlySet<string>;
  readonly producerCatalog: string;
  /** Other catalogs that views may read although no release holds them. */
  readonly allowCatalogs: readonly string[];
}

export interface SealPlan {
  /** Bottom-up: a view reads tables and views of earlier levels only. */
  readonly levels: readonly (readonly BaseView[])[];
  /** Views for which no release can be made, with the reason. */
  readonly refused: readonly Named[];
  /** What of a sealed view stays as live as it was. */
  readonly notPinned: readonly Named[];
  /** Views that nobody can read, on main either: what they read is not there. They stay as they are. */
  readonly broken: readonly Named[];
}

export interface Named {
  readonly view: string;
  readonly what: string;
}

/** Trino's own catalogs and schemas: what they show is never part of a commit. */
const isSystem = ({ catalog, schema }: TableName): boolean =>
  catalog === "system" || schema === "information_schema";

/** A name that says its commit already: `t#<hash>`, by which Nessie's catalogue reads it (facts/nessie-trino). */
const isPinned = ({ table }: TableName): boolean => /#[0-9a-f]{64}(?:\$|$)/.test(table);

/** Sorts the views of a commit into the order in which they can be sealed, and says what cannot be. */
export function planSealing({ views, tables, producerCatalog, allowCatalogs }: SealRequest): SealPlan {
  const byName = new Map(views.map((view) => [view.name, view]));
  const refused: Named[] = [];
  const notPinned: Named[] = [];
  const broken: Named[] = [];
  /** Level of each view that is decided; null for one that is not sealed. */
  const levels = new Map<string, number | null>();

  const levelOf = (view: BaseView, path: readonly string[]): number | null => {
    const known = levels.get(view.name);
    if (known !== undefined) return known;
    const level = decide(view, path);
    levels.set(view.name, level);
    return level;
  };

  const decide = (view: BaseView, path: readonly string[]): number | null => {
    const { name, reads, volatile } = view;
    if (path.includes(name)) {
      refused.push({ view: name, what: "reads itself" });
      return null;
    }
    if ("error" in reads) {
      refused.push({ view: name, what: `its text cannot be read: ${reads.error}` });
      return null;
    }
    const live: string[] = [...volatile];
    let level = 0;
    for (const reference of reads) {
      const meaning = meaningOf(reference, view, producerCatalog);
      if (isPinned(meaning)) continue;
      if (isSystem(meaning)) {
        live.push(inWords(meaning));
        continue;
      }
      if (meaning.catalog !== producerCatalog) {
        if (allowCatalogs.includes(meaning.catalog)) live.push(inWords(meaning));
        else {
          refused.push({ view: name, what: `reads ${inWords(meaning)}, of which no release holds the data` });
          return null;
        }
        continue;
      }
      const inside = byName.get(keyOf(meaning));
      if (inside === undefined) {
        if (tables.has(keyOf(meaning))) continue;
        broken.push({ view: name, what: `${keyOf(meaning)} is not there` });
        return null;
      }
      const below = levelOf(inside, [...path, name]);
      if (below === null) {
        const isBroken = broken.some(({ view: other }) => other === inside.name);
        (isBroken ? broken : refused).push({ view: name, what: `reads ${inside.name}` });
        return null;
      }
      level = Math.max(level, below + 1);
    }
    for (const what of live) notPinned.push({ view: name, what });
    return level;
  };

  const sealed: BaseView[][] = [];
  for (const view of views.toSorted(byKey)) {
    const level = levelOf(view, []);
    if (level !== null) (sealed[level] ??= []).push(view);
  }
  return { levels: sealed, refused, notPinned, broken };
}

/**
 * The text of a view in which every table and view of the producer catalog is named as of a commit: a table by the base
 * commit, a view by the commit that sealed it.
 * @param commitOf of a name `schema.table`
 */
export function sealedText(
  view: BaseView,
  commitOf: (name: string) => Hash,
  producerCatalog: string,
): string {
  if ("error" in view.reads) throw new Error(`${view.name} has not been planned to be sealed`);
  const names = view.reads.flatMap((reference) => {
    const meaning = meaningOf(reference, view, producerCatalog);
    if (meaning.catalog !== producerCatalog || isSystem(meaning) || isPinned(meaning)) return [];
    const [table = "", metadata] = meaning.table.split("$");
    const suffix = metadata === undefined ? "" : `$${metadata}`;
    const pinned = quoteName([
      producerCatalog,
      meaning.schema,
      `${table}#${commitOf(keyOf(meaning))}${suffix}`,
    ]);
    // Columns may be qualified by the table's name, which is another one now.
    const alias = reference.aliased ? "" : ` AS ${quoteName([reference.parts.at(-1) ?? ""])}`;
    return [{ reference, name: pinned + alias }];
  });
  return withNames(view.sql, names);
}

/** Without the metadata table that is asked for: `t$snapshots` is there exactly when `t` is. */
const keyOf = ({ schema, table }: TableName): string => `${schema}.${table.split("$")[0]}`;

const inWords = ({ catalog, schema, table }: TableName): string => `${catalog}.${schema}.${table}`;

const byKey = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
