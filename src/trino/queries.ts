import { PipelineError } from "../core/errors.js";
import { quoteLiteral } from "../core/sql.js";
import type { RunningQueries } from "../restatement/ports.js";
import type { QueryEngine } from "../verification/ports.js";
import { TrinoError } from "./errors.js";

/** States that a query and a task do not leave again. */
const endedQuery = ["FINISHED", "FAILED"];
const endedTask = ["FINISHED", "CANCELED", "ABORTED", "FAILED"];

/** What `kill_query` says of a query that has ended, and of one that Trino has forgotten. */
const alreadyEnded = new Set(["NOT_SUPPORTED", "NOT_FOUND"]);

/** The queries that Trino runs, and those it has not forgotten yet. */
export function runningQueries(engine: QueryEngine): RunningQueries {
  return {
    async ofSource(source, signal) {
      const { rows } = await engine.query(queriesStatement(source), { signal });
      return rows.map(([id, ended]) => ({ id: String(id), ended: ended === true }));
    },

    async showsQueriesOf(user, signal) {
      const statement = `SELECT 1 FROM system.runtime.queries WHERE "user" = ${quoteLiteral(user)} LIMIT 1`;
      return (await engine.query(statement, { signal })).rows.length > 0;
    },

    async kill(queryId, reason, signal) {
      const call = `CALL system.runtime.kill_query(query_id => ${quoteLiteral(queryId)}, message => ${quoteLiteral(reason)})`;
      try {
        await engine.query(call, { signal });
      } catch (thrown) {
        const cause = thrown instanceof PipelineError ? thrown.cause : undefined;
        if (!(cause instanceof TrinoError && alreadyEnded.has(cause.errorName))) throw thrown;
      }
    },
  };
}

/**
 * A query that Trino calls FAILED may still write: killed while it commits, it is FAILED at once, and its commit lands
 * when the catalogue answers. Its task stays ABORTING until then, so only a query without such a task has ended.
 */
function queriesStatement(source: string): string {
  return `SELECT query_id,
  state IN (${endedQuery.map(quoteLiteral).join(", ")}) AND query_id NOT IN (
    SELECT query_id FROM system.runtime.tasks
    WHERE query_id IS NOT NULL AND state NOT IN (${endedTask.map(quoteLiteral).join(", ")}))
FROM system.runtime.queries WHERE source = ${quoteLiteral(source)} ORDER BY query_id`;
}
