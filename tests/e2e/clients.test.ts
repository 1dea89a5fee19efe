import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { createNessieClient } from "../../src/nessie/client.js";
import { createTrinoClient } from "../../src/trino/client.js";
import { errorOf } from "../support/errors.js";
import { startProxy } from "../support/proxy.js";

const { trinoUrl, nessieUri } = inject("stack");
const trino = createTrinoClient({ server: trinoUrl, user: "clients", catalog: "iceberg", schema: "clients" });
const nessie = createNessieClient({ uri: nessieUri });
const tag = "clients/test";

const head = async (): Promise<string> => (await nessie.reference("main")).hash;
const rows = async (sql: string) => (await trino.query(sql)).rows;

/** Commits of main: with the table and its views, and after the table's rows were deleted. */
let filled = "";
let emptied = "";

beforeAll(async () => {
  await trino.query("CREATE SCHEMA iceberg.clients");
  await trino.query("CREATE TABLE t AS SELECT BIGINT '9007199254740993' AS big");
  await trino.query("CREATE VIEW v AS SELECT big FROM t");
  filled = await head();
  await trino.query("DELETE FROM t");
  emptied = await head();
});

afterAll(async () => {
  await trino.query("DROP SCHEMA iceberg.clients CASCADE");
  const left = await nessie.findReference(tag);
  if (left !== null) await nessie.deleteTag(tag, left.hash);
});

describe("Nessie", () => {
  it("knows its commits by the start of their hash and by their order", async () => {
    expect(await nessie.commitsByPrefix("main", filled.slice(0, 12), 2)).toEqual([filled]);
    expect(await nessie.isAncestor(filled, emptied)).toBe(true);
    expect(await nessie.isAncestor(emptied, filled)).toBe(false);
    expect((await errorOf(() => nessie.isAncestor(filled, "0".repeat(64)))).code).toBe("HASH_UNKNOWN");
  });

  it("moves a tag only from where it is expected to stand", async () => {
    await nessie.createTag(tag, filled);
    expect((await errorOf(() => nessie.createTag(tag, filled))).code).toBe("CONFLICT");
    await nessie.moveTag(tag, filled, emptied);
    await nessie.moveTag(tag, filled, emptied);
    expect((await errorOf(() => nessie.moveTag(tag, "0".repeat(64), filled))).code).toBe("TAG_MOVED");
    expect(await nessie.tags("clients/")).toEqual([{ type: "TAG", name: tag, hash: emptied }]);
    await nessie.deleteTag(tag, filled);
    expect(await nessie.findReference(tag)).not.toBeNull();
    await nessie.deleteTag(tag, emptied);
    expect(await nessie.findReference(tag)).toBeNull();
  });

  it("gives what was behind a name at a commit", async () => {
    const names = await nessie.names(filled);
    expect([names.get("clients.t"), names.get("clients.v")]).toEqual(["table", "view"]);
    expect(
      Object.fromEntries(await nessie.contents(filled, ["clients.t", "clients.v", "clients.no"])),
    ).toEqual({
      "clients.t": { type: "table", content: expect.stringContaining("s3://") },
      "clients.v": {
        type: "view",
        sql: expect.stringMatching(/^SELECT big\s+FROM\s+t\s*$/),
        defaultCatalog: "iceberg",
        defaultSchema: "clients",
      },
    });
  });
});

describe("Trino", () => {
  it("reads a table as of any commit, exactly", async () => {
    expect(await rows(`SELECT big FROM "t#${filled}"`)).toEqual([[9007199254740993n]]);
    expect(await rows(`SELECT big FROM "t#${emptied}"`)).toEqual([]);
  });

  it("shows a pinned view's text and still reads live tables through it", async () => {
    expect(await rows(`SHOW CREATE VIEW "v#${filled}"`)).toEqual([
      [expect.stringMatching(/SELECT big\s+FROM\s+t/)],
    ]);
    expect(await rows(`SELECT big FROM "v#${filled}"`)).toEqual([]);
  });

  it("gives all rows of a result of many pages", async () => {
    const { rows: all } = await trino.query("SELECT orderkey FROM tpch.tiny.orders");
    expect(new Set(all.map(([key]) => key)).size).toBe(15_000);
  });

  it("fails with its own words", async () => {
    const error = await errorOf(() => trino.query("SELECT nothing\nFROM t"));
    expect(error.code).toBe("QUERY_FAILED");
    expect(error.message).toMatch(/\(COLUMN_NOT_FOUND\): line 1:8: Column 'nothing' cannot be resolved/);
  });

  it("runs no statement whose first answer was lost, so that it may be sent again", async () => {
    let lost = 0;
    const proxy = await startProxy(trinoUrl, async ({ method }) => {
      if (method !== "POST" || lost > 0) return "pass";
      lost += 1;
      return "lose-reply";
    });
    onTestFinished(() => proxy.close());
    const source = `lost-${Date.now()}`;
    await createTrinoClient({ server: proxy.url, user: "clients", source }).query(
      "INSERT INTO iceberg.clients.t VALUES (7)",
    );
    expect(lost).toBe(1);
    expect(await rows("SELECT count(*) FROM t WHERE big = 7")).toEqual([[1]]);
    expect(await rows(`SELECT count(*) FROM system.runtime.queries WHERE source = '${source}'`)).toEqual([
      [1],
    ]);
  });

  it("ends a query that is given up", async () => {
    const controller = new AbortController();
    const name = `given_up_${Date.now()}`;
    const running = `SELECT query_id FROM system.runtime.queries WHERE query LIKE '%AS ${name}' AND state = 'RUNNING'`;
    const query = errorOf(() =>
      trino.query(`SELECT count(*) AS ${name}, max(comment) FROM tpch.sf1000.lineitem AS ${name}`, {
        signal: controller.signal,
      }),
    );
    await expect.poll(() => rows(running), { timeout: 60_000 }).toHaveLength(1);
    controller.abort();
    expect((await query).code).toBe("INTERRUPTED");
    await expect.poll(() => rows(running), { timeout: 60_000 }).toEqual([]);
  });
});
