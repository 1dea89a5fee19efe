import type { Secret } from "../core/secret.js";
import { Redactor } from "../core/redactor.js";
import { basic, headerSafe } from "../http/auth.js";
import { baseAddress, type Peer } from "../http/peer.js";
import type { Tls } from "../http/tls.js";
import { createWire, type RetryPolicy } from "../http/wire.js";
import type { QueryEngine, QueryOptions } from "../verification/ports.js";
import { type ReferencedTable, referencedTables } from "./referenced.js";
import { ioPlan } from "./schemas.js";
import { runStatement, type StatementParts } from "./statement.js";

export interface TrinoOptions {
  /** `https://host:8443` */
  readonly server: string;
  readonly user: string;
  readonly auth?: TrinoAuth | undefined;
  readonly tls?: Tls | undefined;
  readonly catalog?: string | undefined;
  readonly schema?: string | undefined;
  /** What Trino's query list shows as source; `oso-pipeline` where left out. */
  readonly source?: string | undefined;
  readonly clientTags?: readonly string[] | undefined;
  /** Session properties of every query. */
  readonly session?: Readonly<Record<string, string>> | undefined;
  /**
   * Limit for a whole query, queueing included. Trino is told too (query_max_run_time), so that a query ends even
   * when nobody is left to cancel it.
   */
  readonly queryTimeoutMs?: number | undefined;
  /** Limit for one exchange; Trino answers each within about a second, so much more means trouble. 60 s by default. */
  readonly timeoutMs?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Of exchanges that Trino's protocol says may be repeated. */
  readonly retry?: Partial<RetryPolicy> | undefined;
}

export interface TrinoClient extends QueryEngine {
  /** Runs a query, and gives what it named; null where that cannot be had. Throws as `query` does. */
  referenced(sql: string, options?: QueryOptions): Promise<readonly ReferencedTable[] | null>;
}

export type TrinoAuth =
  | { readonly type: "none" }
  | { readonly type: "basic"; readonly password: Secret }
  | { readonly type: "jwt"; readonly token: Secret };

/** Trino's protocol: 502, 503 and 504 are to be tried again after 50 to 100 ms; from there on it grows. */
const defaultRetry: RetryPolicy = { retries: 8, minWaitMs: 50, maxWaitMs: 5_000 };
const cancelTimeoutMs = 5_000;

/**
 * Trino, through trino-client, with what that leaves out: errors are thrown, no page is lost, 64-bit integers are
 * exact, passing refusals are retried, and what is given up here is cancelled there.
 * @throws PipelineError CONFIG_INVALID for an address that is none.
 */
export function createTrinoClient(options: TrinoOptions): TrinoClient {
  const redactor = new Redactor();
  const server = baseAddress("Trino", options.server).url;
  const peer: Peer = { service: "Trino", address: server, redact: redactor.redact };
  const wire = { peer, tls: options.tls };
  const parts: StatementParts = {
    peer,
    send: createWire({
      ...wire,
      timeoutMs: options.timeoutMs ?? 60_000,
      retry: { ...defaultRetry, ...options.retry },
    }),
    sendCancel: createWire({ ...wire, timeoutMs: cancelTimeoutMs, retry: { ...defaultRetry, retries: 0 } }),
    connection: {
      server,
      source: options.source ?? "oso-pipeline",
      session: encodeSession(options),
      extraHeaders: headers(options),
      ...(options.catalog === undefined ? {} : { catalog: options.catalog }),
      ...(options.schema === undefined ? {} : { schema: options.schema }),
    },
    authorization: authorization(options, redactor),
    timeoutMs: options.queryTimeoutMs,
  };
  const referenced: TrinoClient["referenced"] = async (sql, { signal } = {}) =>
    referencedTables((await runStatement(sql, signal, parts)).queryId, parts);
  return {
    query: (sql, { signal } = {}) => runStatement(sql, signal, parts),
    referenced,
    tablesRead: async (sql, { signal } = {}) => {
      // Analysed, and not run: nothing of it is asked for.
      const named = await referenced(`WITH named AS (\n${sql}\n) SELECT 1`, { signal });
      if (named !== null) return named;
      const { rows } = await runStatement(`EXPLAIN (TYPE IO, FORMAT JSON) ${sql}`, signal, parts);
      const { inputTableColumnInfos } = ioPlan.parse(JSON.parse(String(rows[0]?.[0])));
      return inputTableColumnInfos.map(({ table }) => ({ catalog: table.catalog, ...table.schemaTable }));
    },
  };
}

function headers({ user, clientTags, userAgent }: TrinoOptions): Record<string, string> {
  return {
    "X-Trino-User": user,
    "X-Trino-Client-Tags": (clientTags ?? []).join(","),
    // Without it Trino cuts timestamps to milliseconds.
    "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
    // SQLMesh computes in UTC, so what a query calls today must not depend on where Trino runs.
    "X-Trino-Time-Zone": "UTC",
    "User-Agent": userAgent ?? "oso-pipeline",
    "Content-Type": "text/plain; charset=utf-8",
  };
}

/** trino-client joins names and values as they are; Trino decodes each value. */
function encodeSession({ session, queryTimeoutMs }: TrinoOptions): Record<string, string> {
  const limit =
    queryTimeoutMs === undefined ? {} : { query_max_run_time: `${Math.ceil(queryTimeoutMs / 1000)}s` };
  return Object.fromEntries(
    Object.entries({ ...limit, ...session }).map(([name, value]) => [name, encodeURIComponent(value)]),
  );
}

function authorization({ user, auth }: TrinoOptions, redactor: Redactor): () => string | undefined {
  if (auth === undefined || auth.type === "none") return () => undefined;
  if (auth.type === "basic") return () => basic(user, redactor.keep(auth.password.reveal()));
  return () => `Bearer ${redactor.keep(headerSafe("Trino", auth.token.reveal()))}`;
}
