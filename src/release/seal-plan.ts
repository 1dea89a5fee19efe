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
import type { ManifestView, Named } from "./release.js";

/** A view of the base commit, and what its text reads. */
export interface BaseView extends ViewText {
  /** `schema.view`, as Nessie keys it. */
  readonly name: string;
  readonly reads: readonly TableReference[] | SqlUnreadable;
  /** Functions in its text whose value no commit holds: `now`, `current_user`. */
  readonly volatile: readonly string[];
}

export interface SealRequest {
  /** The views to seal. */
  readonly views: readonly BaseView[];
  /** Views of which the sealed content of an earlier release is kept. */
  readonly kept: ReadonlyMap<string, ManifestView>;
  /** All that is at the base commit, by name (`schema.table`). */
  readonly names: ReadonlyMap<string, "table" | "view">;
  readonly producerCatalog: string;
  /** Other catalogs that views may read although no release holds them. */
  readonly allowCatalogs: readonly string[];
}

export interface SealPlan {
  /** Bottom-up: a view reads tables, kept views, and views of earlier levels only. */
  readonly levels: readonly (readonly PlannedView[])[];
  /** Views for which no release can be made, with the reason. */
  readonly refused: readonly Named[];
  /** Views that nobody can read, on main either: what they read is not there. Sealed, nobody can read them ever. */
  readonly broken: readonly Named[];
}

export interface PlannedView extends BaseView {
  /** Tables and views of the producer catalog that it reads itself, other than by the name of a commit. */
  readonly inputs: readonly string[];
  /** What of it stays as live as it was: functions, tables outside of any commit, views that have such. */
  readonly live: readonly string[];
}

/** Trino's own catalogs and schemas: what they show is never part of a commit. */
export const isSystem = ({ catalog, schema }: TableName): boolean =>
  catalog === "system" || schema === "information_schema";

/** A name that says its commit already: `t#<hash>`, by which Nessie's catalogue reads it (facts/nessie-trino). */
export const isPinned = ({ table }: TableName): boolean => /#[0-9a-f]{64}(?:\$|$)/.test(table);

/** Sorts the views of a commit into the order in which they can be sealed, and says what cannot be. */
export function planSealing({ views, kept, names, producerCatalog, allowCatalogs }: SealRequest): SealPlan {
  const byName = new Map(views.map((view) => [view.name, view]));
  const refused = new Map<string, string>();
  const broken = new Map<string, string>();
  const planned = new Map<string, { readonly view: PlannedView; readonly level: number }>();

  /** Undefined for what is refused. */
  const plan = (
    view: BaseView,
    path: readonly string[],
  ): { view: PlannedView; level: number } | undefined => {
    const { name, reads, volatile } = view;
    const known = planned.get(name);
    if (known !== undefined || refused.has(name)) return known;
    if (path.includes(name)) return refuse(name, "reads itself");
    if ("error" in reads) return refuse(name, `its text cannot be read: ${reads.error}`);

    const inputs = new Set<string>();
    const live = new Set(volatile);
    let level = 0;
    for (const reference of reads) {
      const meaning = meaningOf(reference, view, producerCatalog);
      if (isPinned(meaning)) continue;
      const isElsewhere = meaning.catalog !== producerCatalog;
      if (isSystem(meaning) || (isElsewhere && allowCatalogs.includes(meaning.catalog))) {
        live.add(inWords(meaning));
        continue;
      }
      if (isElsewhere) return refuse(name, `reads ${inWords(meaning)}, of which no release holds the data`);

      const input = keyOf(meaning);
      inputs.add(input);
      if (!names.has(input)) broken.set(name, `${input} is not there`);
      if ((kept.get(input)?.notPinned.length ?? 0) > 0) live.add(input);
      const inside = byName.get(input);
      if (inside === undefined) continue;
      const below = plan(inside, [...path, name]);
      if (below === undefined) return refuse(name, `reads ${input}`);
      if (broken.has(input)) broken.set(name, `reads ${input}`);
      if (below.view.live.length > 0) live.add(input);
      level = Math.max(level, below.level + 1);
    }
    const decided = { view: { ...view, inputs: [...inputs], live: [...live] }, level };
    planned.set(name, decided);
    return decided;
  };

  const refuse = (name: string, what: string): undefined => {
    if (!refused.has(name)) refused.set(name, what);
    return undefined;
  };

  const levels: PlannedView[][] = [];
  for (const view of views.toSorted(byKey)) {
    const decided = plan(view, []);
    if (decided) (levels[decided.level] ??= []).push(decided.view);
  }
  return { levels, refused: named(refused), broken: named(broken) };
}

/**
 * The text of a view in which every table and view of the producer catalog is named as of a commit: a table by the base
 * commit, a view by the commit that sealed it.
 * @param commitOf of a name `schema.table`
 */
export const sealedText = (
  view: BaseView,
  commitOf: (name: string) => Hash,
  producerCatalog: string,
): string =>
  renamed(view, producerCatalog, (meaning, { aliased, parts }) => {
    const [table = "", metadata] = meaning.table.split("$");
    const suffix = metadata === undefined ? "" : `$${metadata}`;
    const pinned = [producerCatalog, meaning.schema, `${table}#${commitOf(keyOf(meaning))}${suffix}`];
    // Columns may be qualified by the table's name, which is another one now.
    const alias = aliased ? "" : ` AS ${quoteName([parts.at(-1) ?? ""])}`;
    return quoteName(pinned) + alias;
  });

/** The text of a view in which everything of the producer catalog is read through the consumer catalog. */
export const consumerText = (view: BaseView, producerCatalog: string, consumerCatalog: string): string =>
  renamed(view, producerCatalog, ({ schema, table }) => quoteName([consumerCatalog, schema, table]));

function renamed(
  view: BaseView,
  producerCatalog: string,
  nameFor: (meaning: TableName, reference: TableReference) => string,
): string {
  if ("error" in view.reads) throw new Error(`${view.name} has not been planned to be sealed`);
  const names = view.reads.flatMap((reference) => {
    const meaning = meaningOf(reference, view, producerCatalog);
    const stays = meaning.catalog !== producerCatalog || isSystem(meaning) || isPinned(meaning);
    return stays ? [] : [{ reference, name: nameFor(meaning, reference) }];
  });
  return withNames(view.sql, names);
}

/** Without the metadata table that is asked for: `t$snapshots` is there exactly when `t` is. */
const keyOf = ({ schema, table }: TableName): string => `${schema}.${table.split("$")[0]}`;

export const inWords = ({ catalog, schema, table }: TableName): string => `${catalog}.${schema}.${table}`;

const named = (what: ReadonlyMap<string, string>): readonly Named[] =>
  [...what].map(([view, reason]) => ({ view, what: reason }));

const byKey = (a: { name: string }, b: { name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
