import { describe, expect, it } from "vitest";
import { Pinning } from "../../../src/verification/pin.js";
import type { SqlUnreadable, TableReference } from "../../../src/core/view-text.js";
import type { CatalogContent } from "../../../src/verification/ports.js";
import { hash } from "../../support/fake-reference-store.js";

const H = hash("ab");
const table: CatalogContent = { type: "table" };
const view = (sql: string): CatalogContent => ({
  type: "view",
  sql,
  defaultCatalog: "iceberg",
  defaultSchema: "oso",
});

/** Reads the tables of a query as `{name}` or `{name} AS` marks; the real reader is SQLMesh's parser. */
function referencesIn(sql: string): TableReference[] | SqlUnreadable {
  if (sql.includes("unreadable")) return { error: "no such syntax" };
  return [...sql.matchAll(/\{([^}]+)\}( AS)?/g)].map((match) => ({
    parts: (match[1] ?? "").split("."),
    start: match.index,
    end: match.index + (match[1] ?? "").length + 2,
    aliased: match[2] !== undefined,
  }));
}

function pinning(contents: Record<string, CatalogContent>) {
  const all = new Map(Object.entries(contents));
  return new Pinning(
    {
      contents: async (_, names) =>
        new Map(names.flatMap((name) => (all.has(name) ? [[name, all.get(name) as CatalogContent]] : []))),
    },
    { tableReferences: async (statements) => statements.map(referencesIn) },
    "iceberg",
  );
}

async function relationOf(name: string, contents: Record<string, CatalogContent>) {
  return (await pinning(contents).relations(H, [name])).get(name);
}

describe("reading a model as of one commit", () => {
  it("pins a table by its name and the commit", async () => {
    expect(await relationOf("oso.t", { "oso.t": table })).toEqual({
      pinned: true,
      expanded: false,
      sql: `"iceberg"."oso"."t#${H}"`,
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
      "oso.top": view("SELECT * FROM {below}"),
      "oso.below": view("SELECT * FROM {other.t}"),
      "other.t": table,
    });
    expect(relation?.sql).toBe(
      `(SELECT * FROM (SELECT * FROM "iceberg"."other"."t#${H}" AS "t") AS "below")`,
    );
  });

  it.each([
    ["reads another catalog", { "oso.v": view("SELECT * FROM {tpch.tiny.nation}") }, "tpch.tiny.nation"],
    ["cannot be read", { "oso.v": view("unreadable") }, "no such syntax"],
    ["reads what the commit does not have", { "oso.v": view("SELECT * FROM {oso.gone}") }, "oso.gone"],
    ["reads itself", { "oso.v": view("SELECT * FROM {oso.v}") }, "itself"],
    [
      "reads a view that reads another catalog",
      { "oso.v": view("SELECT * FROM {oso.w}"), "oso.w": view("SELECT * FROM {tpch.tiny.nation}") },
      "oso.w reads tpch.tiny.nation",
    ],
  ])("leaves a view live that %s, and says why", async (_, contents, reason) => {
    const relation = await relationOf("oso.v", contents);
    expect(relation).toMatchObject({ pinned: false, sql: '"iceberg"."oso"."v"' });
    expect(relation).toHaveProperty("reason", expect.stringContaining(reason));
  });

  it("reads a model outside Nessie live", async () => {
    expect(await relationOf("tpch.tiny.nation", {})).toEqual({
      pinned: false,
      sql: '"tpch"."tiny"."nation"',
      reason: "tpch.tiny.nation is outside Nessie",
    });
  });

  it("leaves out what the commit does not have", async () => {
    expect(await relationOf("oso.t", {})).toBeUndefined();
  });
});
