import { describe, expect, it } from "vitest";
import type { Hash } from "../../../src/core/commit.js";
import type { ViewText } from "../../../src/core/view-text.js";
import type { QueryReading } from "../../../src/release/ports.js";
import { Sealing } from "../../../src/release/sealing.js";
import { errorOf } from "../../support/errors.js";
import { hash } from "../../support/fake-reference-store.js";

const base = hash("ba5e");

/** Views `SELECT * FROM <name>`, and a branch that gives each level a commit of its own. */
function setUp(views: Readonly<Record<string, string>>, tables: readonly string[] = ["oso.t"]) {
  const commits: { branch: string; texts: ReadonlyMap<string, string> }[] = [];
  const texts = new Map<string, ViewText>(
    Object.entries(views).map(([name, read]) => [
      name,
      { sql: `SELECT * FROM ${read} AS x`, defaultCatalog: "iceberg", defaultSchema: "oso" },
    ]),
  );
  const reading = (sql: string): QueryReading | { error: string } => {
    const [, name = ""] = /FROM (\S+)/.exec(sql) ?? [];
    if (name === "?") return { error: "Invalid expression" };
    const start = sql.indexOf(name);
    const reference = { parts: name.split("."), start, end: start + name.length, aliased: true };
    return { tables: [reference], volatile: [] };
  };
  const sealing = new Sealing({
    catalog: { viewTexts: async () => texts, tables: async () => tables },
    reader: { read: async (statements) => statements.map(reading) },
    branch: {
      create: async (name: string, at: Hash) =>
        void commits.push({ branch: `${name}@${at}`, texts: new Map() }),
      replaceViews: async (branch, replaced) => {
        commits.push({ branch, texts: replaced });
        return hash(String(commits.length));
      },
      remove: async () => undefined,
    },
    producerCatalog: "iceberg",
    allowCatalogs: [],
  });
  return { sealing, commits };
}

describe("sealing the views of a commit", () => {
  it("writes level by level what each view read there, and ends at the last level's commit", async () => {
    const { sealing, commits } = setUp({ "mart.top": "oso.v", "oso.v": "oso.t" });
    expect(await sealing.seal(base, "release-7")).toEqual({
      hash: hash("3"),
      views: ["oso.v", "mart.top"],
      notPinned: [],
      broken: [],
    });
    expect(commits).toEqual([
      { branch: `release-7@${base}`, texts: new Map() },
      { branch: "release-7", texts: new Map([["oso.v", `SELECT * FROM "iceberg"."oso"."t#${base}" AS x`]]) },
      {
        branch: "release-7",
        texts: new Map([["mart.top", `SELECT * FROM "iceberg"."oso"."v#${hash("2")}" AS x`]]),
      },
    ]);
  });

  it("writes nothing before it is known that all of them can be sealed", async () => {
    const { sealing, commits } = setUp({ "oso.a": "?", "oso.b": "oso.t", "oso.c": "tpch.tiny.orders" });
    const error = await errorOf(() => sealing.seal(base, "release-7"));
    expect(error).toMatchObject({ code: "VIEWS_UNSEALABLE", exitCode: 7 });
    expect(error.message).toContain("2 views");
    expect(error.message).toContain("oso.a its text cannot be read: Invalid expression");
    expect(commits).toEqual([]);
  });

  it("ends at the base where there is no view", async () => {
    const { sealing } = setUp({});
    expect(await sealing.seal(base, "release-7")).toMatchObject({ hash: base, views: [] });
  });
});
