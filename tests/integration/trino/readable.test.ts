import { describe, expect, it } from "vitest";
import { createTrinoClient } from "../../../src/trino/client.js";
import { fileReader } from "../../../src/trino/readable.js";
import { errorOf } from "../../support/errors.js";
import { serve } from "../http/server.js";
import { trinoError } from "./fake-trino.js";

type Reply = readonly unknown[][] | { readonly errorName: string; readonly message: string };

const [at, main] = ["a".repeat(64), "b".repeat(64)];
const lost = { errorName: "ICEBERG_CANNOT_OPEN_SPLIT", message: "Error opening Iceberg split s3://lake/t/1" };

/** Trino that answers each statement in one page, by its text. */
async function reader(reply: (sql: string) => Reply) {
  const server = await serve(({ body }) => {
    const answer = reply(body);
    const content =
      "errorName" in answer
        ? { error: trinoError(answer) }
        : { columns: [{ name: "c", type: "varchar" }], data: answer };
    return { body: JSON.stringify({ id: "20261121_000000_00001_abcde", ...content, stats: {} }) };
  });
  const queries = createTrinoClient({ server: server.url, user: "test" });
  return {
    files: fileReader(queries, { catalog: "iceberg", concurrency: 2 }),
    statements: () => server.seen.map(({ body }) => body),
  };
}

const tablesIn = (sql: string): string[] =>
  [...sql.matchAll(/^SELECT '([^']+)', count/gm)].map(([, name]) => name ?? "");
const isOnMain = true;

describe("the manifests of a commit", () => {
  it("are read for several tables at once, and give files that main has no need of before others", async () => {
    const { files, statements } = await reader((sql) =>
      tablesIn(sql).map((name) => [name, 7, `${name}/old1`, `${name}/old2`, `${name}/any`]),
    );
    const found = await files.manifests(
      [
        { table: "oso.a", isOnMain },
        { table: "oso.b", isOnMain: false },
      ],
      at,
      main,
    );
    expect(Object.fromEntries(found)).toEqual({
      "oso.a": { files: 7, paths: ["oso.a/old1", "oso.a/old2", "oso.a/any"] },
      "oso.b": { files: 7, paths: ["oso.b/old1", "oso.b/old2", "oso.b/any"] },
    });
    expect(statements()).toHaveLength(1);
    const [sql = ""] = statements();
    expect(sql).toContain(`"iceberg"."oso"."a#${at}$files"`);
    expect(sql).toContain(`"iceberg"."oso"."a#${main}$files"`);
    expect(sql).not.toContain(`"b#${main}$files"`);
  });

  it("may tell of one file, or of none", async () => {
    const { files } = await reader(() => [
      ["oso.a", 1, "x", "x", "x"],
      ["oso.empty", 0, null, null, null],
    ]);
    const tables = ["oso.a", "oso.empty"].map((table) => ({ table, isOnMain: false }));
    expect(Object.fromEntries(await files.manifests(tables, at, main))).toEqual({
      "oso.a": { files: 1, paths: ["x"] },
      "oso.empty": { files: 0, paths: [] },
    });
  });

  it("that cannot be read are told by table, without those of other tables being lost", async () => {
    const { files } = await reader((sql) =>
      sql.includes('"b#') ? lost : tablesIn(sql).map((name) => [name, 1, "x", "x", "x"]),
    );
    const tables = ["oso.a", "oso.b", "oso.c"].map((table) => ({ table, isOnMain: false }));
    expect(Object.fromEntries(await files.manifests(tables, at, main))).toEqual({
      "oso.a": { files: 1, paths: ["x"] },
      "oso.b": { error: lost.message },
      "oso.c": { files: 1, paths: ["x"] },
    });
  });

  it("are there although main's own cannot be read", async () => {
    const { files } = await reader((sql) =>
      sql.includes(main) ? lost : tablesIn(sql).map((name) => [name, 1, "x", "x", "x"]),
    );
    expect(Object.fromEntries(await files.manifests([{ table: "oso.a", isOnMain }], at, main))).toEqual({
      "oso.a": { files: 1, paths: ["x"] },
    });
  });

  it("of many tables take a statement for every ten", async () => {
    const { files, statements } = await reader((sql) =>
      tablesIn(sql).map((name) => [name, 0, null, null, null]),
    );
    const tables = Array.from({ length: 25 }, (_, index) => ({ table: `oso.t${index}`, isOnMain: false }));
    expect((await files.manifests(tables, at, main)).size).toBe(25);
    expect(statements()).toHaveLength(3);
  });

  it("are not taken for gone where Trino cannot be asked", async () => {
    const { files } = await reader(() => ({ errorName: "PERMISSION_DENIED", message: "Access Denied" }));
    const error = await errorOf(() => files.manifests([{ table: "oso.a", isOnMain }], at, main));
    expect(error.code).toBe("PERMISSION_DENIED");
  });
});

describe("the data files of a commit", () => {
  it("are opened by a column for which Trino must look at the file itself", async () => {
    const { files, statements } = await reader(() => [["2026-11-21 19:19:31.000 UTC"]]);
    expect(await files.unopenable([{ table: "oso.a", path: "s3://lake/it's" }], at)).toEqual([]);
    expect(statements()).toEqual([
      `(SELECT "$file_modified_time" FROM "iceberg"."oso"."a#${at}" WHERE "$path" = 's3://lake/it''s' LIMIT 1)`,
    ]);
  });

  it("that cannot be opened are told one by one", async () => {
    const { files } = await reader((sql) => (sql.includes("gone") ? lost : [["2026-11-21"]]));
    const asked = ["a", "gone", "c"].map((path) => ({ table: "oso.t", path }));
    expect(await files.unopenable(asked, at)).toEqual([
      { table: "oso.t", path: "gone", error: lost.message },
    ]);
  });

  it("that are none ask nobody", async () => {
    const { files, statements } = await reader(() => []);
    expect(await files.unopenable([], at)).toEqual([]);
    expect(statements()).toEqual([]);
  });
});
