import { describe, expect, it } from "vitest";
import type { Hash } from "../../../src/core/commit.js";
import { PipelineError } from "../../../src/core/errors.js";
import type { Sealed, SealOrder } from "../../../src/release/ports.js";
import { markerText } from "../../../src/release/marker.js";
import { errorOf } from "../../support/errors.js";
import { reads, SealableWarehouse } from "../../support/sealable-warehouse.js";

const order = (base: Hash, overrides: Partial<SealOrder> = {}): SealOrder => ({
  base,
  branch: "b",
  release: 7,
  tag: "consumer-release-7",
  startedAt: "2026-03-01T10:20:30.456Z",
  earlier: [],
  oldestKept: 1,
  ...overrides,
});

const kept = (base: Hash, { hash, manifest }: Sealed): SealOrder["earlier"] => [
  { base, sealed: hash, manifest: async () => manifest },
];

const layered = {
  "oso.t": { rows: "t1" },
  "oso.u": { rows: "u1" },
  "oso.v": reads("oso.t"),
  "mart.top": reads("iceberg.oso.v", "oso.u"),
};

describe("sealing the views of a commit", () => {
  it("marks the release, writes level by level what each view read there, and has all of it proven", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base(layered);
    const { hash, views, marked, manifest } = await warehouse.sealing().seal(order(base));
    const level = manifest?.views.find(({ name }) => name === "oso.v")?.sealedAt ?? "";
    expect(warehouse.effects).toEqual([
      "read 2 texts",
      "create b",
      "make oso_pipeline.release",
      "replace oso.v",
      "replace mart.top",
      "prove mart.top",
    ]);
    expect(warehouse.text("oso.v", hash)).toBe(`SELECT * FROM "iceberg"."oso"."t#${base}" AS x`);
    expect(warehouse.text("mart.top", hash)).toBe(
      `SELECT * FROM "iceberg"."oso"."v#${level}" AS x, "iceberg"."oso"."u#${base}" AS x`,
    );
    expect({ views, marked }).toEqual({
      views: {
        policy: "seal",
        sealedBy: "hash",
        sealed: 2,
        kept: 0,
        notPinned: [],
        broken: [],
        leaking: [],
      },
      marked: true,
    });
    expect(manifest).toEqual({
      release: 7,
      views: [
        { name: "oso.v", reads: ["oso.t"], sealedAt: level, madeIn: 7, notPinned: [] },
        { name: "mart.top", reads: ["oso.v", "oso.u"], sealedAt: hash, madeIn: 7, notPinned: [] },
      ],
    });
    warehouse.base({});
    expect(warehouse.rows("mart.top", hash)).toEqual([["t1"], "u1"]);
  });

  it("is nothing but the marker where there is no view", async () => {
    const warehouse = new SealableWarehouse();
    const sealed = await warehouse.sealing().seal(order(warehouse.base({ "oso.t": { rows: "t" } })));
    expect(sealed).toMatchObject({ marked: true, manifest: null, views: { sealedBy: null, sealed: 0 } });
    expect(warehouse.effects).toEqual(["create b", "make oso_pipeline.release"]);
  });

  it("writes nothing before it is known that all of them can be sealed", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base({ ...layered, "oso.a": { sql: "?" }, "oso.b": reads("tpch.tiny.orders") });
    const error = await errorOf(() => warehouse.sealing().seal(order(base)));
    expect(error).toMatchObject({ code: "VIEWS_UNSEALABLE", exitCode: 7 });
    expect(error.message).toContain("2 views");
    expect(error.message).toContain("oso.a its text cannot be read: Invalid expression");
    expect(warehouse.effects).toEqual(["read 4 texts"]);
  });

  it("leaves a view that reads nothing as it is, and has Trino confirm that", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base({ "oso.one": { sql: "SELECT 1" }, "oso.top": reads("oso.one") });
    const { hash } = await warehouse.sealing().seal(order(base));
    expect(warehouse.effects).toContain("replace oso.top");
    expect(warehouse.effects).not.toContain("replace oso.one");
    expect(warehouse.text("oso.top", hash)).toContain(`one#${base}`);
  });

  it("tells without writing anything what would be sealed", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base({ ...layered, "oso.n": { sql: "SELECT now() FROM oso.t AS x" } });
    expect(await warehouse.sealing().preview(base)).toMatchObject({
      sealedBy: "hash",
      sealed: 3,
      notPinned: [{ view: "oso.n", what: "now" }],
    });
    expect(warehouse.effects).toEqual(["read 3 texts"]);
  });
});

describe("what Trino says of sealed views", () => {
  const orders = { catalog: "iceberg", schema: "oso", table: "orders" };

  it("stops the release, naming the view that would still read something live, and not those above it", async () => {
    const warehouse = new SealableWarehouse();
    warehouse.hidden.set("oso.v", orders);
    const error = await errorOf(() => warehouse.sealing().seal(order(warehouse.base(layered))));
    expect(error.code).toBe("VIEWS_UNSEALABLE");
    expect(error.message).toContain("oso.v would still read iceberg.oso.orders");
  });

  it("may be that they read Trino's own tables and catalogs that are allowed", async () => {
    const warehouse = new SealableWarehouse();
    warehouse.hidden.set("oso.v", { ...orders, schema: "information_schema" });
    warehouse.hidden.set("mart.top", { ...orders, catalog: "tpch" });
    const sealing = warehouse.sealing({ allowCatalogs: ["tpch"] });
    await expect(sealing.seal(order(warehouse.base(layered)))).resolves.toMatchObject({ marked: true });
  });

  it("lists a view as broken that it can read on main no better, and seals it anew the next time", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base(layered);
    warehouse.troubles.set("mart.top", { error: "View is stale", isDenied: false });
    const sealed = await warehouse.sealing().seal(order(base));
    expect(sealed.views).toMatchObject({
      sealed: 1,
      broken: [{ view: "mart.top", what: "View is stale" }],
    });
    warehouse.troubles.clear();
    const again = await warehouse.sealing().seal(order(base, { release: 8, earlier: kept(base, sealed) }));
    expect(again.views).toMatchObject({ sealed: 2, kept: 1, broken: [] });
  });

  it("stops the release where a view could be read before it was sealed", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base(layered);
    const tablesRead: SealableWarehouse["tablesRead"] = async (views, at) =>
      at === base
        ? new Map(views.map((view) => [view, []]))
        : new Map(views.map((view) => [view, { error: "Column 'oso.t.a' is missing", isDenied: false }]));
    const trino = { marker: warehouse.marker.bind(warehouse), tablesRead };
    const error = await errorOf(() => warehouse.sealing({ trino }).seal(order(base)));
    expect(error.code).toBe("VIEWS_UNSEALABLE");
    expect(error.message).toContain("cannot be read any more once it is sealed: Column 'oso.t.a' is missing");
  });

  it("is explained where a right is missing: names of commits fall under Trino's rules like any others", async () => {
    const warehouse = new SealableWarehouse();
    warehouse.troubles.set("oso.v", { error: "Access Denied: View owner does not …", isDenied: true });
    warehouse.troubles.set("mart.top", { error: "Access Denied: View owner does not …", isDenied: true });
    const error = await errorOf(() => warehouse.sealing().seal(order(warehouse.base(layered))));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", exitCode: 4 });
    expect(error.hint).toContain("trino.run-as-owner");
  });
});

describe("views of an earlier release", () => {
  it("are kept in one commit where nothing below them has changed, and the rest is sealed anew on top of them", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base(layered);
    const first = await warehouse.sealing().seal(order(base));
    const next = warehouse.base({ ...layered, "oso.u": { rows: "u2" } });
    warehouse.effects.length = 0;
    const second = await warehouse
      .sealing()
      .seal(order(next, { branch: "c", release: 8, earlier: kept(base, first) }));
    expect(warehouse.effects).toEqual([
      "read 1 texts",
      "create c",
      "make oso_pipeline.release",
      "take oso.v",
      "replace mart.top",
      "prove mart.top",
    ]);
    expect(second.views).toMatchObject({ sealed: 2, kept: 1 });
    expect(second.manifest?.views.map(({ name, madeIn }) => [name, madeIn])).toEqual([
      ["oso.v", 7],
      ["mart.top", 8],
    ]);
    warehouse.base({});
    expect(warehouse.rows("mart.top", second.hash)).toEqual([["t1"], "u2"]);
    expect(warehouse.rows("mart.top", first.hash)).toEqual([["t1"], "u1"]);
  });

  it("go on being listed as live where they are", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base({ ...layered, "oso.v": { sql: "SELECT now() FROM oso.t AS x" } });
    const first = await warehouse.sealing().seal(order(base));
    const again = await warehouse.sealing().seal(order(base, { release: 8, earlier: kept(base, first) }));
    expect(again.views).toEqual({ ...first.views, kept: 2 });
    expect(again.views.notPinned).toEqual([
      { view: "oso.v", what: "now" },
      { view: "mart.top", what: "oso.v" },
    ]);
  });
});

describe("where Trino cannot read by hash", () => {
  it("views read the consumer catalog instead of the producer's, all in one go and without proof", async () => {
    const warehouse = new SealableWarehouse();
    warehouse.readsByHash = false;
    const { hash, views, manifest } = await warehouse.sealing().seal(order(warehouse.base(layered)));
    expect(views).toMatchObject({ sealedBy: "consumer-catalog", sealed: 2, kept: 0 });
    expect(manifest).toBeNull();
    expect(warehouse.text("oso.v", hash)).toBe('SELECT * FROM "readers"."oso"."t" AS x');
    expect(warehouse.text("mart.top", hash)).toBe(
      'SELECT * FROM "readers"."oso"."v" AS x, "readers"."oso"."u" AS x',
    );
    expect(warehouse.effects.at(-1)).toBe("replace oso.v mart.top");
  });
});

describe("a policy other than to seal", () => {
  const one = { "oso.one": { sql: "SELECT 1" } };

  it("refuses a release with views that would leak, and says what else can be done", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base({ ...layered, ...one, "oso.a": { sql: "?" } });
    const error = await errorOf(() => warehouse.sealing({ policy: "refuse" }).seal(order(base)));
    expect(error.code).toBe("VIEWS_UNSEALABLE");
    expect(error.message).toContain("3 views would read live main");
    expect(error.message).toContain("mart.top, oso.a, oso.v");
    expect(error.hint).toContain("dev_only");
    expect(warehouse.effects).toEqual(["read 4 texts"]);
  });

  it("does not refuse views that read nothing", async () => {
    const warehouse = new SealableWarehouse();
    const sealed = await warehouse.sealing({ policy: "refuse" }).seal(order(warehouse.base(one)));
    expect(sealed).toMatchObject({ marked: true, views: { policy: "refuse", leaking: [] } });
  });

  it("marks the release and lists what leaks, or looks at no view at all", async () => {
    const warehouse = new SealableWarehouse();
    const base = warehouse.base({ ...layered, ...one });
    const warned = await warehouse.sealing({ policy: "warn" }).seal(order(base));
    expect(warned).toMatchObject({ marked: true, manifest: null });
    expect(warned.views).toMatchObject({ sealedBy: null, sealed: 0, leaking: ["mart.top", "oso.v"] });
    warehouse.effects.length = 0;
    await warehouse.sealing({ policy: "ignore" }).seal(order(base));
    expect(warehouse.effects).toEqual(["create b", "make oso_pipeline.release"]);
  });
});

describe("where no branch of its own can be made", () => {
  const denied = new PipelineError("PERMISSION_DENIED", { message: "Nessie refused to create branch b" });
  const withoutRight = (): SealableWarehouse => {
    const warehouse = new SealableWarehouse();
    warehouse.create = async () => {
      throw denied;
    };
    return warehouse;
  };

  it.each(["seal", "refuse"] as const)("the error of policy %s names the other ways", async (policy) => {
    const warehouse = withoutRight();
    const base = warehouse.base({ "oso.one": { sql: "SELECT 1" } });
    const error = await errorOf(() => warehouse.sealing({ policy }).seal(order(base)));
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", cause: denied });
    expect(error.hint).toContain("dev_only");
    expect(error.hint).toContain("a Trino for readers");
  });

  it("is told the same way where views cannot be read for want of an Iceberg REST endpoint", async () => {
    const warehouse = new SealableWarehouse();
    warehouse.viewTexts = async () => {
      throw new PipelineError("REQUIREMENT_MISSING", { message: "no Iceberg catalogue" });
    };
    const error = await errorOf(() => warehouse.sealing().seal(order(warehouse.base(layered))));
    expect(error).toMatchObject({ code: "REQUIREMENT_MISSING", exitCode: 3 });
    expect(error.hint).toContain("a Trino for readers");
  });

  it("a release whose views are left as they are is the base itself, without a marker", async () => {
    const warehouse = withoutRight();
    const base = warehouse.base(layered);
    expect(await warehouse.sealing({ policy: "warn" }).seal(order(base))).toMatchObject({
      hash: base,
      marked: false,
    });
  });

  it("an outage is not taken for that", async () => {
    const warehouse = new SealableWarehouse();
    const outage = new PipelineError("SERVICE_UNAVAILABLE", { message: "Nessie does not answer" });
    warehouse.create = async () => {
      throw outage;
    };
    const base = warehouse.base(layered);
    expect(await errorOf(() => warehouse.sealing({ policy: "warn" }).seal(order(base)))).toBe(outage);
  });
});

it("the marker holds number, base, time and tag of its release", () => {
  const { sql, columns } = markerText(order("ba5e"), "iceberg");
  expect(sql).toBe(
    "SELECT BIGINT '7' AS number, VARCHAR 'ba5e' AS base, TIMESTAMP '2026-03-01 10:20:30.456 UTC' AS published_at, VARCHAR 'consumer-release-7' AS tag",
  );
  expect(columns.map(({ name }) => name)).toEqual(["number", "base", "published_at", "tag"]);
});
