import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { createTrinoClient, type TrinoOptions } from "../../../src/trino/client.js";
import { errorOf } from "../../support/errors.js";
import { serve, type Answer } from "../http/server.js";
import { asked, fakeTrino, instead, page, queryId } from "./fake-trino.js";

const client = (server: string, options: Partial<TrinoOptions> = {}) =>
  createTrinoClient({
    server,
    user: "reader",
    retry: { retries: 1, minWaitMs: 1, maxWaitMs: 1 },
    ...options,
  });

const next = `/v1/statement/executing/${queryId}/y/1`;

/** A Trino whose query runs for ever; `whileRunning` happens when its first result is asked for. */
const endless = (whileRunning: () => void, onDelete: Answer = { status: 204 }) =>
  serve(({ method }, _count, url) => {
    if (method === "DELETE") return onDelete;
    if (method === "POST") return { body: JSON.stringify({ id: queryId, nextUri: `${url}${next}` }) };
    whileRunning();
    return "hang";
  });

describe("a query that is given up", () => {
  it("is cancelled in Trino and ends in INTERRUPTED, naming it", async () => {
    const controller = new AbortController();
    const trino = await endless(() => controller.abort());
    const error = await errorOf(() => client(trino.url).query("SELECT 1", { signal: controller.signal }));
    expect([error.code, error.message]).toEqual([
      "INTERRUPTED",
      `Trino query ${queryId} was interrupted and cancelled`,
    ]);
    expect(asked(trino)).toEqual(["POST /v1/statement", `GET ${next}`, `DELETE ${next}`]);
  });

  it("ends in what the caller gave as reason", async () => {
    const controller = new AbortController();
    const reason = new PipelineError("TERMINATED", { message: "told to end" });
    const trino = await endless(() => controller.abort(reason));
    expect(await errorOf(() => client(trino.url).query("SELECT 1", { signal: controller.signal }))).toBe(
      reason,
    );
  });

  it.each<[string, Answer]>([
    ["refuses", { status: 500 }],
    ["drops the connection", "drop"],
    ["knows nothing of it", { status: 404 }],
  ])("ends all the same when Trino %s on cancelling", async (_, onDelete) => {
    const controller = new AbortController();
    const trino = await endless(() => controller.abort(), onDelete);
    const error = await errorOf(() => client(trino.url).query("SELECT 1", { signal: controller.signal }));
    expect(error.code).toBe("INTERRUPTED");
  });

  it("is never sent when it was given up before", async () => {
    const trino = await fakeTrino(page());
    const error = await errorOf(() => client(trino.url).query("SELECT 1", { signal: AbortSignal.abort() }));
    expect(error.code).toBe("INTERRUPTED");
    expect(trino.seen).toEqual([]);
  });
});

describe("a query with a limit", () => {
  it("that is over it is cancelled in Trino and ends in TIMEOUT", async () => {
    const trino = await fakeTrino(page(), instead("hang"), page());
    const error = await errorOf(() => client(trino.url, { queryTimeoutMs: 500 }).query("SELECT 1"));
    expect([error.code, error.message]).toEqual([
      "TIMEOUT",
      `Trino query ${queryId} took longer than 0.5 s and was cancelled`,
    ]);
    expect(asked(trino).at(-1)).toMatch(/^DELETE /);
  });

  it("tells Trino too, in whole seconds, so that it ends even when nobody is left to cancel it", async () => {
    const trino = await fakeTrino(page());
    await client(trino.url, { queryTimeoutMs: 90_500 }).query("SELECT 1");
    expect(trino.seen[0]?.headers["x-trino-session"]).toBe("query_max_run_time=91s");
  });

  it("leaves a limit alone that is set as session property", async () => {
    const trino = await fakeTrino(page());
    await client(trino.url, { queryTimeoutMs: 90_000, session: { query_max_run_time: "1h" } }).query(
      "SELECT 1",
    );
    expect(trino.seen[0]?.headers["x-trino-session"]).toBe("query_max_run_time=1h");
  });

  it("longer than Node's timers reach does not end at once", async () => {
    const trino = await fakeTrino(page(), page());
    const result = await client(trino.url, { queryTimeoutMs: 2 ** 40 }).query("SELECT 1");
    expect(result.queryId).toBe(queryId);
  });
});

describe("an exchange", () => {
  it("that Trino leaves unanswered ends in TIMEOUT, and the query is cancelled", async () => {
    const trino = await fakeTrino(page(), instead("hang"), page());
    const error = await errorOf(() => client(trino.url, { timeoutMs: 500 }).query("SELECT 1"));
    expect([error.code, error.message]).toEqual(["TIMEOUT", expect.stringContaining("did not answer GET")]);
    expect(asked(trino).at(-1)).toMatch(/^DELETE /);
  });
});
