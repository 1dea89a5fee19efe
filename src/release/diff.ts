import type { Hash } from "../core/commit.js";
import { CloseLook } from "./close-look.js";
import type { CommitComparison, ContentChange, ContentKind, RowCount } from "./ports.js";
import type { Target } from "./target.js";
import { isOfReleases, isPhysical, modelsInFrontOf } from "./virtual-layer.js";

/** Names looked at closely where not all are asked for: at a few milliseconds each, a second or two. */
export const CLOSE_LOOKS = 200;

/** What differs between two commits of main. */
export interface Comparison {
  readonly from: ComparedCommit;
  readonly to: ComparedCommit;
  /** By name. */
  readonly differences: readonly Difference[];
  /** Names of other environments, and what is behind them or left of old versions. */
  readonly others: readonly OtherDifference[];
}

export interface ComparedCommit extends Target {
  /** As it was asked for: `consumer`, `7`. */
  readonly asked: string;
}

export interface Difference {
  /** `schema.name`, as people query it. */
  readonly name: string;
  /** A model has something behind it that is called otherwise; a table or view is what it is called, model or not. */
  readonly kind: "model" | ContentKind;
  readonly change: "added" | "removed" | "changed";
  /** In which ways it has changed; empty where that is not known. */
  readonly ways: readonly ChangeWay[];
  /** Null where it is not there, or was not looked at. */
  readonly from: ComparedContent | null;
  readonly to: ComparedContent | null;
  readonly columns: readonly ColumnChange[];
  /** False where there were too many to look at each. */
  readonly looked: boolean;
}

/**
 * - `version`: something else is behind the model
 * - `rows`: rows were written or deleted; there may be as many as before
 * - `columns`: columns were added or removed, or have another type
 * - `text`: the view asks something else
 */
export type ChangeWay = "version" | "rows" | "columns" | "text";

export interface ComparedContent {
  /** What is behind the model; null for what is no model, or is what it is called. */
  readonly physical: string | null;
  /** Null for a view, and where metadata does not tell. */
  readonly rows: RowCount | null;
}

export interface ColumnChange {
  readonly column: string;
  /** Iceberg's names of types; null where the column is not there. */
  readonly from: string | null;
  readonly to: string | null;
}

export type OtherDifference = Pick<Difference, "name" | "change"> & { readonly kind: ContentKind };

/**
 * Compares two bases: what readers get of each, but for the sealing of its views.
 * @param most how many names to look at closely, which costs some requests each; the others are only listed
 */
export async function compare(
  from: ComparedCommit,
  to: ComparedCommit,
  most: number,
  catalog: CommitComparison,
  producerCatalog: string,
): Promise<Comparison> {
  const changed = new Map<string, ContentChange>();
  for await (const page of catalog.changes(from.base, to.base)) {
    for (const change of page) if (!isOfReleases(change.name)) changed.set(change.name, change);
  }
  const models = await modelsOf([...changed.keys()].filter(isPhysical), from.base, to.base, catalog);
  const names = new Set([...[...changed.keys()].filter((name) => !isPhysical(name)), ...models.values()]);
  const others = new Map([...changed.values()].filter(({ name }) => isPhysical(name)).map(other));

  const sorted = [...names].toSorted();
  const look = new CloseLook(from.base, to.base, changed, catalog, producerCatalog);
  const looks = await Promise.all(sorted.slice(0, most).map(async (name) => look.at(name)));
  const differences = looks.flatMap(({ difference, physical, isProduction }) => {
    for (const name of physical) others.delete(name);
    if (difference === null || isProduction) return difference ?? [];
    others.set(difference.name, { name: difference.name, kind: "view", change: difference.change });
    return [];
  });
  const unlooked = new Set(sorted.slice(most));
  for (const [physical, model] of models) if (unlooked.has(model)) others.delete(physical);
  return {
    from,
    to,
    differences: [...differences, ...[...unlooked].map((name) => fromAfar(name, changed.get(name)))],
    others: [...others.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** The models that physical tables are behind of, told by names alone: those that views have at one of the commits. */
export async function modelsOf(
  physical: readonly string[],
  from: Hash,
  to: Hash,
  catalog: Pick<CommitComparison, "kinds">,
): Promise<ReadonlyMap<string, string>> {
  const possible = new Map(physical.map((name) => [name, modelsInFrontOf(name)] as const));
  const found = new Map<string, string>();
  for (const at of [to, from]) {
    const open = [...possible].filter(([name]) => !found.has(name));
    const kinds = await catalog.kinds(at, [...new Set(open.flatMap(([, names]) => names))]);
    for (const [name, names] of open) {
      const model = names.find((one) => kinds.get(one) === "view");
      if (model !== undefined) found.set(name, model);
    }
  }
  return found;
}

const changeOf = ({ from, to }: Pick<ContentChange, "from" | "to">): Difference["change"] =>
  from === null ? "added" : to === null ? "removed" : "changed";

const other = (change: ContentChange): [string, OtherDifference] => [
  change.name,
  { name: change.name, kind: (change.to ?? change.from)?.kind ?? "table", change: changeOf(change) },
];

const fromAfar = (name: string, own: ContentChange | undefined): Difference => ({
  name,
  // Where the name itself is the same at both, what is behind it is not.
  kind: own === undefined ? "model" : ((own.to ?? own.from)?.kind ?? "table"),
  change: own === undefined ? "changed" : changeOf(own),
  ways: [],
  from: null,
  to: null,
  columns: [],
  looked: false,
});
