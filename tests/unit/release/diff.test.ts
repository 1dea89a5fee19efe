import { describe, expect, it } from "vitest";
import { compare, type ComparedCommit } from "../../../src/release/diff.js";
import { FakeCatalog, type FakeContent } from "../../support/fake-catalog.js";
import { hash } from "../../support/fake-reference-store.js";

const [before, after] = [hash("a1"), hash("a2")];
const commit = (asked: string, base: string): ComparedCommit => ({ asked, base, at: base, release: null });
const named = (physical: string): FakeContent => ({ sql: `SELECT * FROM iceberg.${physical}` });
const id = { name: "id", type: "long" };

function world(from: Record<string, FakeContent>, to: Record<string, FakeContent>) {
  const catalog = new FakeCatalog(
    new Map([
      [before, from],
      [after, to],
    ]),
  );
  const result = (most = 100) =>
    compare(commit("consumer", before), commit("main", after), most, catalog, "iceberg");
  return { catalog, result };
}

describe("two commits compared", () => {
  it("tells what was added, removed and written, with the rows of both sides", async () => {
    const { result } = world(
      { "oso.same": { rows: 1 }, "oso.old": { rows: 2 }, "oso.written": { rows: 3 } },
      { "oso.same": { rows: 1 }, "oso.new": { rows: 4 }, "oso.written": { rows: 5 } },
    );
    const rows = (number: number) => ({ physical: null, rows: { rows: number, exact: true } });
    expect((await result()).differences).toMatchObject([
      { name: "oso.new", kind: "table", change: "added", ways: [], from: null, to: rows(4) },
      { name: "oso.old", kind: "table", change: "removed", ways: [], from: rows(2), to: null },
      { name: "oso.written", change: "changed", ways: ["rows"], from: rows(3), to: rows(5) },
    ]);
  });

  it("tells columns that were added, removed, or have another type", async () => {
    const { result } = world(
      { "oso.t": { columns: [id, { name: "a", type: "int" }, { name: "b", type: "date" }] } },
      { "oso.t": { columns: [id, { name: "a", type: "long" }, { name: "c", type: "string" }] } },
    );
    expect((await result()).differences).toMatchObject([
      {
        ways: ["columns"],
        columns: [
          { column: "a", from: "int", to: "long" },
          { column: "b", from: "date", to: null },
          { column: "c", from: null, to: "string" },
        ],
      },
    ]);
  });

  it("takes a table that is written for a change of the model it is behind of, though the view is the same", async () => {
    const view = named("sqlmesh__oso.oso__mart__1");
    const { result } = world(
      { "oso.mart": view, "sqlmesh__oso.oso__mart__1": { rows: 1 } },
      { "oso.mart": view, "sqlmesh__oso.oso__mart__1": { rows: 2 } },
    );
    const side = (rows: number) => ({
      physical: "sqlmesh__oso.oso__mart__1",
      rows: { rows, exact: true },
    });
    const { differences, others } = await result();
    expect(differences).toMatchObject([
      { name: "oso.mart", kind: "model", change: "changed", ways: ["rows"], from: side(1), to: side(2) },
    ]);
    expect(others).toEqual([]);
  });

  it("takes another table behind a model for a new version of it, and leaves the tables themselves out", async () => {
    const { result } = world(
      { "oso.mart": named("sqlmesh__oso.oso__mart__1"), "sqlmesh__oso.oso__mart__1": { rows: 1 } },
      {
        "oso.mart": named("sqlmesh__oso.oso__mart__2"),
        "sqlmesh__oso.oso__mart__2": { rows: 7, columns: [id] },
      },
    );
    const { differences, others } = await result();
    expect(differences).toMatchObject([
      {
        name: "oso.mart",
        kind: "model",
        ways: ["version", "columns"],
        from: { physical: "sqlmesh__oso.oso__mart__1", rows: { rows: 1 } },
        to: { physical: "sqlmesh__oso.oso__mart__2", rows: { rows: 7 } },
      },
    ]);
    expect(others).toEqual([]);
  });

  it("takes a model that became a table of its own for a new version", async () => {
    const { result } = world(
      { "oso.mart": named("sqlmesh__oso.oso__mart__1"), "sqlmesh__oso.oso__mart__1": { rows: 1 } },
      { "oso.mart": { rows: 1 }, "sqlmesh__oso.oso__mart__1": { rows: 1 } },
    );
    expect((await result()).differences).toMatchObject([{ kind: "model", ways: ["version"] }]);
  });

  it("says nothing of views that were only made anew, whether in front or behind", async () => {
    const [view, query] = [named("sqlmesh__oso.oso__vm__1"), { sql: "SELECT 1 AS a" }];
    const { result } = world(
      { "oso.vm": view, "sqlmesh__oso.oso__vm__1": query, "oso.plain": query },
      {
        "oso.vm": { ...view, written: 2 },
        "sqlmesh__oso.oso__vm__1": { ...query, written: 2 },
        "oso.plain": { ...query, written: 2 },
      },
    );
    expect(await result()).toMatchObject({ differences: [], others: [] });
  });

  it("tells a view that asks something else", async () => {
    const { result } = world(
      {
        "oso.v": { sql: "SELECT 1 AS a" },
        "oso.vm": named("s.oso__vm__1"),
        "s.oso__vm__1": { sql: "SELECT 1" },
      },
      {
        "oso.v": { sql: "SELECT 2 AS a" },
        "oso.vm": named("s.oso__vm__1"),
        "s.oso__vm__1": { sql: "SELECT 2" },
      },
    );
    expect((await result()).differences).toMatchObject([
      { name: "oso.v", kind: "view", ways: ["text"], to: { physical: null, rows: null } },
      { name: "oso.vm", kind: "model", ways: ["text"], to: { physical: "s.oso__vm__1", rows: null } },
    ]);
  });

  it("keeps names of other environments, and what is left of old versions, apart", async () => {
    const mart = named("sqlmesh__oso.oso__mart__2");
    const { result } = world(
      { "oso.mart": mart, "sqlmesh__oso.oso__mart__2": {}, "sqlmesh__oso.oso__mart__1": { rows: 1 } },
      {
        "oso.mart": mart,
        "sqlmesh__oso.oso__mart__2": {},
        "oso__dev.mart": named("sqlmesh__oso.oso__mart__3__dev"),
        "sqlmesh__oso.oso__mart__3__dev": { rows: 1 },
        "sqlmesh__oso.oso__mart__4": { rows: 1 },
      },
    );
    const { differences, others } = await result();
    expect(differences).toEqual([]);
    expect(others).toEqual([
      { name: "oso__dev.mart", kind: "view", change: "added" },
      { name: "sqlmesh__oso.oso__mart__1", kind: "table", change: "removed" },
      { name: "sqlmesh__oso.oso__mart__4", kind: "table", change: "added" },
    ]);
  });

  it("leaves out what releases say of themselves", async () => {
    const { result } = world({}, { "oso_pipeline.release": { sql: "SELECT 7 AS release" } });
    expect(await result()).toMatchObject({ differences: [], others: [] });
  });

  it("tells a difference of which the metadata cannot be read", async () => {
    const { result } = world(
      { "oso.t": { rows: 1, unreadable: true }, "oso.v": { sql: "SELECT 1", unreadable: true } },
      { "oso.t": { rows: 2 }, "oso.v": { sql: "SELECT 2" } },
    );
    expect((await result()).differences).toMatchObject([
      { name: "oso.t", ways: ["rows"], from: { rows: null }, to: { rows: { rows: 2 } } },
      { name: "oso.v", change: "changed", ways: [] },
    ]);
  });

  it("looks closely at as many as it may, and lists the others", async () => {
    const view = named("sqlmesh__oso.oso__c__1");
    const { catalog, result } = world(
      { "oso.a": { rows: 1 }, "oso.b": { rows: 1 }, "oso.c": view, "sqlmesh__oso.oso__c__1": { rows: 1 } },
      { "oso.a": { rows: 2 }, "oso.c": view, "sqlmesh__oso.oso__c__1": { rows: 2 } },
    );
    const { differences, others } = await result(1);
    expect(differences).toMatchObject([
      { name: "oso.a", looked: true },
      { name: "oso.b", looked: false, kind: "table", change: "removed", ways: [], from: null },
      { name: "oso.c", looked: false, kind: "model", change: "changed", ways: [], to: null },
    ]);
    expect(others).toEqual([]);
    expect(new Set(catalog.looked)).toEqual(new Set(["oso.a"]));
  });
});
