import { describe, expect, it } from "vitest";
import {
  type BaseView,
  consumerText,
  planSealing,
  sealedText,
  type SealRequest,
} from "../../../src/release/seal-plan.js";
import { hash } from "../../support/fake-reference-store.js";

/** A view that reads what stands in braces: `SELECT * FROM {oso.t} AS x`. */
function view(name: string, text: string, overrides: Partial<BaseView> = {}): BaseView {
  let sql = "";
  const reads: { parts: string[]; start: number; end: number; aliased: boolean }[] = [];
  for (const [index, piece] of text.split(/[{}]/).entries()) {
    if (index % 2 === 1) {
      const parts = piece.split(".").map((part) => part.replaceAll('"', ""));
      const rest = text.slice(text.indexOf(`{${piece}}`) + piece.length + 2);
      reads.push({
        parts,
        start: sql.length,
        end: sql.length + piece.length,
        aliased: rest.startsWith(" AS "),
      });
    }
    sql += piece;
  }
  return { name, sql, reads, volatile: [], defaultCatalog: "iceberg", defaultSchema: "oso", ...overrides };
}

const plan = (views: readonly BaseView[], overrides: Partial<SealRequest> = {}) => {
  const { levels, ...rest } = planSealing({
    views,
    kept: new Map(),
    names: new Map([
      ...views.map(({ name }) => [name, "view"] as const),
      ["oso.t", "table"],
      ["oso.u", "table"],
    ]),
    producerCatalog: "iceberg",
    allowCatalogs: [],
    ...overrides,
  });
  const live = levels.flat().flatMap(({ name, live: what }) => (what.length > 0 ? [[name, ...what]] : []));
  return { levels: levels.map((level) => level.map(({ name }) => name)), live, ...rest };
};

const sealable = { refused: [], live: [], broken: [] };

describe("the order in which views are sealed", () => {
  it("is bottom-up, through several schemas, whatever order they come in", () => {
    const views = [
      view("mart.top", "SELECT * FROM {iceberg.oso.middle} JOIN {oso.t} ON TRUE"),
      view("oso.middle", "SELECT * FROM {bottom}"),
      view("oso.bottom", 'SELECT * FROM {"iceberg"."oso"."T"}'),
      view("oso.other", "SELECT 1"),
    ];
    expect(plan(views)).toEqual({
      levels: [["oso.bottom", "oso.other"], ["oso.middle"], ["mart.top"]],
      ...sealable,
    });
  });

  it("takes a metadata table for a part of its table, and a pinned name for what it says", () => {
    const pinned = `SELECT * FROM {iceberg.oso."gone#${hash("a")}"}`;
    expect(plan([view("oso.a", 'SELECT * FROM {"t$snapshots"}'), view("oso.b", pinned)])).toEqual({
      levels: [["oso.a", "oso.b"]],
      ...sealable,
    });
  });
});

describe("a view that cannot be sealed", () => {
  it("is refused by name when its text cannot be read, with all that read it", () => {
    const views = [
      view("oso.a", "?", { reads: { error: "Invalid expression" } }),
      view("oso.b", "SELECT * FROM {a}"),
    ];
    expect(plan(views).refused).toEqual([
      { view: "oso.a", what: "its text cannot be read: Invalid expression" },
      { view: "oso.b", what: "reads oso.a" },
    ]);
  });

  it("is refused when it reads another catalog, unless that is allowed, and then said to be live", () => {
    const views = [view("oso.a", "SELECT * FROM {tpch.tiny.orders}")];
    expect(plan(views)).toMatchObject({
      levels: [],
      refused: [{ view: "oso.a", what: "reads tpch.tiny.orders, of which no release holds the data" }],
    });
    expect(plan(views, { allowCatalogs: ["tpch"] })).toEqual({
      ...sealable,
      levels: [["oso.a"]],
      live: [["oso.a", "tpch.tiny.orders"]],
    });
  });

  it("is refused when it reads itself by way of others", () => {
    const views = [view("oso.a", "SELECT * FROM {b}"), view("oso.b", "SELECT * FROM {a}")];
    expect(plan(views)).toMatchObject({ levels: [] });
    expect(plan(views).refused.map(({ view: name }) => name)).toContain("oso.a");
  });

  it("is not refused when nobody can read it on main either: sealed, it stays so", () => {
    const views = [view("oso.a", "SELECT * FROM {dropped}"), view("oso.b", "SELECT * FROM {a}")];
    expect(plan(views)).toEqual({
      ...sealable,
      levels: [["oso.a"], ["oso.b"]],
      broken: [
        { view: "oso.a", what: "oso.dropped is not there" },
        { view: "oso.b", what: "reads oso.a" },
      ],
    });
  });
});

describe("what no commit holds", () => {
  it("is said of each view that asks for the time, the user, or Trino itself", () => {
    const views = [
      view("oso.a", "SELECT now() FROM {t}", { volatile: ["now"] }),
      view("oso.b", "SELECT * FROM {system.runtime.queries}, {information_schema.tables}"),
    ];
    expect(plan(views)).toEqual({
      ...sealable,
      levels: [["oso.a", "oso.b"]],
      live: [
        ["oso.a", "now"],
        ["oso.b", "system.runtime.queries", "iceberg.information_schema.tables"],
      ],
    });
  });
});

describe("views above something live", () => {
  it("are live as well, also above a view that is kept", () => {
    const views = [
      view("oso.a", "SELECT now() FROM {t}", { volatile: ["now"] }),
      view("oso.b", "SELECT * FROM {a}"),
      view("oso.c", "SELECT * FROM {k}"),
    ];
    const k = { name: "oso.k", reads: [], sealedAt: hash("c"), madeIn: 1, notPinned: ["current_user"] };
    const names = new Map(
      [...views.map(({ name }) => name), "oso.k", "oso.t"].map((name) => [name, "view" as const]),
    );
    expect(plan(views, { names, kept: new Map([["oso.k", k]]) })).toEqual({
      ...sealable,
      levels: [["oso.a", "oso.c"], ["oso.b"]],
      live: [
        ["oso.a", "now"],
        ["oso.c", "oso.k"],
        ["oso.b", "oso.a"],
      ],
    });
  });
});

describe("the text by the consumer catalog's name", () => {
  it("reads there what it read in the producer's, and is otherwise as it was", () => {
    const text = 'SELECT t.n FROM {iceberg.oso.t}, {v}, {"t$files"}, {information_schema.tables}';
    expect(consumerText(view("oso.x", text), "iceberg", "readers")).toBe(
      'SELECT t.n FROM "readers"."oso"."t", "readers"."oso"."v", "readers"."oso"."t$files", information_schema.tables',
    );
  });
});

describe("the sealed text", () => {
  const commits = new Map([
    ["oso.t", hash("a")],
    ["oso.v", hash("b")],
  ]);
  const sealed = (text: string, overrides: Partial<BaseView> = {}): string =>
    sealedText(view("oso.x", text, overrides), (name) => commits.get(name) ?? hash("0"), "iceberg");

  it("names every table by the base commit and every view by the one that sealed it, and is otherwise as it was", () => {
    expect(sealed("SELECT a.n /* 𝒳 */ FROM {t} AS a, {Oso.V} WHERE n <> '{'".replace("'{'", "'('"))).toBe(
      `SELECT a.n /* 𝒳 */ FROM "iceberg"."oso"."t#${hash("a")}" AS a, "iceberg"."oso"."v#${hash("b")}" AS "V" WHERE n <> '('`,
    );
  });

  it("pins a metadata table, and leaves other catalogs, Trino's own schemas and pinned names alone", () => {
    expect(sealed('SELECT * FROM {"t$files"} AS f')).toBe(
      `SELECT * FROM "iceberg"."oso"."t#${hash("a")}$files" AS f`,
    );
    for (const same of ["tpch.tiny.orders", "information_schema.tables", `"t#${hash("c")}"`]) {
      expect(sealed(`SELECT * FROM {${same}} AS s`)).toBe(`SELECT * FROM ${same} AS s`);
    }
  });
});
