import { describe, expect, it } from "vitest";
import { createNessieClient } from "../../../src/nessie/client.js";
import type { ContentChange } from "../../../src/release/ports.js";
import { errorOf } from "../../support/errors.js";
import { replay } from "../http/replay.js";
import { json, serve } from "../http/server.js";

const from = "6166e2df3de84ac15e97a8c8548226e2b680130eace70a5f9716ce90e75e3d99";
const to = "776440b4d9bdcea66a487420e3e425c3405fee17c3c2a42d1958c150784fd39f";
const main = "ff4e25a6fea5d044d5c55ab90fb436e0b9881419075bbfa3b549f7136c8be40d";
const synthetic = "24f2e31060facb6b56a6eca919f1b2fff5896dd31be78da6636dadc900c96817";
const nowhere = "0".repeat(64);

async function recorded(name: string) {
  const server = await replay("nessie", name);
  return { nessie: createNessieClient({ uri: `${server.url}/api/v2` }), left: server.left };
}

async function all(pages: AsyncIterable<readonly ContentChange[]>): Promise<readonly ContentChange[]> {
  const found: ContentChange[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

/** Nessie of which two commits differ in these. */
async function changesAmong(...diffs: object[]) {
  const server = await serve(() => json({ hasMore: false, diffs }));
  return all(createNessieClient({ uri: server.url }).changes(from, to));
}

const table = (snapshotId: number, more: object = {}) => ({
  type: "ICEBERG_TABLE",
  id: "7f3a",
  metadataLocation: `s3://lake/${snapshotId}.json`,
  snapshotId,
  schemaId: 0,
  ...more,
});
const view = (metadataLocation: string) => ({
  type: "ICEBERG_VIEW",
  id: "9b",
  metadataLocation,
  schemaId: 0,
});
const key = { elements: ["oso", "t"] };

describe("what differs at two commits", () => {
  it("comes over all pages, told apart by snapshots of 64 bits", async () => {
    const { nessie, left } = await recorded("changes");
    const changes = await all(nessie.changes(from, to));
    expect(changes.map(({ name }) => name)).toEqual([
      "back_lab.p",
      "back_lab.t",
      "back_lab.u",
      "back_lab.w",
      "ver5.t2",
    ]);
    expect(changes[0]?.from?.rows).toMatch(/ 5956518692164787062$/);
    expect(changes[0]?.to?.rows).toMatch(/ 1858756872018697474$/);
    expect(changes[2]).toMatchObject({ from: null, to: { kind: "table" } });
    expect(left()).toEqual([]);
  });

  it("is nothing for one and the same commit, and asks nobody", async () => {
    const server = await serve(() => json({}));
    expect(await all(createNessieClient({ uri: server.url }).changes(from, from))).toEqual([]);
    expect(server.seen).toEqual([]);
  });

  it("knows a commit that is missing", async () => {
    const { nessie } = await recorded("changes-unknown-commit");
    const error = await errorOf(() => all(nessie.changes(from, nowhere)));
    expect(error).toMatchObject({ code: "HASH_UNKNOWN" });
    expect(error.message).toContain(nowhere);
  });

  it("leaves out namespaces, and commits of statistics or properties only", async () => {
    const statistics = table(1, { metadataLocation: "s3://lake/1-statistics.json" });
    expect(
      await changesAmong(
        { key: { elements: ["oso"] }, from: null, to: { type: "NAMESPACE" } },
        { key, from: table(1), to: statistics },
      ),
    ).toEqual([]);
  });

  it.each<[string, object, object]>([
    ["rows", table(1), table(2)],
    ["columns", table(1), table(1, { schemaId: 1 })],
    ["a table made anew under its name", table(1), table(1, { id: "8c" })],
    ["the text of a view", view("s3://lake/v1.json"), view("s3://lake/v2.json")],
    ["a table instead of a view", view("s3://lake/v1.json"), table(1)],
  ])("tells of %s", async (_, before, after) => {
    expect(await changesAmong({ key, from: before, to: after })).toMatchObject([{ name: "oso.t" }]);
  });
});

describe("what metadata says", () => {
  it("of tables: rows without those that are deleted, and columns; of views: text and columns", async () => {
    const { nessie, left } = await recorded("facts");
    expect(await nessie.facts(main, "table", "back_lab.w")).toEqual({
      rows: { rows: 12_703, exact: true },
      columns: [
        { name: "orderkey", type: "long" },
        { name: "custkey", type: "long" },
        { name: "totalprice", type: "double" },
        { name: "y", type: "long" },
      ],
      text: null,
    });
    expect(await nessie.facts(main, "table", "back_lab.e")).toMatchObject({ rows: { rows: 0, exact: true } });
    const merged = await nessie.facts(main, "table", "sqlmesh__und2.und2__latest__2481191269");
    expect(merged).toMatchObject({ rows: { rows: 3, exact: false } });
    const overview = await nessie.facts(main, "view", "und2.overview");
    expect(overview).toMatchObject({ rows: null, text: { defaultCatalog: "iceberg" } });
    expect(overview?.columns).toContainEqual({ name: "source", type: "string" });
    expect(await nessie.facts(main, "table", "back_lab.absent")).toBeNull();
    expect(await nessie.facts(synthetic, "table", "sqlmesh__big.big__model_00001__1000001")).toBeNull();
    expect(left()).toEqual([]);
  });

  it("of a table without a snapshot is that it is empty; nested types are written out", async () => {
    const fields = [
      { name: "list", type: { type: "list", element: "long" } },
      { name: "map", type: { type: "map", key: "string", value: "decimal(10, 2)" } },
      {
        name: "row",
        type: { type: "struct", fields: [{ name: "a", type: { type: "list", element: "int" } }] },
      },
    ];
    const server = await serve(() =>
      json({
        metadata: {
          schemas: [
            { "schema-id": 0, fields: [] },
            { "schema-id": 1, fields },
          ],
          "current-schema-id": 1,
          "current-snapshot-id": -1,
        },
      }),
    );
    expect(await createNessieClient({ uri: server.url }).facts(main, "table", "oso.t")).toEqual({
      rows: { rows: 0, exact: true },
      columns: [
        { name: "list", type: "list<long>" },
        { name: "map", type: "map<string, decimal(10, 2)>" },
        { name: "row", type: "struct<a: list<int>>" },
      ],
      text: null,
    });
  });

  it("is not made up where the service as such fails", async () => {
    const server = await serve(() => json({ error: { message: "no storage", type: "X" } }, 500));
    const error = await errorOf(() => createNessieClient({ uri: server.url }).facts(main, "table", "oso.t"));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
  });
});

describe("kinds", () => {
  it("are told of what is there, and of tables and views only", async () => {
    const server = await serve(() =>
      json({
        contents: [
          { key: { elements: ["oso", "t"] }, content: table(1) },
          { key: { elements: ["oso", "v"] }, content: view("s3://lake/v1.json") },
          { key: { elements: ["oso"] }, content: { type: "NAMESPACE" } },
        ],
      }),
    );
    const kinds = await createNessieClient({ uri: server.url }).kinds(main, [
      "oso.t",
      "oso.v",
      "oso.x",
      "oso",
    ]);
    expect(Object.fromEntries(kinds)).toEqual({ "oso.t": "table", "oso.v": "view" });
  });
});
