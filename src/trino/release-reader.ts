import pLimit from "p-limit";
import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { MARKER } from "../core/marker.js";
import { quoteName } from "../core/sql.js";
import type { TableName } from "../core/table-name.js";
import type { ReleaseReader, ViewUnreadable } from "../release/ports.js";
import type { TrinoClient } from "./client.js";
import { TrinoError } from "./errors.js";
import type { ReferencedTable } from "./referenced.js";

/** Views asked of in one statement. With 100 it takes Trino half the time per view that it takes with 10. */
const VIEWS_AT_ONCE = 100;
const STATEMENTS_AT_ONCE = 2;

/** What Trino says where there is no such name. */
const absent = new Set(["TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"]);

type Read = readonly TableName[] | ViewUnreadable;

/** Reads releases back through Trino: their markers, and what their views read. */
export function releaseReader(engine: TrinoClient, producerCatalog: string): ReleaseReader {
  const inTurn = pLimit(STATEMENTS_AT_ONCE);
  const pinned = (view: string, at: Hash): string => {
    const levels = view.split(".");
    return quoteName([producerCatalog, levels.slice(0, -1).join("."), `${levels.at(-1)}#${at}`]);
  };

  async function readTogether(views: readonly string[], at: Hash): Promise<ReadonlyMap<string, Read>> {
    const names = new Map(views.map((view) => [pinned(view, at), view]));
    try {
      const referenced = await inTurn(async () => engine.referenced(allOf([...names.keys()])));
      const read = referenced && byView(names, referenced);
      if (read) return read;
    } catch (thrown) {
      const [view] = views;
      if (views.length === 1 && view !== undefined) return new Map([[view, unreadable(thrown)]]);
      unreadable(thrown);
      return merged(await Promise.all(halves(views).map(async (half) => readTogether(half, at))));
    }
    return merged(await Promise.all(views.map(async (view) => readByPlan(view, at))));
  }

  /** Where Trino tells only by its plan what is read. */
  async function readByPlan(view: string, at: Hash): Promise<ReadonlyMap<string, Read>> {
    const sql = `SELECT * FROM ${pinned(view, at)}`;
    const read = await inTurn(async () => engine.tablesRead(sql)).catch(unreadable);
    return new Map([[view, read]]);
  }

  return {
    async marker(catalog, at) {
      const { schema, view } = MARKER;
      const name = quoteName([catalog, schema, at === null ? view : `${view}#${at}`]);
      try {
        const { rows } = await engine.query(`SELECT number FROM ${name}`);
        return rows[0] === undefined ? null : Number(rows[0][0]);
      } catch (thrown) {
        if (absent.has(errorOf(thrown)?.errorName ?? "")) return null;
        throw thrown;
      }
    },

    async tablesRead(views, at) {
      const groups: string[][] = [];
      for (let start = 0; start < views.length; start += VIEWS_AT_ONCE)
        groups.push(views.slice(start, start + VIEWS_AT_ONCE));
      return merged(await Promise.all(groups.map(async (group) => readTogether(group, at))));
    },
  };
}

/** Queries that nothing uses: Trino analyses them, and plans and reads nothing. */
const allOf = (names: readonly string[]): string =>
  `WITH ${names.map((name, index) => `v${index} AS (SELECT 1 AS one FROM ${name})`).join(", ")} SELECT 1`;

/** Undefined where Trino does not tell which view each of the tables is read by. */
function byView(
  names: ReadonlyMap<string, string>,
  referenced: readonly ReferencedTable[],
): ReadonlyMap<string, Read> | undefined {
  const reads = new Map<string, TableName[]>([...names.values()].map((view) => [view, []]));
  for (const { through, ...name } of referenced) {
    if (through === null) return undefined;
    const outermost = through.at(-1);
    const view = outermost && names.get(quoted(outermost));
    if (view !== undefined) reads.get(view)?.push(name);
  }
  return reads;
}

const quoted = ({ catalog, schema, table }: TableName): string => quoteName([catalog, schema, table]);

const errorOf = (thrown: unknown): TrinoError | undefined =>
  thrown instanceof PipelineError && thrown.cause instanceof TrinoError ? thrown.cause : undefined;

/** Of what Trino says of the query itself; whatever else went wrong is thrown again. */
function unreadable(thrown: unknown): ViewUnreadable {
  const error = errorOf(thrown);
  const code = thrown instanceof PipelineError ? thrown.code : undefined;
  if (error && (code === "QUERY_FAILED" || code === "PERMISSION_DENIED"))
    return { error: error.message, isDenied: code === "PERMISSION_DENIED" };
  throw thrown;
}

function halves<T>(list: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(list.length / 2);
  return [list.slice(0, middle), list.slice(middle)];
}

const merged = (maps: readonly ReadonlyMap<string, Read>[]): ReadonlyMap<string, Read> =>
  new Map(maps.flatMap((map) => [...map]));
