import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Relation } from "./pin.js";
import type { QueryEngine } from "./ports.js";

/**
 * An expanded view is text of ours: Trino itself says what it would read, and only when that is nothing but
 * tables pinned to `base` does the relation count as pinned.
 */
export async function proveIsPinned(
  relation: Relation,
  base: Hash,
  producerCatalog: string,
  queries: QueryEngine,
  signal: AbortSignal,
): Promise<Relation> {
  if (!relation.pinned || !relation.expanded) return relation;
  try {
    const tables = await queries.tablesRead(`SELECT * FROM ${relation.sql}`, { signal });
    const live = tables.find(
      ({ catalog, table }) => catalog !== producerCatalog || !table.endsWith(`#${base}`),
    );
    if (!live) return relation;
    return unpinned(relation, `it would read ${live.catalog}.${live.schema}.${live.table} live`);
  } catch (thrown) {
    if (!(thrown instanceof PipelineError) || thrown.code !== "QUERY_FAILED") throw thrown;
    return unpinned(relation, `its text with pinned tables is refused: ${thrown.message}`);
  }
}

const unpinned = (relation: Relation, reason: string): Relation => ({
  pinned: false,
  sql: relation.sql,
  reason,
});
