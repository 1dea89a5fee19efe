import { describe, expect, it } from "vitest";
import { readCommit } from "../../../src/verification/commit-reading.js";
import { byCatalog, byHash, liveOnly, type Naming } from "../../../src/verification/naming.js";
import { Pinning, type Reading } from "../../../src/verification/pin.js";
import { hash } from "../../support/fake-reference-store.js";
import { catalogOf, markedReader, table, view } from "../../support/verification.js";

const H = hash("ab");
/** Of an earlier commit, and of the branch on which a release was sealed. */
const OLD = hash("01");
const R = hash("99");

interface Case {
  readonly naming?: Naming;
  readonly asReaders?: boolean;
  readonly asTables?: boolean;
  readonly at?: string;
}

type Contents = Parameters<typeof catalogOf>[0];

async function readingOf(
  name: string,
  contents: Contents,
  { naming = byHash("iceberg"), asReaders = false, asTables = !asReaders, at = H }: Case = {},
): Promise<Reading | undefined> {
  const parts = { catalog: catalogOf(contents), reader: markedReader, producerCatalog: "iceberg" };
  const found = await readCommit(at, [name], parts);
  const pinning = new Pinning({
    contents: found,
    naming,
    producerCatalog: "iceberg",
    consumerCatalog: "iceberg_consumer",
    liveCatalog: asReaders ? "iceberg_consumer" : "iceberg",
    asReaders,
    asTables,
  });
  return pinning.reading(name, at);
}

const relationOf = async (...given: Parameters<typeof readingOf>) => (await readingOf(...given))?.relation;

describe("reading a model as of one commit", () => {
  it("pins a table by its name and the commit, and gives the name in parts", async () => {
    expect(await relationOf("oso.t", { "oso.t": table })).toEqual({
      pinned: true,
      expanded: false,
      sql: `"iceberg"."oso"."t#${H}"`,
      table: { catalog: "iceberg", schema: "oso", table: `t#${H}` },
    });
  });

  it("expands a view down to pinned tables, naming those that have no alias", async () => {
    const relation = await relationOf("oso.v", {
      "oso.v": view("SELECT t.a FROM {iceberg.oso.t} JOIN {oso.u} AS x ON x.a = t.a"),
      "oso.t": table,
      "oso.u": table,
    });
    expect(relation).toEqual({
      pinned: true,
      expanded: true,
      sql: `(SELECT t.a FROM "iceberg"."oso"."t#${H}" AS "t" JOIN "iceberg"."oso"."u#${H}" AS x ON x.a = t.a)`,
    });
  });

  it("expands views over views, and names without schema by the view's own default", async () => {
    const relation = await relationOf("oso.top", {
      "oso.top": view("SELECT a FROM {below}"),
      "oso.below": view("SELECT a FROM {other.t}"),
      "other.t": table,
    });
    expect(relation?.sql).toBe(
      `(SELECT a FROM (SELECT a FROM "iceberg"."other"."t#${H}" AS "t") AS "below")`,
    );
  });

  it("reads a view that is nothing but another name of a table as that table", async () => {
    const contents = {
      "oso.v": view("SELECT *\nFROM\n  {oso.w}\n"),
      "oso.w": view("SELECT * FROM {sqlmesh__oso.t}"),
      "sqlmesh__oso.t": table,
    };
    const reading = await readingOf("oso.v", contents);
    expect(reading?.relation).toEqual({
      pinned: true,
      expanded: false,
      sql: `"iceberg"."sqlmesh__oso"."t#${H}"`,
      table: { catalog: "iceberg", schema: "sqlmesh__oso", table: `t#${H}` },
    });
    expect(reading?.inputs).toHaveLength(3);
  });

  it("pins the metadata table that a view reads", async () => {
    const relation = await relationOf("oso.v", {
      "oso.v": view("SELECT * FROM {oso.t$snapshots}"),
      "oso.t": table,
    });
    expect(relation?.sql).toBe(`(SELECT * FROM "iceberg"."oso"."t#${H}$snapshots" AS "t$snapshots")`);
  });

  it("leaves a name that says its commit as it is, and reads what it is at that commit", async () => {
    const contents = { "oso.v": view(`SELECT * FROM {oso.t#${OLD}} AS t`), [`${OLD} oso.t`]: table };
    expect(await relationOf("oso.v", contents)).toMatchObject({
      pinned: true,
      sql: `(SELECT * FROM {oso.t#${OLD}} AS t)`,
    });
    const gone = await relationOf("oso.v", { "oso.v": view(`SELECT * FROM {oso.t#${OLD}} AS t`) });
    expect(gone).toHaveProperty("reason", "oso.v reads oso.t, which is not in this commit");
  });

  it.each([
    ["reads another catalog", { "oso.v": view("SELECT * FROM {tpch.tiny.nation}") }, "tpch.tiny.nation"],
    [
      "reads what readers see",
      { "oso.v": view("SELECT * FROM {iceberg_consumer.oso.t}") },
      "moves with the consumer tag",
    ],
    [
      "reads information_schema",
      { "oso.v": view("SELECT * FROM {iceberg.information_schema.tables}") },
      "part of no commit",
    ],
    ["cannot be read", { "oso.v": view("unreadable") }, "no such syntax"],
    ["reads what the commit does not have", { "oso.v": view("SELECT * FROM {oso.gone}") }, "oso.gone"],
    ["reads itself", { "oso.v": view("SELECT * FROM {oso.v}") }, "itself"],
    [
      "reads a view that reads another catalog",
      { "oso.v": view("SELECT * FROM {oso.w}"), "oso.w": view("SELECT * FROM {tpch.tiny.nation}") },
      "oso.w reads tpch.tiny.nation",
    ],
  ] satisfies [string, Contents, string][])(
    "leaves a view live that %s, and says why",
    async (_, contents, reason) => {
      const reading = await readingOf("oso.v", contents);
      expect(reading?.relation).toMatchObject({ pinned: false, sql: '"iceberg"."oso"."v"' });
      expect(reading?.relation).toHaveProperty("reason", expect.stringContaining(reason));
      expect(reading?.inputs).toBeNull();
    },
  );

  it("reads a model outside Nessie live", async () => {
    expect(await relationOf("tpch.tiny.nation", {})).toEqual({
      pinned: false,
      sql: '"tpch"."tiny"."nation"',
      reason: "tpch.tiny.nation is outside Nessie",
    });
  });

  it("leaves out what the commit does not have", async () => {
    expect(await readingOf("oso.t", {})).toBeUndefined();
  });
});

describe("what a reading depends on", () => {
  const of = async (contents: Contents) => (await readingOf("oso.top", contents))?.inputs;
  const contents: Contents = {
    "oso.top": view("SELECT * FROM {oso.v}, {oso.t}"),
    "oso.v": view("SELECT * FROM {oso.t}"),
    "oso.t": { type: "table", content: "first" },
  };

  it("is the same for another commit with the same content", async () => {
    const other = await readingOf("oso.top", contents, { at: OLD });
    expect(await of(contents)).toEqual(other?.inputs);
    expect(await of(contents)).toHaveLength(3);
  });

  it.each([
    ["a table far below", { "oso.t": { type: "table", content: "second" } }],
    ["the text of a view below", { "oso.v": view("SELECT a FROM {oso.t}") }],
    ["its own text", { "oso.top": view("SELECT DISTINCT * FROM {oso.v}, {oso.t}") }],
  ] satisfies [string, Contents][])("changes with %s", async (_, change) => {
    expect(await of({ ...contents, ...change })).not.toEqual(await of(contents));
  });

  it("is nothing that can be told where a view calls what no commit holds", async () => {
    const volatile = { ...contents, "oso.v": view("SELECT *, now() FROM {oso.t}") };
    expect(await readingOf("oso.top", volatile)).toMatchObject({ relation: { pinned: true }, inputs: null });
  });
});

describe("reading a release as its readers do", () => {
  const sealed: Contents = {
    [`${R} oso.v`]: view(`SELECT * FROM {iceberg.oso.below#${OLD}} AS below`),
    [`${OLD} oso.below`]: view(`SELECT * FROM {iceberg.oso.t#${H}} AS t`),
    [`${H} oso.t`]: table,
  };

  it("names a view that is sealed all the way down by the release's commit", async () => {
    expect(await relationOf("oso.v", sealed, { asReaders: true, at: R })).toEqual({
      pinned: true,
      expanded: true,
      sql: `"iceberg"."oso"."v#${R}"`,
    });
  });

  it("takes a sealed view that is another name of a table for that table where figures are only compared", async () => {
    const contents = {
      [`${R} oso.v`]: view(`SELECT * FROM {iceberg.oso.t#${H}}`),
      [`${H} oso.t`]: table,
    };
    const compared = { asReaders: true, asTables: true, at: R };
    expect((await relationOf("oso.v", contents, compared))?.sql).toBe(`"iceberg"."oso"."t#${H}"`);
    expect((await relationOf("oso.v", contents, { ...compared, asTables: false }))?.sql).toBe(
      `"iceberg"."oso"."v#${R}"`,
    );
  });

  it.each([
    ["live main", "SELECT * FROM {iceberg.oso.t}", "oso.v is not sealed: it reads oso.t live"],
    [
      "the consumer catalog",
      "SELECT * FROM {iceberg_consumer.oso.t}",
      "oso.v reads iceberg_consumer.oso.t, which moves with the consumer tag",
    ],
  ])("says that a view whose text names %s is not pinned", async (_, sql, reason) => {
    const contents = { [`${R} oso.v`]: view(sql), [`${R} oso.t`]: table };
    expect(await relationOf("oso.v", contents, { asReaders: true, at: R })).toEqual({
      pinned: false,
      sql: `"iceberg"."oso"."v#${R}"`,
      reason,
    });
  });

  it("says so of a view that reads an unsealed one", async () => {
    const contents = { ...sealed, [`${OLD} oso.below`]: view("SELECT * FROM {iceberg.oso.t}") };
    expect(await relationOf("oso.v", contents, { asReaders: true, at: R })).toMatchObject({
      pinned: false,
      reason: "oso.below is not sealed: it reads oso.t live",
    });
  });
});

describe("where Trino does not answer to names with a commit", () => {
  const contents = { "oso.v": view("SELECT a FROM {oso.t}"), "oso.t": table };

  it("reads by the catalog whose tag stands at the commit", async () => {
    const naming = byCatalog("iceberg_check", H);
    expect((await relationOf("oso.t", contents, { naming }))?.sql).toBe('"iceberg_check"."oso"."t"');
    expect(await relationOf("oso.v", contents, { naming })).toMatchObject({
      pinned: true,
      sql: '(SELECT a FROM "iceberg_check"."oso"."t" AS "t")',
    });
    expect(await relationOf("oso.t", contents, { naming, at: OLD })).toMatchObject({
      pinned: false,
      reason: "the catalog iceberg_check shows another commit",
    });
  });

  it("reads live what is written, or what readers see, where there is no such catalog", async () => {
    const reason = expect.stringContaining("trino.catalogs.verification");
    expect(await relationOf("oso.v", contents, { naming: liveOnly })).toEqual({
      pinned: false,
      sql: '"iceberg"."oso"."v"',
      reason,
    });
    expect(await relationOf("oso.t", contents, { naming: liveOnly, asReaders: true })).toEqual({
      pinned: false,
      sql: '"iceberg_consumer"."oso"."t"',
      reason,
    });
  });
});
