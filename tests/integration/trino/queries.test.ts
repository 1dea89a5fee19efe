import { describe, expect, it } from "vitest";
import { createTrinoClient } from "../../../src/trino/client.js";
import { runningQueries } from "../../../src/trino/queries.js";
import { errorOf } from "../../support/errors.js";
import { serve } from "../http/server.js";
import { trinoError } from "./fake-trino.js";

type Reply = { readonly rows: readonly unknown[][] } | { readonly error: Record<string, unknown> };

/** Trino that answers each statement in one page, by its text. */
async function trino(reply: (sql: string) => Reply) {
  const server = await serve(({ body }) => {
    const answer = reply(body);
    const content =
      "error" in answer
        ? { error: answer.error }
        : { columns: [{ name: "c", type: "x" }], data: answer.rows };
    return { body: JSON.stringify({ id: "20261121_000000_00001_abcde", ...content, stats: {} }) };
  });
  const engine = createTrinoClient({
    server: server.url,
    user: "test",
    retry: { retries: 1, minWaitMs: 1, maxWaitMs: 1 },
  });
  const stop = new AbortController();
  return {
    queries: runningQueries(engine),
    statements: () => server.seen.map(({ body }) => body),
    stop,
  };
}

const error = (errorName: string, message = "said by Trino"): Reply => ({
  error: trinoError({ errorName, message }),
});

describe("queries of a source", () => {
  it("have ended once Trino says that they and their tasks have", async () => {
    const { queries, statements } = await trino(() => ({
      rows: [
        ["20261121_000000_00002_abcde", true],
        ["20261121_000000_00003_abcde", false],
      ],
    }));
    expect(await queries.ofSource("oso-pipeline:it's")).toEqual([
      { id: "20261121_000000_00002_abcde", ended: true },
      { id: "20261121_000000_00003_abcde", ended: false },
    ]);
    expect(statements()).toEqual([expect.stringContaining("source = 'oso-pipeline:it''s'")]);
  });

  it("may be nobody's to see", async () => {
    const { queries } = await trino(() =>
      error("PERMISSION_DENIED", "Access Denied: Cannot select from table"),
    );
    expect((await errorOf(() => queries.ofSource("x"))).code).toBe("PERMISSION_DENIED");
  });
});

describe("killing a query", () => {
  it("gives Trino the id and the reason", async () => {
    const { queries, statements } = await trino(() => ({ rows: [] }));
    await queries.kill("20261121_000000_00002_abcde", "it's over");
    expect(statements()).toEqual([
      "CALL system.runtime.kill_query(query_id => '20261121_000000_00002_abcde', message => 'it''s over')",
    ]);
  });

  it.each([
    ["has ended meanwhile", "NOT_SUPPORTED", "Target query is not running: q"],
    ["Trino has forgotten", "NOT_FOUND", "Target query not found: q"],
  ])("is fine with one that %s", async (_, name, message) => {
    const { queries } = await trino(() => error(name, message));
    await expect(queries.kill("q", "x")).resolves.toBeUndefined();
  });

  it.each([
    ["PERMISSION_DENIED", "PERMISSION_DENIED"],
    ["PROCEDURE_NOT_FOUND", "QUERY_FAILED"],
  ])("fails where Trino refuses with %s", async (name, code) => {
    const { queries } = await trino(() => error(name));
    expect((await errorOf(() => queries.kill("q", "x"))).code).toBe(code);
  });
});

it("asks no longer once it is interrupted", async () => {
  const { queries, stop } = await trino(() => ({ rows: [] }));
  stop.abort();
  expect((await errorOf(() => queries.ofSource("x", stop.signal))).code).toBe("INTERRUPTED");
  expect((await errorOf(() => queries.kill("q", "x", stop.signal))).code).toBe("INTERRUPTED");
});
