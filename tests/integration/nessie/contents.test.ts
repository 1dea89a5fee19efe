import { EventEmitter, once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { createNessieClient } from "../../../src/nessie/client.js";
import { errorOf } from "../../support/errors.js";
import { recording, replay } from "../http/replay.js";
import { json, serve } from "../http/server.js";

const hash = "a40fb5b84e451ecfa48c4b03a3b8b7031d09efd10a1020aef09dea5d7a5f14e1";
const nowhere = "0".repeat(64);

async function recorded(name: string) {
  const server = await replay("nessie", name);
  return { nessie: createNessieClient({ uri: `${server.url}/api/v2` }), left: server.left };
}

const version = (id: number, ...dialects: string[]) => ({
  "version-id": id,
  "schema-id": 0,
  representations: dialects.map((dialect) => ({ type: "sql", sql: `${dialect} ${id}`, dialect })),
});

describe("the catalogue at a commit", () => {
  it("tells tables from views, gives a view's text and what its unqualified names mean, and leaves out the rest", async () => {
    const { nessie, left } = await recorded("contents");
    const names = ["clients_lab.t", "clients_lab.v", "clients_lab.v2", "clients_lab", "clients_lab.absent"];
    const contents = await nessie.contents(hash, names);
    expect(Object.fromEntries(contents)).toEqual({
      "clients_lab.t": {
        type: "table",
        content:
          "d06f1b7d-df62-4ea8-af4d-220da3910c02 s3://lake/clients_lab/t_6958ab54-f4b8-435f-a46c-d5cb8dd50aa9/metadata/00000-c8462f57-3724-4bf9-8721-e2e267f7fb0d.metadata.json 4696621884600235920",
      },
      "clients_lab.v": {
        type: "view",
        sql: "SELECT *\nFROM\n  iceberg.clients_lab.t\n",
        defaultCatalog: null,
        defaultSchema: "clients_lab",
      },
      "clients_lab.v2": {
        type: "view",
        sql: "SELECT (a + 1) b\nFROM\n  v\n",
        defaultCatalog: "iceberg",
        defaultSchema: "clients_lab",
      },
    });
    expect(left()).toEqual([]);
  });

  it("knows a commit that is missing", async () => {
    const { nessie } = await recorded("contents-unknown-commit");
    expect((await errorOf(() => nessie.contents(nowhere, ["clients_lab.t"]))).code).toBe("HASH_UNKNOWN");
  });

  it("asks for nothing where there is nothing to ask", async () => {
    const server = await serve(() => json({}));
    expect(await createNessieClient({ uri: server.url }).contents(hash, [])).toEqual(new Map());
    expect(server.seen).toEqual([]);
  });

  it("asks for many names in several requests, each name once", async () => {
    const server = await serve(() => json({ contents: [] }));
    const names = Array.from({ length: 401 }, (_, index) => `oso.t${index}`);
    await createNessieClient({ uri: server.url }).contents(hash, [...names, "oso.t0"]);
    expect(server.seen).toHaveLength(3);
    const asked = server.seen.flatMap(({ body }) => body.match(/"t\d+"/g) ?? []);
    expect(new Set(asked).size).toBe(401);
    expect(asked).toHaveLength(401);
  });

  it("keeps the levels of a nested namespace apart, and special characters inside them", async () => {
    const server = await serve(({ method }) =>
      method === "POST"
        ? json({ contents: [{ key: { elements: ["a b", "c/d", "v"] }, content: { type: "ICEBERG_VIEW" } }] })
        : json(JSON.parse(viewReply())),
    );
    await createNessieClient({ uri: server.url }).contents(hash, ["a b.c/d.v"]);
    expect(server.seen[1]?.path).toBe(`/iceberg/v1/%40${hash}/namespaces/a%20b%1Fc%2Fd/views/v`);
  });

  it.each([
    [["spark", "trino"], "trino 2"],
    [["spark", "hive"], "spark 2"],
  ])("reads the current version of a view, Trino's text before others (%j)", async (dialects, sql) => {
    const metadata = {
      "view-uuid": "ebb72b36-3ed1-4aa3-bcaa-42c4bfd451c4",
      "current-version-id": 2,
      versions: [version(1, "trino"), version(2, ...dialects)],
    };
    const server = await serve(({ method }) =>
      method === "POST"
        ? json({ contents: [{ key: { elements: ["oso", "v"] }, content: { type: "ICEBERG_VIEW" } }] })
        : json({ metadata }),
    );
    const contents = await createNessieClient({ uri: server.url }).contents(hash, ["oso.v"]);
    expect(contents.get("oso.v")).toEqual({ type: "view", sql, defaultCatalog: null, defaultSchema: null });
  });

  it("reads as many views at once as it may, and no more", async () => {
    const elements = Array.from({ length: 12 }, (_, index) => ["oso", `v${index}`]);
    const contents = elements.map((key) => ({ key: { elements: key }, content: { type: "ICEBERG_VIEW" } }));
    const held = new EventEmitter();
    let most = 0;
    let released = false;
    const server = await serve(async ({ method, path }) => {
      if (method === "POST") return json({ contents });
      if (path.endsWith("/trees/main"))
        return { body: recording("nessie", "reference")[0]?.reply.body ?? "" };
      if (!released) {
        most += 1;
        await once(held, "release");
      }
      return { body: viewReply() };
    });
    const nessie = createNessieClient({ uri: server.url, concurrency: 3 });
    const all = nessie.contents(hash, ["oso.v0"]);
    await vi.waitUntil(() => most >= 3, { timeout: 10_000 });
    // A request sent later has come back, so whatever was sent with the first three has arrived.
    await nessie.reference("main");
    expect(most).toBe(3);
    released = true;
    held.emit("release");
    expect((await all).size).toBe(12);
  });

  it("asks the Iceberg endpoint that is configured, and names it when it is broken", async () => {
    const api = await serve(() => ({ body: recording("nessie", "contents")[0]?.reply.body ?? "" }));
    const iceberg = await serve(() => ({
      status: 500,
      body: '{"error": {"message": "no storage", "type": "X"}}',
    }));
    const nessie = createNessieClient({ uri: api.url, icebergUri: `${iceberg.url}/catalog/` });
    const error = await errorOf(() => nessie.contents(hash, ["clients_lab.v"]));
    expect(error.message).toBe(
      `Nessie's Iceberg catalogue at ${iceberg.url}/catalog failed (HTTP 500): no storage`,
    );
  });
});

const viewReply = (): string => recording("nessie", "contents")[1]?.reply.body ?? "";
