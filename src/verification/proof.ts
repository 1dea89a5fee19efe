import { PipelineError } from "../core/errors.js";
import type { Naming } from "./naming.js";
import type { Reading, Relation } from "./pin.js";
import type { QueryEngine } from "./ports.js";

/**
 * What rests on the text of views is read by Trino itself: only when that would read nothing but tables as of a commit
 * does the relation count as pinned.
 */
export async function provenReading(
  reading: Reading,
  naming: Naming,
  queries: QueryEngine,
  signal: AbortSignal,
): Promise<Reading> {
  const { relation } = reading;
  if (!relation.pinned || !relation.expanded) return reading;
  try {
    const tables = await queries.tablesRead(`SELECT * FROM ${relation.sql}`, { signal });
    const live = tables.find((table) => !naming.isAtCommit(table));
    if (!live) return reading;
    return unpinned(relation, `it would read ${live.catalog}.${live.schema}.${live.table} live`);
  } catch (thrown) {
    if (!(thrown instanceof PipelineError) || thrown.code !== "QUERY_FAILED") throw thrown;
    return unpinned(relation, `its text with pinned tables is refused: ${thrown.message}`);
  }
}

const unpinned = (relation: Relation, reason: string): Reading => ({
  relation: { pinned: false, sql: relation.sql, reason },
  inputs: null,
});
