import { inject } from "vitest";
import { query } from "./warehouse.js";

/** What is in each table, but for the mark: the same after every restatement. */
const columns: Readonly<Record<string, readonly string[]>> = {
  events: ["id", "actor", "amount", "day"],
  log: ["id", "amount", "day"],
  steps: ["id", "amount"],
  history: ["actor", "amount", "updated_at", "valid_from", "valid_to"],
  latest: ["actor", "id"],
  totals: ["source", "number_of_rows", "amount"],
  overview: ["source", "number_of_rows"],
};

export interface Contents {
  /** By table, sorted. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  /** Of the restatements that wrote the rows. */
  readonly marks: readonly number[];
}

/** Reads the crash warehouse through Trino, past everything under test. */
export async function contentsOf(schema: string): Promise<Contents> {
  const rows: Record<string, string[]> = {};
  const marks = new Set<number>();
  await Promise.all(
    Object.entries(columns).map(async ([table, names]) => {
      const found = await query(`SELECT mark, ${names.join(", ")} FROM iceberg."${schema}"."${table}"`);
      rows[table] = found.map(([, ...values]) => JSON.stringify(values)).sort();
      for (const [mark] of found) marks.add(Number(mark));
    }),
  );
  return { rows, marks: [...marks].sort((a, b) => a - b) };
}

/** Ids of the statements that wrote to each table, in the order of main's history. */
export type Statements = ReadonlyMap<string, readonly string[]>;

interface LogPage {
  readonly hasMore: boolean;
  readonly token?: string;
  readonly logEntries: readonly {
    readonly commitMeta: { readonly hash: string };
    readonly operations?: readonly {
      readonly type: string;
      readonly key: { readonly elements: readonly string[] };
      readonly content?: { readonly type: string };
    }[];
  }[];
}

/**
 * Which statements wrote to the physical tables after `since`, as main's history and Iceberg's snapshots tell. Counted
 * by statement, for an INSERT commits twice: its rows, and then what Trino knows about them.
 */
export async function statementsSince(since: string, schema: string): Promise<Statements> {
  const commits: { hash: string; key: string }[] = [];
  for (let token: string | undefined, more = true; more;) {
    const page = token === undefined ? "" : `&page-token=${encodeURIComponent(token)}`;
    const reply = await fetch(
      `${inject("stack").nessieUri}/trees/main/history?fetch=ALL&limit-hash=${since}${page}`,
    );
    if (!reply.ok) throw new Error(`Nessie tells no history: ${reply.status} ${await reply.text()}`);
    const { logEntries, hasMore, token: next } = (await reply.json()) as LogPage;
    for (const { commitMeta, operations = [] } of logEntries) {
      if (commitMeta.hash === since) continue;
      for (const { type, key, content } of operations) {
        const isOurs = key.elements[0] === `sqlmesh__${schema}` && content?.type === "ICEBERG_TABLE";
        if (type === "PUT" && isOurs) commits.push({ hash: commitMeta.hash, key: key.elements[1] ?? "" });
      }
    }
    [token, more] = [next, hasMore];
  }
  const statements = new Map<string, string[]>();
  const ids = await Promise.all(
    commits.toReversed().map(async (commit) => [commit.key, await writerOf(commit, schema)] as const),
  );
  for (const [key, id] of ids) {
    const table = key.replace(`${schema}__`, "").replace(/__\d+$/, "");
    const known = statements.get(table) ?? [];
    if (!known.includes(id)) known.push(id);
    statements.set(table, known);
  }
  return statements;
}

/** Trino's id of the statement whose snapshot a table stood at with a commit. */
async function writerOf(
  { hash, key }: { readonly hash: string; readonly key: string },
  schema: string,
): Promise<string> {
  const { origin } = new URL(inject("stack").nessieUri);
  const url = `${origin}/iceberg/v1/${encodeURIComponent(`@${hash}`)}/namespaces/sqlmesh__${schema}/tables/${key}`;
  const reply = await fetch(url);
  if (!reply.ok)
    throw new Error(`Nessie does not tell of ${key} at ${hash}: ${reply.status} ${await reply.text()}`);
  // Nessie gives one snapshot: the one at which the table stood.
  const { metadata } = (await reply.json()) as {
    readonly metadata: {
      readonly snapshots: readonly { readonly summary: Readonly<Record<string, string>> }[];
    };
  };
  return metadata.snapshots.at(-1)?.summary["trino_query_id"] ?? `unknown ${hash}`;
}

/** How many statements on the crash warehouse's tables Trino has not ended, whatever they are marked with. */
export async function statementsAtWork(schema: string): Promise<number> {
  const open = await query(
    `SELECT query_id FROM system.runtime.queries
    WHERE "user" = 'crash' AND query LIKE '%"sqlmesh__${schema}"%' AND state NOT IN ('FINISHED', 'FAILED')`,
  );
  return open.length;
}

/** How many statements of a run, by table, belong to batches that SQLMesh had not stored when the run ended. */
export function inFlight(effects: readonly string[]): ReadonlyMap<string, number> {
  const open = new Map<string, number>();
  for (const effect of effects) {
    const [, written] =
      /^before bridge sends (?:INSERT|DELETE|MERGE|CREATE OR REPLACE TABLE) (\w+)#/.exec(effect) ?? [];
    const [, stored] = /^after bridge stores (\w+)#/.exec(effect) ?? [];
    if (written !== undefined) open.set(written, (open.get(written) ?? 0) + 1);
    if (stored !== undefined) open.delete(stored);
  }
  return open;
}

/**
 * Tables that were written oftener, or less often, than the crashes account for: each has cost the statements that were
 * in flight, and each time a model was rebuilt all that had been written of it.
 */
export function unaccountedFor(
  undisturbed: Statements,
  disturbed: Statements,
  {
    lost,
    rebuilt,
  }: { readonly lost: readonly ReadonlyMap<string, number>[]; readonly rebuilt: readonly string[] },
): readonly string[] {
  return [...new Set([...undisturbed.keys(), ...disturbed.keys()])].flatMap((table) => {
    const least = undisturbed.get(table)?.length ?? 0;
    const rebuildings = rebuilt.filter((model) => model === table).length;
    const most = lost.reduce((sum, open) => sum + (open.get(table) ?? 0), least * (1 + rebuildings));
    const actual = disturbed.get(table)?.length ?? 0;
    return actual < least || actual > most ? [`${table}: ${actual} statements, not ${least} to ${most}`] : [];
  });
}
