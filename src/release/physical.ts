import type { Hash } from "../core/commit.js";
import { quoteIdentifier } from "../core/sql.js";
import type { ViewCatalog } from "./ports.js";
import type { SealManifest } from "./release.js";
import { behind, frontOf, isOfReleases, isPhysical } from "./virtual-layer.js";

/** How readers who do without views reach the data of a model. */
export interface PhysicalName {
  /** `schema.model` */
  readonly name: string;
  /** The table behind it, `schema.table`; itself for a model that is a table; null for one that is a view. */
  readonly physical: string | null;
  /** How the table is queried through the consumer catalog: `catalog.schema.table`. */
  readonly query: string | null;
  /** The same, and as of this commit wherever the consumer tag stands. */
  readonly pinned: string | null;
}

export interface PhysicalParts {
  readonly catalog: ViewCatalog;
  readonly catalogs: { readonly producer: string; readonly consumer: string };
}

/** A commit, and where it is told already what its views read: the manifest of a release that was made of it. */
export interface NamedCommit {
  readonly base: Hash;
  /** Where its tables are read. */
  readonly at: Hash;
  readonly manifest: SealManifest | null;
}

/** The table behind each model at a commit, by name. Names of other environments, and old versions, are left out. */
export async function physicalNames(
  { base, at, manifest }: NamedCommit,
  { catalog, catalogs }: PhysicalParts,
): Promise<readonly PhysicalName[]> {
  const kinds = await catalog.names(base);
  const names = [...kinds.keys()].filter((name) => !isPhysical(name) && !isOfReleases(name)).toSorted();
  const told = new Map((manifest?.views ?? []).map(({ name, reads }) => [name, reads] as const));
  const unknown = names.filter((name) => kinds.get(name) === "view" && !told.has(name));
  const texts = await catalog.viewTexts(base, unknown);

  return names.flatMap((name) => {
    if (kinds.get(name) === "table") return [named(name, name, at, catalogs.consumer)];
    const text = texts.get(name);
    const target = text ? behind(name, text, catalogs.producer) : onlyRead(name, told.get(name) ?? []);
    if (target === null) return [{ name, physical: null, query: null, pinned: null }];
    if (frontOf(name, target) !== "model") return [];
    return [named(name, kinds.get(target) === "table" ? target : null, at, catalogs.consumer)];
  });
}

/** A manifest has no texts; a view that reads one thing, which is called after it, is nothing but a name for that. */
function onlyRead(name: string, reads: readonly string[]): string | null {
  const [only, ...more] = reads;
  return only !== undefined && more.length === 0 && frontOf(name, only) !== null ? only : null;
}

function named(name: string, physical: string | null, at: Hash, consumerCatalog: string): PhysicalName {
  if (physical === null) return { name, physical, query: null, pinned: null };
  const dot = physical.lastIndexOf(".");
  const [schema, table] = [physical.slice(0, dot), physical.slice(dot + 1)];
  const start = [consumerCatalog, schema].map(asNeeded).join(".");
  return {
    name,
    physical,
    query: `${start}.${asNeeded(table)}`,
    pinned: `${start}.${quoteIdentifier(`${table}#${at}`)}`,
  };
}

/** Quoted only where it must be, for people read it. */
const asNeeded = (name: string): string => (/^[a-z_]\w*$/.test(name) ? name : quoteIdentifier(name));
