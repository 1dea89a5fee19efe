import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import type { QueryEngine } from "./ports.js";

/** How Trino is asked for what a table or view was at a commit. */
export interface Naming {
  /** Null where it cannot be asked for that. @param name `schema.table` */
  at(name: string, hash: Hash): TableName | null;
  /** Whether this name, read from a query plan, is that of a table as of a commit. */
  isAtCommit(name: TableName): boolean;
  /** Why `at` gives null. */
  readonly refusal: string;
}

/** `t#<hash>`, perhaps `$` and a metadata table's name behind it. */
const atCommit = /^(.+?)(?:#([0-9a-f]{64}))?(\$\w+)?$/;

/** The parts of a table's name as Nessie's REST catalogue reads it (facts/nessie-trino "Reading any commit"). */
export function partsOf(table: string): {
  readonly table: string;
  readonly hash: Hash | null;
  readonly metadata: string;
} {
  const [, name = table, hash = null, metadata = ""] = atCommit.exec(table) ?? [];
  return { table: name, hash, metadata };
}

/** By Nessie's own naming: `"t#<hash>"`, which any of its REST catalogs resolves to that commit. */
export const byHash = (catalog: string): Naming => ({
  at(name, hash) {
    const [schema, table] = split(name);
    return { catalog, schema, table: `${table}#${hash}` };
  },
  isAtCommit: (name) => name.catalog === catalog && partsOf(name.table).hash !== null,
  refusal: "",
});

/** By a catalog that shows a tag which stands at this one commit. */
export const byCatalog = (catalog: string, standsAt: Hash): Naming => ({
  at(name, hash) {
    const [schema, table] = split(name);
    return hash === standsAt ? { catalog, schema, table } : null;
  },
  isAtCommit: (name) => name.catalog === catalog,
  refusal: `the catalog ${catalog} shows another commit`,
});

/** Where Trino reads nothing as of a commit. */
export const liveOnly: Naming = {
  at: () => null,
  isAtCommit: () => false,
  refusal:
    'Trino does not read tables by commit ("t#<hash>"), and trino.catalogs.verification names no catalog for it',
};

/**
 * Whether Trino answers to the name of a table as of a commit; anything that may be wrong with the table itself is no
 * refusal of the name. Access rules see the literal name, so they may refuse it as well.
 * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, TIMEOUT, INTERRUPTED
 */
export async function answersTo(
  { catalog, schema, table }: TableName,
  queries: QueryEngine,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await queries.query(`SELECT * FROM ${quoteName([catalog, schema, table])} LIMIT 0`, { signal });
    return true;
  } catch (thrown) {
    if (!(thrown instanceof PipelineError)) throw thrown;
    if (thrown.code === "PERMISSION_DENIED") return false;
    if (thrown.code !== "QUERY_FAILED") throw thrown;
    return !isNotFound(thrown.cause);
  }
}

/** Trino's own word for it, which its client keeps with the cause. */
const isNotFound = (cause: unknown): boolean =>
  cause instanceof Error && "errorName" in cause && cause.errorName === "TABLE_NOT_FOUND";

/** Schema and table of `schema.table`; of longer names the last two parts. */
export function split(name: string): readonly [schema: string, table: string] {
  const parts = name.split(".");
  return [parts.at(-2) ?? "", parts.at(-1) ?? ""];
}
