import { describe, expect, it } from "vitest";
import type { TableCommit } from "../../../src/restatement/ports.js";
import { createTrinoClient } from "../../../src/trino/client.js";
import { runningQueries } from "../../../src/trino/queries.js";
import { errorOf } from "../../support/errors.js";
import { serve } from "../http/server.js";
import { trinoError } from "./fake-trino.js";

const hash = (digit: string): string => digit.repeat(64);
const commit = (digit: string, table = "sqlmesh__oso.t__1"): TableCommit => ({
  hash: hash(digit),
  table,
  committedAt: "2026-11-21T10:00:00Z",
});

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
    queries: runningQueries(engine, { catalog: 'lake"house', signal: stop.signal }),
    statements: () => server.seen.map(({ body }) => body),
    stop,
  };
}

const error = (errorName: string, message = "said by Trino"): Reply => ({
  error: trinoError({ errorName, message }),
});

/** The commits that a statement asks about. */
const hashesIn = (sql: string): string[] =>
  [...sql.matchAll(/#([0-9a-f]{64})\$snapshots/g)].map(([, found]) => found ?? "");

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

describe("who wrote a commit", () => {
  const writerOf = (found: string): string => `query-${found[0]}`;
  const answered = (sql: string): Reply => ({
    // In no order, as a union gives them.
    rows: hashesIn(sql)
      .map((found, index) => [index, writerOf(found)])
      .toReversed(),
  });

  it("is asked of Iceberg for many commits in one statement, each in the table as of that commit", async () => {
    const { queries, statements } = await trino(answered);
    const commits = [commit("a"), commit("b", "nested.schema.t"), commit("c")];
    expect(await queries.writers(commits)).toEqual(
      commits.map((one) => ({ commit: one, queryId: writerOf(one.hash) })),
    );
    expect(statements()).toHaveLength(1);
    expect(statements()[0]).toContain(`FROM "lake""house"."nested.schema"."t#${hash("b")}$snapshots"`);
  });

  it("is asked in as many statements as it takes, and answered in the order asked", async () => {
    const { queries, statements } = await trino(answered);
    const commits = Array.from({ length: 100 }, (_, index) => commit("0123456789abcdef"[index % 16] ?? "0"));
    const found = await queries.writers(commits);
    expect(found.map(({ queryId }) => queryId)).toEqual(commits.map((one) => writerOf(one.hash)));
    expect(statements().length).toBeGreaterThan(1);
    expect(statements().length).toBeLessThan(10);
  });

  it.each(["TABLE_NOT_FOUND", "GENERIC_INTERNAL_ERROR", "PERMISSION_DENIED"])(
    "is unknown of a table that cannot be read (%s), and known of all others",
    async (name) => {
      const { queries } = await trino((sql) =>
        hashesIn(sql).includes(hash("b")) ? error(name) : answered(sql),
      );
      const found = await queries.writers(["a", "b", "c", "d", "e"].map((digit) => commit(digit)));
      expect(found.map(({ queryId }) => queryId)).toEqual(["query-a", null, "query-c", "query-d", "query-e"]);
    },
  );

  it("is unknown where the snapshot does not say, and where there is none", async () => {
    const { queries } = await trino(() => ({ rows: [[0, null]] }));
    const found = await queries.writers([commit("a"), commit("b")]);
    expect(found.map(({ queryId }) => queryId)).toEqual([null, null]);
  });

  it("is not taken for unknown when Trino is away or the user has enough", async () => {
    const away = await trino(() => error("SERVER_SHUTTING_DOWN"));
    expect((await errorOf(() => away.queries.writers([commit("a")]))).code).toBe("SERVICE_UNAVAILABLE");
    const stopped = await trino(answered);
    stopped.stop.abort();
    expect((await errorOf(() => stopped.queries.writers([commit("a")]))).code).toBe("INTERRUPTED");
  });

  it("asks nothing when there is nothing to ask", async () => {
    const { queries, statements } = await trino(answered);
    expect(await queries.writers([])).toEqual([]);
    expect(statements()).toEqual([]);
  });
});
