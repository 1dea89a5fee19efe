import { describe, expect, it } from "vitest";
import { physicalNames } from "../../../src/release/physical.js";
import { FakeCatalog } from "../../support/fake-catalog.js";
import { hash } from "../../support/fake-reference-store.js";

const [base, at] = [hash("a1"), hash("b1")];
const catalogs = { producer: "iceberg", consumer: "iceberg_consumer" };

const contents = {
  "oso.mart": { sql: "SELECT * FROM iceberg.sqlmesh__oso.oso__mart__1" },
  "sqlmesh__oso.oso__mart__1": { rows: 1 },
  "oso.vm": { sql: "SELECT * FROM iceberg.sqlmesh__oso.oso__vm__1" },
  "sqlmesh__oso.oso__vm__1": { sql: "SELECT 1 AS a" },
  "oso.table_model": { rows: 1 },
  "oso.hand_made": { sql: "SELECT a FROM iceberg.sqlmesh__oso.oso__mart__1" },
  "oso__dev.mart": { sql: "SELECT * FROM iceberg.sqlmesh__oso.oso__mart__2__dev" },
  "oso__dev.table_model": { sql: "SELECT * FROM iceberg.oso.table_model" },
  "oso_pipeline.release": { sql: "SELECT 1 AS release" },
};
const none = { physical: null, query: null, pinned: null };
const expected = [
  { name: "oso.hand_made", ...none },
  {
    name: "oso.mart",
    physical: "sqlmesh__oso.oso__mart__1",
    query: "iceberg_consumer.sqlmesh__oso.oso__mart__1",
    pinned: `iceberg_consumer.sqlmesh__oso."oso__mart__1#${at}"`,
  },
  {
    name: "oso.table_model",
    physical: "oso.table_model",
    query: "iceberg_consumer.oso.table_model",
    pinned: `iceberg_consumer.oso."table_model#${at}"`,
  },
  { name: "oso.vm", ...none },
];

describe("the tables behind models", () => {
  it("are told by the texts of views; a model that is a table is its own, and one that is a view has none", async () => {
    const catalog = new FakeCatalog(new Map([[base, contents]]));
    expect(await physicalNames({ base, at, manifest: null }, { catalog, catalogs })).toEqual(expected);
  });

  it("are told by a release's manifest without reading the views in it", async () => {
    const catalog = new FakeCatalog(new Map([[base, contents]]));
    const view = (name: string, ...reads: string[]) => ({
      name,
      reads,
      sealedAt: at,
      madeIn: 1,
      notPinned: [],
    });
    const manifest = {
      release: 1,
      views: [
        view("oso.mart", "sqlmesh__oso.oso__mart__1"),
        view("oso.vm", "sqlmesh__oso.oso__vm__1"),
        view("oso.hand_made", "sqlmesh__oso.oso__mart__1"),
        view("oso__dev.mart", "sqlmesh__oso.oso__mart__2__dev"),
      ],
    };
    expect(await physicalNames({ base, at, manifest }, { catalog, catalogs })).toEqual(expected);
    expect(catalog.read).toEqual(["oso__dev.table_model"]);
  });

  it("quotes what Trino would not take for a name", async () => {
    const catalog = new FakeCatalog(new Map([[base, { "my-data.2024": { rows: 1 } }]]));
    const [only] = await physicalNames({ base, at, manifest: null }, { catalog, catalogs });
    expect(only?.query).toBe('iceberg_consumer."my-data"."2024"');
  });
});
