import type { Hash } from "../core/commit.js";
import { quoteName } from "../core/sql.js";

/** `schema.table`, quoted as Trino has it in a catalog. */
export const liveName = (catalog: string, name: string): string => named(catalog, name, "");

/** The same as of a commit, by Nessie's own naming. */
export const pinnedName = (catalog: string, name: string, hash: Hash): string =>
  named(catalog, name, `#${hash}`);

/** One of Iceberg's metadata tables: `properties`. */
export const metadataName = (catalog: string, name: string, metadata: string): string =>
  named(catalog, name, `$${metadata}`);

function named(catalog: string, name: string, suffix: string): string {
  const levels = name.split(".");
  return quoteName([catalog, levels.slice(0, -1).join("."), `${levels.at(-1)}${suffix}`]);
}
