import { describe, expect, it } from "vitest";
import { createTrinoClient, type TrinoOptions } from "../../../src/trino/client.js";
import { errorOf } from "../../support/errors.js";
import { closedAddress, serve, type Answer } from "../http/server.js";
import { asked, columns, fakeTrino, instead, page, queryId, trinoError } from "./fake-trino.js";

const client = (server: string, options: Partial<TrinoOptions> = {}) =>
  createTrinoClient({
    server,
    user: "reader",
    retry: { retries: 3, minWaitMs: 1, maxWaitMs: 2 },
    ...options,
  });

const cancelled = (requests: readonly string[]): boolean =>
  requests.at(-1)?.startsWith("DELETE /v1/statement/") === true;

describe("pages", () => {
  it("lose no rows, those of the first answer neither", async () => {
    const trino = await fakeTrino(
      page({ columns, data: [[1], [2]] }),
      page(),
      page({ columns, data: [] }),
      page({ columns, data: [[3]] }),
      page({ columns, data: [[4]] }),
    );
    const result = await client(trino.url).query("SELECT n FROM t");
    expect(result).toEqual({ columns, rows: [[1], [2], [3], [4]], queryId });
  });

  it("end with the first where that holds everything", async () => {
    const trino = await fakeTrino(page({ columns, data: [[1]] }));
    expect((await client(trino.url).query("SELECT 1")).rows).toEqual([[1]]);
    expect(asked(trino)).toEqual(["POST /v1/statement"]);
  });

  it("may be empty for as long as the query waits", async () => {
    const trino = await fakeTrino(
      ...Array.from({ length: 500 }, () => page()),
      page({ columns, data: [[1]] }),
    );
    expect((await client(trino.url).query("SELECT 1")).rows).toEqual([[1]]);
  });

  it("of queries at the same time are not mixed up", async () => {
    const trino = await serve(({ body }) => ({
      body: JSON.stringify({ id: body, columns, data: [[Number(body.slice(7))]] }),
    }));
    const engine = client(trino.url);
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => engine.query(`SELECT ${n}`)));
    expect(results.map(({ rows }) => rows[0]?.[0])).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });
});

describe("a query that fails", () => {
  it("fails when the error comes with the first answer", async () => {
    const trino = await fakeTrino(
      page({ error: trinoError({ errorName: "SYNTAX_ERROR", message: "what?" }) }),
    );
    const error = await errorOf(() => client(trino.url).query("?"));
    expect([error.code, error.message]).toEqual([
      "QUERY_FAILED",
      `Trino query ${queryId} failed (SYNTAX_ERROR): what?`,
    ]);
  });

  it("fails when the error comes after rows", async () => {
    const trino = await fakeTrino(page(), page({ columns, data: [[1]] }), page({ error: trinoError({}) }));
    expect((await errorOf(() => client(trino.url).query("SELECT 1"))).message).toContain("DIVISION_BY_ZERO");
  });

  it("is not cancelled, for Trino has ended it", async () => {
    const trino = await fakeTrino(page(), page({ error: trinoError({}) }));
    await errorOf(() => client(trino.url).query("SELECT 1"));
    expect(cancelled(asked(trino))).toBe(false);
  });

  it("says where in the statement, once", async () => {
    const errorLocation = { lineNumber: 3, columnNumber: 7 };
    const message = async (text: string) => {
      const trino = await fakeTrino(page({ error: trinoError({ message: text, errorLocation }) }));
      return (await errorOf(() => client(trino.url).query("?"))).message;
    };
    expect(await message("Column 'x' cannot be resolved")).toContain(
      ": line 3:7: Column 'x' cannot be resolved",
    );
    expect(await message("line 3:7: Column 'x'")).toContain("): line 3:7: Column 'x'");
  });

  it.each([
    ["NO_NODES_AVAILABLE", "SERVICE_UNAVAILABLE"],
    ["SERVER_STARTING_UP", "SERVICE_UNAVAILABLE"],
    ["SERVER_SHUTTING_DOWN", "SERVICE_UNAVAILABLE"],
    ["CLUSTER_OUT_OF_MEMORY", "SERVICE_UNAVAILABLE"],
    ["QUERY_QUEUE_FULL", "SERVICE_UNAVAILABLE"],
    ["PERMISSION_DENIED", "PERMISSION_DENIED"],
    ["EXCEEDED_TIME_LIMIT", "TIMEOUT"],
    ["ADMINISTRATIVELY_KILLED", "QUERY_FAILED"],
    ["SOMETHING_OF_TOMORROW", "QUERY_FAILED"],
  ])("with %s is %s", async (errorName, code) => {
    const trino = await fakeTrino(page(), page({ error: trinoError({ errorName }) }));
    expect((await errorOf(() => client(trino.url).query("SELECT 1"))).code).toBe(code);
  });
});

describe("a passing refusal", () => {
  it.each([502, 503, 504, 429])("with HTTP %i while results are fetched is retried", async (status) => {
    const refused = instead({ status, body: "busy" });
    const trino = await fakeTrino(page(), refused, refused, page({ columns, data: [[1]] }), page());
    expect((await client(trino.url).query("SELECT 1")).rows).toEqual([[1]]);
  });

  it.each<[string, Answer]>([
    ["HTTP 429", { status: 429 }],
    ["HTTP 502", { status: 502 }],
    ["HTTP 503", { status: 503 }],
    ["HTTP 504", { status: 504 }],
    ["a dropped connection", "drop"],
    ["half an answer", "cut"],
  ])(
    "of the statement itself (%s) is retried, for Trino runs none whose page is not asked for",
    async (_, answer) => {
      const trino = await fakeTrino(instead(answer), page({ columns, data: [[1]] }));
      expect((await client(trino.url).query("SELECT 1")).rows).toEqual([[1]]);
      expect(asked(trino)).toEqual(["POST /v1/statement", "POST /v1/statement"]);
    },
  );

  it("that lasts is SERVICE_UNAVAILABLE, and the query is cancelled", async () => {
    const refused = instead({ status: 503, body: "maintenance" });
    const trino = await fakeTrino(page(), refused, refused, refused, refused, page());
    const error = await errorOf(() => client(trino.url).query("SELECT 1"));
    expect(error.message).toBe(`Trino at ${trino.url} failed (HTTP 503): maintenance`);
    expect(cancelled(asked(trino))).toBe(true);
  });
});

describe("a connection", () => {
  it.each(["drop", "cut"] as const)(
    "that breaks (%s) while results are fetched loses nothing",
    async (answer) => {
      const trino = await fakeTrino(
        page({ columns, data: [[1]] }),
        instead(answer),
        page({ columns, data: [[2]] }),
      );
      expect((await client(trino.url).query("SELECT n")).rows).toEqual([[1], [2]]);
    },
  );

  it("refused names Trino and its address", async () => {
    const server = await closedAddress();
    const error = await errorOf(() => client(server).query("SELECT 1"));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toBe(`Trino at ${server} cannot be reached: connection refused`);
  });

  it("to a coordinator that has forgotten the query is SERVICE_UNAVAILABLE", async () => {
    const trino = await fakeTrino(page(), instead({ status: 404, body: "Query not found" }), page());
    const error = await errorOf(() => client(trino.url).query("SELECT 1"));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain(`no longer knows query ${queryId}`);
    expect(cancelled(asked(trino))).toBe(false);
  });
});

describe("an answer that is not Trino's", () => {
  it.each([
    ["HTML", "<html><body>Please sign in</body></html>", "something that is not JSON: Please sign in"],
    ["nothing", "", "something that is not JSON"],
    ["other JSON", '{"status": "ok"}', "JSON that is not Trino's protocol"],
    ["half a page", '{"id": "x", "data": [[1], [', "something that is not JSON"],
    ["rows that are none", '{"id": "x", "data": [1]}', "JSON that is not Trino's protocol"],
  ])("(%s) is SERVICE_UNAVAILABLE, at the statement and later", async (_, body, message) => {
    const atOnce = await fakeTrino(instead({ body }), page());
    const error = await errorOf(() => client(atOnce.url).query("SELECT 1"));
    expect([error.code, error.message]).toEqual(["SERVICE_UNAVAILABLE", expect.stringContaining(message)]);
    const later = await fakeTrino(page(), instead({ body }), page());
    expect((await errorOf(() => client(later.url).query("SELECT 1"))).message).toContain(message);
    expect(cancelled(asked(later))).toBe(true);
  });

  it("(HTTP 404 to the statement) says that the address is another's", async () => {
    const server = await serve(() => ({ status: 404, body: "no such page" }));
    const error = await errorOf(() => client(server.url).query("SELECT 1"));
    expect(error.hint).toBe("check that the configured address is that of Trino");
  });

  it("(HTTP 400) keeps what Trino said", async () => {
    const server = await serve(() => ({ status: 400, body: "Invalid X-Trino-Session header" }));
    const error = await errorOf(() => client(server.url).query("SELECT 1"));
    expect([error.code, error.message]).toEqual([
      "QUERY_FAILED",
      expect.stringContaining("Invalid X-Trino-Session header"),
    ]);
  });
});
