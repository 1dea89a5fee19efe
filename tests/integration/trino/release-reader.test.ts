import { describe, expect, it } from "vitest";
import type { TableName } from "../../../src/core/table-name.js";
import { createTrinoClient } from "../../../src/trino/client.js";
import { releaseReader } from "../../../src/trino/release-reader.js";
import { errorOf } from "../../support/errors.js";
import { type Answer, json, serve } from "../http/server.js";
import { trinoError } from "./fake-trino.js";

const release = "a40fb5b84e451ecfa48c4b03a3b8b7031d09efd10a1020aef09dea5d7a5f14e1";
const base = "4600c2dbba539511814091351a71110f44015241880536b489459a2d2a94d8a3";

/** A table as Trino 476 lists it in `referencedTables`, below the views whose texts name it. */
const named = (table: string, ...through: readonly string[]) => ({
  catalog: "iceberg",
  schema: "oso",
  table,
  authorization: "oso",
  filters: [],
  columns: [],
  directlyReferenced: through.length === 0,
  referenceChain: through.map((view) => ({
    "@type": "view",
    catalogName: "iceberg",
    schemaName: "oso",
    viewName: view,
  })),
});

interface FakeTrino {
  /** The names of a query's views → what Trino lists; an error name fails the query. */
  readonly tables?: (views: readonly string[]) => object[] | string;
  /** Answers the question what a query named, in Trino's place. */
  readonly info?: () => Answer;
  readonly rows?: readonly unknown[][];
}

async function trino({ tables = () => [], info, rows }: FakeTrino) {
  let answers: object[] = [];
  const statements: string[] = [];
  const server = await serve(({ method, path, body }) => {
    const id = "20261121_000000_00001_abcde";
    if (method === "GET" && path === `/v1/query/${id}`)
      return info?.() ?? json({ queryId: id, referencedTables: answers });
    statements.push(body);
    const found = tables([...body.matchAll(/"([^"]+)#[0-9a-f]{64}"/g)].map((match) => match[1] ?? ""));
    if (typeof found === "string")
      return json({
        id,
        stats: {},
        error: trinoError({ errorName: found, message: `${found} of ${body.length}` }),
      });
    answers = found;
    return json({ id, stats: {}, columns: [{ name: "c", type: "x" }], data: rows ?? [] });
  });
  const retry = { retries: 1, minWaitMs: 1, maxWaitMs: 1 };
  const engine = createTrinoClient({ server: server.url, user: "test", retry });
  return { reader: releaseReader(engine, "iceberg"), statements };
}

const tablesIn = (read: readonly TableName[] | { error: string } | undefined): string[] | string =>
  read === undefined ? "unknown" : "error" in read ? read.error : read.map(({ table }) => table);

describe("what views read as of a commit", () => {
  it("is all that Trino's analysis names, told apart by view, through views in between", async () => {
    const { reader, statements } = await trino({
      tables: () => [
        named(`v#${release}`),
        named(`t#${base}`, `v#${release}`),
        named(`top#${release}`),
        named("below", `top#${release}`),
        named("u", "below", `top#${release}`),
        named(`one#${release}`),
      ],
    });
    const read = await reader.tablesRead(["oso.v", "oso.top", "oso.one"], release);
    expect(read.get("oso.v")).toEqual([{ catalog: "iceberg", schema: "oso", table: `t#${base}` }]);
    expect(tablesIn(read.get("oso.top"))).toEqual(["below", "u"]);
    expect(read.get("oso.one")).toEqual([]);
    expect(statements).toEqual([
      `WITH v0 AS (SELECT 1 AS one FROM "iceberg"."oso"."v#${release}"), v1 AS (SELECT 1 AS one FROM "iceberg"."oso"."top#${release}"), v2 AS (SELECT 1 AS one FROM "iceberg"."oso"."one#${release}") SELECT 1`,
    ]);
  });

  it("leaves out what Trino's access control reads for a row filter", async () => {
    const filter = {
      "@type": "rowFilter",
      expression: "EXISTS (SELECT 1 FROM rights)",
      targetCatalogName: "iceberg",
      targetSchemaName: "oso",
      targetTableName: `t#${base}`,
    };
    const rights = { ...named("rights", "x"), referenceChain: [filter] };
    const { reader } = await trino({ tables: () => [named(`v#${release}`), rights] });
    expect(await reader.tablesRead(["oso.v"], release)).toEqual(new Map([["oso.v", []]]));
  });

  it("is asked for a hundred views at once, and of a group that fails by halves, until the right one is named", async () => {
    const views = Array.from({ length: 230 }, (_, index) => `oso.v${index}`);
    const { reader, statements } = await trino({
      tables: (names) =>
        names.includes("v150") ? "INVALID_VIEW" : names.flatMap((name) => [named("t", `${name}#${release}`)]),
    });
    const read = await reader.tablesRead(views, release);
    expect([...read.keys()].toSorted()).toEqual(views.toSorted());
    expect(read.get("oso.v150")).toMatchObject({
      error: expect.stringContaining("INVALID_VIEW"),
      isDenied: false,
    });
    expect([...read.values()].filter((one) => "error" in one)).toHaveLength(1);
    expect(tablesIn(read.get("oso.v151"))).toEqual(["t"]);
    expect(statements.length).toBeLessThan(20);
  });

  it("says of a view whether it is a right that is missing", async () => {
    const { reader } = await trino({ tables: () => "PERMISSION_DENIED" });
    expect((await reader.tablesRead(["oso.v"], release)).get("oso.v")).toMatchObject({ isDenied: true });
  });

  it("is not known where Trino cannot answer now", async () => {
    const { reader } = await trino({ tables: () => "CLUSTER_OUT_OF_MEMORY" });
    expect((await errorOf(() => reader.tablesRead(["oso.v", "oso.w"], release))).code).toBe(
      "SERVICE_UNAVAILABLE",
    );
  });

  it.each([
    ["a gateway keeps it back", (): Answer => ({ status: 404, body: "" })],
    ["it is in no form that is known", (): Answer => json({ queryId: "x" })],
  ])("is taken from the plan of each view where %s", async (_, info) => {
    const plan = {
      inputTableColumnInfos: [
        { table: { catalog: "iceberg", schemaTable: { schema: "oso", table: `t#${base}` } } },
      ],
    };
    const { reader, statements } = await trino({ info, rows: [[JSON.stringify(plan)]] });
    const read = await reader.tablesRead(["oso.v", "oso.w"], release);
    expect([...read.values()].map(tablesIn)).toEqual([[`t#${base}`], [`t#${base}`]]);
    expect(statements.filter((statement) => statement.startsWith("EXPLAIN")).toSorted()).toEqual(
      ["v", "w"].map(
        (view) => `EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM "iceberg"."oso"."${view}#${release}"`,
      ),
    );
  });

  it("is what is named for each view alone where an older Trino does not say by which view", async () => {
    const info = (): Answer =>
      json({ referencedTables: [{ ...named("t"), directlyReferenced: false, referenceChain: undefined }] });
    const { reader, statements } = await trino({ info });
    const read = await reader.tablesRead(["oso.v", "oso.w"], release);
    expect([...read.values()].map(tablesIn)).toEqual([["t"], ["t"]]);
    expect(statements.filter((statement) => statement.startsWith("EXPLAIN"))).toEqual([]);
  });
});

describe("the marker of a release", () => {
  it("is read as of a commit, or as readers see it now", async () => {
    const { reader, statements } = await trino({ rows: [[7]] });
    expect(await reader.marker("iceberg", release)).toBe(7);
    expect(await reader.marker("readers", null)).toBe(7);
    expect(statements).toEqual([
      `SELECT number FROM "iceberg"."oso_pipeline"."release#${release}"`,
      'SELECT number FROM "readers"."oso_pipeline"."release"',
    ]);
  });

  it.each(["TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"])("is missing where Trino says %s", async (error) => {
    const { reader } = await trino({ tables: () => error });
    expect(await reader.marker("readers", null)).toBeNull();
  });

  it.each([
    ["CATALOG_NOT_FOUND", "QUERY_FAILED"],
    ["SERVER_STARTING_UP", "SERVICE_UNAVAILABLE"],
  ])("is not known where Trino says %s", async (error, code) => {
    const { reader } = await trino({ tables: () => error });
    expect((await errorOf(() => reader.marker("readers", null))).code).toBe(code);
  });
});
