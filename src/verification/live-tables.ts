import type { TableName } from "../core/table-name.js";
import type { SqlRule } from "./check.js";
import { ownQuery } from "./compile.js";
import { readsOnlyModel } from "./depends-on-time.js";
import { partsOf } from "./naming.js";
import type { Relation } from "./pin.js";
import { isRefusal } from "./refusal.js";

/**
 * Whether custom SQL reads tables as they are now, beside a model that is pinned: Trino itself says what it would read.
 * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, INTERRUPTED
 */
export async function readsLive(
  rule: SqlRule,
  { sql }: Relation,
  tablesRead: (sql: string) => Promise<readonly TableName[]>,
): Promise<boolean> {
  if (readsOnlyModel(rule.sql)) return false;
  try {
    const [all, own] = await Promise.all([
      tablesRead(ownQuery(rule, sql)),
      tablesRead(`SELECT * FROM ${sql}`),
    ]);
    const known = new Set(own.map(nameOf));
    return all.some((table) => !known.has(nameOf(table)) && partsOf(table.table).hash === null);
  } catch (thrown) {
    // Then the query is refused as well, which is its result.
    if (isRefusal(thrown)) return false;
    throw thrown;
  }
}

const nameOf = ({ catalog, schema, table }: TableName): string => JSON.stringify([catalog, schema, table]);
