import { describe, expect, it } from "vitest";
import { createNessieClient } from "../../../src/nessie/client.js";
import { errorOf } from "../../support/errors.js";
import { replay } from "../http/replay.js";
import { type Answer, closedAddress, json, serve } from "../http/server.js";

const client = (uri: string, branch?: string) =>
  createNessieClient({ uri, branch, retry: { retries: 1, minWaitMs: 1, maxWaitMs: 1 } });

describe("commits on tables", () => {
  /**
   * Recorded between two commits: a column added to `kept` and rows inserted (data, then statistics), `foreign` and
   * `made` created, rows deleted from `kept`, `dropped` dropped, a comment put on `made`.
   */
  const since = "ec8ebb002febb8bc9fab55daaa55aca3356afbd46c0024524c3a03573c07765a";
  const until = "763f665e4cb44440b04b5b80512082c0422b3c2186d3290968bda0f3ae317fb0";

  it("are those that changed data of these tables or dropped them, oldest first", async () => {
    const server = await replay("nessie", "commits-on-tables");
    const tables = new Set(["recorded.kept", "recorded.made", "recorded.dropped", "recorded.absent"]);
    const commits = await client(server.url).commitsOn(since, until, tables);
    expect(commits.map(({ hash, table }) => `${hash.slice(0, 6)} ${table}`)).toEqual([
      "892301 recorded.kept",
      "d31dce recorded.made",
      "35aa0b recorded.kept",
      "8c8410 recorded.dropped",
    ]);
    expect(server.left()).toEqual([]);
  });

  it("are none, and nothing is asked, within one commit or for no table", async () => {
    const nessie = client(await closedAddress());
    expect(await nessie.commitsOn(since, since, new Set(["recorded.kept"]))).toEqual([]);
    expect(await nessie.commitsOn(since, until, new Set())).toEqual([]);
  });
});

/** Nessie with a history of inserts into `s.t`: commit n has snapshot n, beyond what a number holds exactly. */
async function longHistory(commits: number, pageSize: number) {
  const root = "f".repeat(64);
  const hash = (n: number): string => (n === 0 ? root : n.toString(16).padStart(64, "0"));
  const content = (n: number): string =>
    `{"type":"ICEBERG_TABLE","snapshotId":90071992547409${String(n).padStart(5, "0")}}`;
  const entry = (n: number): string =>
    `{"commitMeta":{"hash":"${hash(n)}"},
      "operations":[{"type":"PUT","key":{"elements":["s","t"]},"content":${content(n)}}]}`;
  const server = await serve(({ path, method }, _count, url) => {
    const { pathname, searchParams } = new URL(path, url);
    if (pathname.endsWith("/config")) return json({ noAncestorHash: root });
    if (pathname.endsWith("/trees/prod")) {
      return json({ reference: { type: "BRANCH", name: "prod", hash: hash(commits) } });
    }
    const at = decodeURIComponent(pathname.split("/")[4] ?? "").slice(1);
    const now = Number.parseInt(at, 16);
    if (method === "POST") {
      return { body: `{"contents":[{"key":{"elements":["s","t"]},"content":${content(now)}}]}` };
    }
    if (now > commits) {
      return json({ status: 404, message: "no such commit", errorCode: "REFERENCE_NOT_FOUND" }, 404);
    }
    const from = Number(searchParams.get("page-token") ?? now);
    const limit = searchParams.get("limit-hash");
    const shown: string[] = [];
    let next = from;
    let isOver = false;
    while (next > 0 && shown.length < pageSize && !isOver) {
      isOver = hash(next) === limit;
      shown.push(entry(next));
      next -= 1;
    }
    const hasMore = next > 0 && !isOver;
    return {
      body: `{"hasMore":${hasMore},"token":${hasMore ? `"${next}"` : "null"},"logEntries":[${shown.join(",")}]}`,
    };
  });
  return { server, hash, main: client(server.url, "prod") };
}

describe("a long history", () => {
  const table = new Set(["s.t"]);

  it.each([1, 3, 7, 250])(
    "is read over pages of %i to where the run began, without that commit",
    async (size) => {
      const { main, hash } = await longHistory(20, size);
      const found = await main.commitsOn(hash(5), hash(18), table);
      expect(found.map((commit) => commit.hash)).toEqual(
        Array.from({ length: 13 }, (_, index) => hash(6 + index)),
      );
    },
  );

  it("is read from its empty beginning", async () => {
    const { main, hash } = await longHistory(4, 2);
    expect(await main.commitsOn(hash(0), hash(4), table)).toHaveLength(4);
  });

  it("takes a request for each page of it, and two more", async () => {
    const { server, main, hash } = await longHistory(2_001, 250);
    expect(await main.commitsOn(hash(1), hash(2_001), table)).toHaveLength(2_000);
    expect(server.seen).toHaveLength(9 + 2);
  });

  it("is an error where the run's start is not in it", async () => {
    const { main, hash } = await longHistory(6, 250);
    const error = await errorOf(() => main.commitsOn(hash(999), hash(6), table));
    expect([error.code, error.message]).toEqual(["HASH_NOT_ON_MAIN", expect.stringContaining("prod")]);
  });

  it("is an error where Nessie does not know its end", async () => {
    const { main, hash } = await longHistory(6, 250);
    expect((await errorOf(() => main.commitsOn(hash(1), hash(7), table))).code).toBe("HASH_UNKNOWN");
  });

  it("has the configured branch's head", async () => {
    const { main, hash } = await longHistory(6, 250);
    expect(await main.head()).toBe(hash(6));
  });
});

describe("who wrote a commit", () => {
  const commit = (digit: string, table = "s.t") => ({
    hash: digit.repeat(64),
    table,
  });
  const snapshot = (id: string, writer?: string): string =>
    `{"snapshot-id":${id},"summary":{"operation":"append"${writer === undefined ? "" : `,"trino_query_id":"${writer}"`}}}`;
  const metadata = (current: string, ...snapshots: string[]): Answer => ({
    body: `{"metadata":{"current-snapshot-id":${current},"snapshots":[${snapshots.join(",")}]}}`,
  });
  const icebergError = (status: number, type: string): Answer =>
    json({ error: { message: "said by Nessie", type, code: status } }, status);

  it("is the query in the table's snapshot at that commit", async () => {
    const { url, left } = await replay("nessie", "writer");
    const at = {
      ...commit("0"),
      hash: "892301ff3899eedd469a8515f9b22ddd38e65763128747322896651ba498d722",
      table: "recorded.kept",
    };
    expect(await client(url).writers([at])).toEqual([{ commit: at, queryId: "20261121_151442_00058_iqhzk" }]);
    expect(left()).toEqual([]);
  });

  it("is told in the order asked, of nested schemas too, by the current snapshot of several", async () => {
    const server = await serve(({ path }) =>
      path.includes("b".repeat(64))
        ? metadata("9007199254740995", snapshot("9007199254740993", "old"), snapshot("9007199254740995", "b"))
        : metadata("1", snapshot("1", "a")),
    );
    const commits = [commit("b", "outer.in ner.t"), commit("a"), commit("b")];
    const found = await client(server.url).writers(commits);
    expect(found.map(({ queryId }) => queryId)).toEqual(["b", "a", "b"]);
    expect(server.seen.map(({ path }) => path)).toContain(
      `/iceberg/v1/%40${"b".repeat(64)}/namespaces/outer%1Fin%20ner/tables/t`,
    );
  });

  it.each<[string, Answer]>([
    ["the table is gone", icebergError(404, "NoSuchTableException")],
    ["Nessie has forgotten the commit", icebergError(400, "NoSuchReferenceException")],
    ["another engine wrote it", metadata("1", snapshot("1"))],
    ["the table has no snapshot", json({ metadata: { "current-snapshot-id": -1 } })],
  ])("is unknown where %s, and known of all others", async (_, answer) => {
    const server = await serve(({ path }) =>
      path.includes("b".repeat(64)) ? answer : metadata("1", snapshot("1", "a")),
    );
    const found = await client(server.url).writers([commit("a"), commit("b"), commit("c")]);
    expect(found.map(({ queryId }) => queryId)).toEqual(["a", null, "a"]);
  });

  it.each<[string, Answer]>([
    ["fails", { status: 500, body: "broken" }],
    ["is another service", { status: 404, body: "<h1>Not found</h1>" }],
  ])("is not taken for unknown when what answers %s", async (_, answer) => {
    const server = await serve(() => answer);
    expect((await errorOf(() => client(server.url).writers([commit("a")]))).code).toBe("SERVICE_UNAVAILABLE");
  });
});
