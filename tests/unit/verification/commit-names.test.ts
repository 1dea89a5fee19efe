import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { errorOf } from "../../support/errors.js";
import { FakeReferenceStore } from "../../support/fake-reference-store.js";
import { check, H, OLD, refused, rows, setUp } from "../../support/verifying.js";

const whole = { target: { base: H, at: H, release: null }, select: [], all: false, seen: null };
const tag = "oso-pipeline-verification";
const catalogs = { producer: "iceberg", consumer: "iceberg_consumer", verification: "iceberg_check" };

/** As Trino's client gives it. */
const notFound = () =>
  new PipelineError("QUERY_FAILED", {
    message: "Trino query 1 failed (TABLE_NOT_FOUND)",
    cause: Object.assign(new Error("Table does not exist"), { errorName: "TABLE_NOT_FOUND" }),
  });
const withoutHashes = (sql: string) => (sql.includes("#") ? notFound() : rows(0));

describe("the names that Trino answers to", () => {
  it("are tried once, however many commits are verified", async () => {
    const { service, asked } = setUp({ answer: withoutHashes });
    await service.verify(whole);
    await service.verify({ ...whole, target: { base: OLD, at: OLD, release: null } });
    expect(asked.filter((sql) => sql.includes("#"))).toEqual([
      `SELECT * FROM "iceberg"."oso"."a#${H}" LIMIT 0`,
    ]);
  });

  it("may be wrong about one table without being refused", async () => {
    const { service } = setUp({
      answer: (sql) => (sql.includes('"a#') ? refused("metadata is gone") : rows(0)),
    });
    const { result } = await service.verify(whole);
    expect(result.unpinned).toEqual([]);
    expect(result.checks.map(({ outcome }) => outcome)).toEqual(["error", "passed"]);
  });

  it.each([
    ["knows none with a commit", notFound],
    [
      "lets its rules refuse them",
      () => new PipelineError("PERMISSION_DENIED", { message: "Access Denied" }),
    ],
  ])("are live ones where Trino %s and no catalog is named for it, which is told", async (_, refusal) => {
    const { service, events, asked } = setUp({ answer: (sql) => (sql.includes("#") ? refusal() : rows(0)) });
    const { result } = await service.verify(whole);
    expect(result.verdict).toBe("warned");
    expect(result.unpinned.map(({ model }) => model)).toEqual(["oso.a", "oso.b"]);
    expect(asked.some((sql) => sql.includes('"iceberg"."oso"."a" WHERE bad'))).toBe(true);
    expect(events).toContainEqual({
      type: "notice",
      level: "warning",
      text: expect.stringContaining("trino.catalogs.verification"),
    });
  });
});

describe("the catalog of verification's own", () => {
  it("shows the commit by its tag, made where there is none", async () => {
    const { service, references, asked } = setUp({ answer: withoutHashes, parts: { catalogs } });
    const { result } = await service.verify(whole);
    expect(result).toMatchObject({ verdict: "passed", unpinned: [] });
    expect(references.references.get(tag)).toMatchObject({ type: "TAG", hash: H });
    expect(asked.some((sql) => sql.includes('"iceberg_check"."oso"."a" WHERE bad'))).toBe(true);
  });

  it("has its tag moved to each commit", async () => {
    const references = new FakeReferenceStore([OLD, H]);
    references.tagAt(tag, OLD);
    await setUp({ answer: withoutHashes, references, parts: { catalogs } }).service.verify(whole);
    expect(references.references.get(tag)?.hash).toBe(H);
  });

  it("leaves what drift is measured from to the consumer catalog", async () => {
    const drift = check({
      check: "drift",
      metric: "row_count",
      columns: [],
      direction: "any",
      warn: null,
      fail: { by: "percent", percent: 10 },
    });
    const { service, asked } = setUp({ answer: withoutHashes, checks: [drift], parts: { catalogs } });
    await service.verify({ ...whole, seen: { base: OLD, at: OLD } });
    expect(asked.some((sql) => sql.includes('"iceberg_check"."oso"."a'))).toBe(true);
    expect(asked.some((sql) => sql.includes('"iceberg_consumer"."oso"."a"'))).toBe(true);
  });

  it("is no proof when its tag is moved by another meanwhile", async () => {
    const references = new FakeReferenceStore([OLD, H]);
    const { service, store } = setUp({
      references,
      parts: { catalogs },
      answer: (sql) => {
        if (sql.includes("WHERE bad")) references.tagAt(tag, OLD);
        return withoutHashes(sql);
      },
    });
    expect(await errorOf(() => service.verify(whole))).toMatchObject({ code: "CONFLICT", exitCode: 8 });
    expect(await store.of(H)).toBeNull();
  });

  it("is refused when it does not show what its tag holds", async () => {
    const { service } = setUp({ answer: () => notFound(), parts: { catalogs } });
    const error = await errorOf(() => service.verify(whole));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", exitCode: 3 });
    expect(error).toHaveProperty("hint", expect.stringContaining(`prefix=${tag}`));
  });

  it("never moves a branch", async () => {
    const references = new FakeReferenceStore([OLD, H]);
    references.references.set(tag, { type: "BRANCH", name: tag, hash: OLD });
    const { service } = setUp({ answer: withoutHashes, references, parts: { catalogs } });
    expect(await errorOf(() => service.verify(whole))).toMatchObject({ code: "CONFIG_INVALID" });
    expect(references.references.get(tag)?.hash).toBe(OLD);
  });
});
