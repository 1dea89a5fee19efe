import { Trino, type ConnectionOptions } from "trino-client";
import { axiosAdapter, type AdapterRequest, type AdapterReply } from "../http/adapter.js";
import { deadline, type Deadline } from "../http/deadline.js";
import { refusal, saying, unexpected } from "../http/failures.js";
import { parseJson } from "../http/json.js";
import type { Peer } from "../http/peer.js";
import type { Send, WireReply } from "../http/wire.js";
import { PipelineError } from "../core/errors.js";
import type { QueryResult } from "../verification/ports.js";
import { elsewhere, queryFailed, queryForgotten, queryInterrupted, queryTimedOut } from "./errors.js";
import { page as pageSchema, type Page } from "./schemas.js";
import { setAdapter } from "./transport.js";

export interface StatementParts {
  readonly peer: Peer;
  readonly send: Send;
  /** For the request that ends a query: one try, soon over. */
  readonly sendCancel: Send;
  readonly connection: ConnectionOptions;
  /** Undefined where Trino asks for none. */
  readonly authorization: () => string | undefined;
  /** Of the whole query; undefined for none. */
  readonly timeoutMs: number | undefined;
}

/** Runs one statement. Every page passes through here, for trino-client drops the first and yields errors as data. */
export async function runStatement(
  sql: string,
  signal: AbortSignal | undefined,
  parts: StatementParts,
): Promise<QueryResult> {
  const limit = deadline(parts.timeoutMs, signal);
  const statement = new Statement(parts, limit);
  // A client of its own for each query: it keeps session changes of one query for the next.
  const trino = Trino.create(parts.connection);
  setAdapter(
    trino,
    axiosAdapter((request) => statement.exchange(request)),
  );
  try {
    const pages = await trino.query(sql);
    while ((await pages.next()).done !== true);
    return statement.result();
  } catch (thrown) {
    await statement.cancel();
    if (limit.expired()) throw queryTimedOut(statement.id, parts.timeoutMs ?? 0);
    if (signal?.aborted === true)
      throw signal.reason instanceof PipelineError ? signal.reason : queryInterrupted(statement.id);
    throw thrown;
  } finally {
    limit.dispose();
  }
}

class Statement {
  id: string | undefined;
  #nextUri: string | undefined;
  #columns: QueryResult["columns"] = [];
  readonly #rows: unknown[][] = [];
  #bytesRead: number | undefined;

  constructor(
    private readonly parts: StatementParts,
    private readonly limit: Deadline,
  ) {}

  async exchange(request: AdapterRequest): Promise<AdapterReply> {
    const { peer } = this.parts;
    const reply = await this.parts.send({
      method: request.method,
      url: request.url,
      headers: this.#headers(request),
      body: request.body,
      // Asked for again, Trino repeats the page. A statement whose first answer was lost never runs: Trino begins with
      // it when its next page is asked for.
      repeatable: true,
      retryStatuses: [429, 502, 503, 504],
      signal: this.limit.signal,
    });
    if (reply.status !== 200) throw this.#refused(reply);
    const page = readPage(peer, reply);
    this.#take(page);
    return { status: reply.status, headers: reply.headers, data: page };
  }

  result(): QueryResult {
    return {
      columns: this.#columns,
      rows: this.#rows,
      queryId: this.id ?? "",
      bytesRead: this.#bytesRead,
    };
  }

  /** Ends the query in Trino too; without this it runs on. Nothing to do once Trino has ended it. */
  async cancel(): Promise<void> {
    if (this.#nextUri === undefined) return;
    const request = {
      method: "DELETE",
      url: this.#nextUri,
      headers: this.parts.connection.extraHeaders ?? {},
    };
    try {
      const headers = this.#headers(request);
      await this.parts.sendCancel({ ...request, headers, repeatable: true, retryStatuses: [] });
    } catch {
      // What made us give up is what gets reported; Trino ends a query by itself that nobody asks for.
    }
  }

  #take(page: Page): void {
    this.id = page.id;
    this.#nextUri = page.nextUri ?? undefined;
    if (page.error) {
      this.#nextUri = undefined;
      throw queryFailed(this.parts.peer, page.id, page.error);
    }
    if (page.columns) this.#columns = page.columns;
    const read = page.stats?.physicalInputBytes;
    if (read !== undefined && read !== null) this.#bytesRead = Number(read);
    for (const row of page.data ?? []) this.#rows.push(row);
  }

  #headers(request: Pick<AdapterRequest, "url" | "headers">): Record<string, string> {
    const authorization = this.parts.authorization();
    if (authorization === undefined) return { ...request.headers };
    if (new URL(request.url).origin !== new URL(this.parts.peer.address).origin)
      throw elsewhere(this.parts.peer, request.url);
    return { ...request.headers, authorization };
  }

  #refused(reply: WireReply): PipelineError {
    const { peer } = this.parts;
    const general = refusal(peer, reply);
    if (general !== undefined) return general;
    if (this.id !== undefined && (reply.status === 404 || reply.status === 410)) {
      this.#nextUri = undefined;
      return queryForgotten(peer, this.id);
    }
    if (reply.status === 404 || reply.status < 400)
      return unexpected(peer, reply, "something that is not its API");
    return new PipelineError("QUERY_FAILED", {
      message: `Trino at ${peer.address} refused the query (HTTP ${reply.status})${saying(peer, reply.body)}`,
    });
  }
}

function readPage(peer: Peer, reply: WireReply): Page {
  let answer: unknown;
  try {
    answer = parseJson(reply.body);
  } catch {
    throw unexpected(peer, reply, "something that is not JSON");
  }
  const page = pageSchema.safeParse(answer);
  if (!page.success) throw unexpected(peer, { ...reply, body: "" }, "JSON that is not Trino's protocol");
  return page.data;
}
