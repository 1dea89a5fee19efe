import pLimit from "p-limit";
import { PipelineError } from "../core/errors.js";
import { quoteLiteral, quoteName } from "../core/sql.js";
import type { RunningQueries, TableCommit } from "../restatement/ports.js";
import type { QueryEngine } from "../verification/ports.js";
import { TrinoError } from "./errors.js";

export interface RunningQueriesOptions {
  /** The Iceberg REST catalog on Nessie, in which `"table#<hash>"` reads a table as of a commit. */
  readonly catalog: string;
  readonly signal?: AbortSignal | undefined;
  /** Statements at once that look for who wrote; 4 where left out. */
  readonly concurrency?: number | undefined;
}

/** Commits in one statement: Trino loads each one's metadata while it plans, one after the other. */
const commitsPerStatement = 40;

/** States that a query and a task do not leave again. */
const endedQuery = ["FINISHED", "FAILED"];
const endedTask = ["FINISHED", "CANCELED", "ABORTED", "FAILED"];

/** What `kill_query` says of a query that has ended, and of one that Trino has forgotten. */
const alreadyEnded = new Set(["NOT_SUPPORTED", "NOT_FOUND"]);

/** What Trino knows of the queries that ran on it, and who wrote what is in its tables. */
export function runningQueries(
  engine: QueryEngine,
  { catalog, signal, concurrency = 4 }: RunningQueriesOptions,
): RunningQueries {
  /** A table that is gone fails its whole statement, so what fails is halved until that one is alone. */
  async function writersOf(commits: readonly TableCommit[]): Promise<(string | null)[]> {
    try {
      const { rows } = await engine.query(writersStatement(catalog, commits), { signal });
      const writers = new Map(rows.map(([index, writer]) => [Number(index), writer]));
      return commits.map((_, index) => textOrNull(writers.get(index)));
    } catch (thrown) {
      if (!isUnreadable(thrown)) throw thrown;
      if (commits.length === 1) return [null];
      const half = Math.ceil(commits.length / 2);
      return [...(await writersOf(commits.slice(0, half))), ...(await writersOf(commits.slice(half)))];
    }
  }

  return {
    async ofSource(source) {
      const { rows } = await engine.query(queriesStatement(source), { signal });
      return rows.map(([id, ended]) => ({ id: String(id), ended: ended === true }));
    },

    async kill(queryId, reason) {
      const call = `CALL system.runtime.kill_query(query_id => ${quoteLiteral(queryId)}, message => ${quoteLiteral(reason)})`;
      try {
        await engine.query(call, { signal });
      } catch (thrown) {
        const cause = thrown instanceof PipelineError ? thrown.cause : undefined;
        if (!(cause instanceof TrinoError && alreadyEnded.has(cause.errorName))) throw thrown;
      }
    },

    async writers(commits) {
      const limit = pLimit(concurrency);
      const chunks: TableCommit[][] = [];
      for (let start = 0; start < commits.length; start += commitsPerStatement) {
        chunks.push(commits.slice(start, start + commitsPerStatement));
      }
      const writers = (await limit.map(chunks, writersOf)).flat();
      return commits.map((commit, index) => ({ commit, queryId: writers[index] ?? null }));
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

/** One row for each commit: its place in the list, and the query id in the summary of its newest snapshot. */
function writersStatement(catalog: string, commits: readonly TableCommit[]): string {
  return commits
    .map(({ hash, table }, index) => {
      const levels = table.split(".");
      const name = [catalog, levels.slice(0, -1).join("."), `${levels.at(-1)}#${hash}$snapshots`];
      return `SELECT ${index}, max_by(element_at(summary, 'trino_query_id'), committed_at) FROM ${quoteName(name)}`;
    })
    .join("\nUNION ALL ");
}

/** The query itself was refused, as opposed to a cluster that is away or an interruption. */
const isUnreadable = (thrown: unknown): boolean =>
  thrown instanceof PipelineError && (thrown.code === "QUERY_FAILED" || thrown.code === "PERMISSION_DENIED");

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
