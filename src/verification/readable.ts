import { PipelineError } from "../core/errors.js";
import type { Relation } from "./pin.js";
import type { QueryEngine } from "./ports.js";

/**
 * Reads one row with all its columns, from a data file: Iceberg's metadata answers many checks, and goes on to do so
 * when the files are gone. Null where that works, else what Trino says.
 * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, TIMEOUT, INTERRUPTED
 */
export async function unreadable(
  { sql }: Relation,
  queries: QueryEngine,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await queries.query(`SELECT * FROM ${sql} LIMIT 1`, { signal });
    return null;
  } catch (thrown) {
    if (!(thrown instanceof PipelineError)) throw thrown;
    if (thrown.code !== "QUERY_FAILED" && thrown.code !== "PERMISSION_DENIED") throw thrown;
    return `it cannot be read: ${thrown.message}`;
  }
}
