import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { PipelineEvent } from "../../../src/core/events.js";
import type { Check, CheckRule } from "../../../src/verification/check.js";
import type { CatalogContent, QueryResult } from "../../../src/verification/ports.js";
import { VerificationService, type VerificationParts } from "../../../src/verification/verify.js";
import { errorOf } from "../../support/errors.js";
import { hash } from "../../support/fake-reference-store.js";
import { inCategory, model } from "../../support/models.js";

const H = hash("cd");
const models = [inCategory("oso.a", "project"), model("oso.b"), model("oso.hidden", { kind: "EMBEDDED" })];
const check = (rule: CheckRule, scope: Partial<Check> = {}): Check =>
  ({
    ...rule,
    selectors: ["oso.a"],
    categories: [],
    severity: "fail",
    name: null,
    where: "x.yaml:1:1",
    ...scope,
  }) as Check;
const rows = (...values: unknown[]): QueryResult => ({ columns: [], rows: [values], queryId: "q" });
const refused = (message: string) => new PipelineError("QUERY_FAILED", { message });

interface SetUp {
  readonly checks: readonly Check[];
  readonly answer: (sql: string) => QueryResult | Error;
  /** What Trino says an expanded view reads. */
  readonly read?: readonly string[];
  readonly contents?: Record<string, CatalogContent>;
  readonly parts?: Partial<VerificationParts>;
}

function setUp({ checks, answer, contents, parts, read = [] }: SetUp) {
  const asked: string[] = [];
  const events: PipelineEvent[] = [];
  const all = new Map(Object.entries(contents ?? { "oso.a": { type: "table" }, "oso.b": { type: "table" } }));
  const service = new VerificationService({
    queries: {
      query: async (sql) => {
        asked.push(sql);
        const reply = answer(sql);
        if (reply instanceof Error) throw reply;
        return reply;
      },
      tablesRead: async () => read.map((table) => ({ catalog: "iceberg", schema: "oso", table })),
    },
    catalog: {
      contents: async (_, names) => new Map([...all].filter(([name]) => names.includes(name))),
    },
    reader: {
      tableReferences: async (statements) =>
        statements.map((sql) => [
          {
            parts: ["iceberg", "oso", "b"],
            start: sql.indexOf("oso.b"),
            end: sql.indexOf("oso.b") + 5,
            aliased: false,
          },
        ]),
    },
    directory: {
      models: async () => models,
      select: async (selectors) =>
        selectors.map((selector) => ({
          selector,
          models: models.map(({ name }) => name).filter((name) => selector === name || selector === "oso.*"),
          error: null,
        })),
    },
    report: (event) => events.push(event),
    now: () => 0,
    signal: new AbortController().signal,
    producerCatalog: "iceberg",
    checks,
    concurrency: 2,
    timeoutMilliseconds: 60_000,
    ...parts,
  });
  return { service, asked, events };
}

describe("verifying a commit", () => {
  it("asks all sharing checks of a model in one statement over the pinned table", async () => {
    const { service, asked } = setUp({
      checks: [
        check({ check: "row_count", min: 1, max: null }),
        check({ check: "not_null", columns: ["id", "name"] }),
        check({ check: "unique", columns: ["id"] }),
      ],
      answer: () => rows(5, 0, 0, 0),
    });
    const { result, failure } = await service.verify(H);
    expect(failure).toBeUndefined();
    expect(result.verdict).toBe("passed");
    expect(asked).toEqual([
      `SELECT count(*), count_if("id" IS NULL), count_if("name" IS NULL), count(*) - count(DISTINCT ROW("id")) FROM "iceberg"."oso"."a#${H}"`,
    ]);
  });

  it("fails with exit 7 and the query that shows the rows", async () => {
    const { service } = setUp({
      checks: [check({ check: "not_null", columns: ["id"] })],
      answer: () => rows(2),
    });
    const { result, failure } = await service.verify(H);
    expect(failure).toMatchObject({ code: "CHECKS_FAILED", exitCode: 7, where: "x.yaml:1:1" });
    expect(result.checks[0]).toMatchObject({
      outcome: "failed",
      observed: "2 nulls in id",
      failingRows: 2n,
      pinned: true,
    });
    expect(result.checks[0]?.rowsQuery).toContain(`"a#${H}" WHERE "id" IS NULL`);
  });

  it("only warns where the severity is warn", async () => {
    const { service } = setUp({
      checks: [check({ check: "row_count", min: 1, max: null }, { severity: "warn" })],
      answer: () => rows(0),
    });
    const { result, failure } = await service.verify(H);
    expect(result.verdict).toBe("warned");
    expect(failure).toBeUndefined();
  });

  it("finds the culprit of a refused scan, so that it hides no other check", async () => {
    const { service } = setUp({
      checks: [
        check({ check: "not_null", columns: ["gone"] }),
        check({ check: "row_count", min: 1, max: null }),
      ],
      answer: (sql) => (sql.includes("gone") ? refused("column gone cannot be resolved") : rows(3)),
    });
    const { result, failure } = await service.verify(H);
    expect(result.checks.map(({ outcome }) => outcome)).toEqual(["error", "passed"]);
    expect(failure).toMatchObject({
      code: "QUERY_FAILED",
      exitCode: 9,
      hint: "column gone cannot be resolved",
    });
  });

  it("checks the other models when one is not in the commit", async () => {
    const { service } = setUp({
      checks: [check({ check: "row_count", min: 1, max: null }, { selectors: ["oso.*"] })],
      answer: () => rows(3),
      contents: { "oso.b": { type: "table" } },
    });
    const { result } = await service.verify(H);
    expect(result.checks.map(({ model: name, outcome }) => `${name} ${outcome}`)).toEqual([
      "oso.a error",
      "oso.b passed",
    ]);
  });

  it("lets Trino prove that an expanded view reads nothing but pinned tables", async () => {
    const view = {
      type: "view",
      sql: "SELECT * FROM oso.b",
      defaultCatalog: "iceberg",
      defaultSchema: "oso",
    } as const;
    const verifyReading = async (table: string) => {
      const { service } = setUp({
        checks: [check({ check: "row_count", min: 1, max: null })],
        answer: () => rows(3),
        read: [table],
        contents: { "oso.a": view, "oso.b": { type: "table" } },
      });
      return (await service.verify(H)).result;
    };
    expect((await verifyReading(`b#${H}`)).checks[0]?.pinned).toBe(true);
    const live = await verifyReading("b");
    expect(live.checks[0]?.pinned).toBe(false);
    expect(live.unpinned).toEqual([{ model: "oso.a", reason: "it would read iceberg.oso.b live" }]);
  });

  it("checks by category, and only what --select picks", async () => {
    const { service } = setUp({
      checks: [
        check({ check: "row_count", min: 1, max: null }, { selectors: ["oso.b"], categories: ["project"] }),
      ],
      answer: () => rows(3),
    });
    expect((await service.verify(H)).result.checks.map(({ model: name }) => name)).toEqual([
      "oso.a",
      "oso.b",
    ]);
    expect((await service.verify(H, ["oso.b"])).result.checks.map(({ model: name }) => name)).toEqual([
      "oso.b",
    ]);
    expect((await errorOf(() => service.verify(H, ["oso.c"]))).code).toBe("SELECTOR_UNKNOWN");
  });

  it.each([
    ["selector", { selectors: ["oso.c"] }, "oso.c"],
    ["embedded model", { selectors: ["oso.hidden"] }, "oso.hidden"],
    ["category", { selectors: [], categories: ["artifact"] }, "artifact"],
  ])("refuses a check whose %s matches nothing, with its place", async (_, scope, named) => {
    const { service } = setUp({
      checks: [check({ check: "row_count", min: 1, max: null }, scope)],
      answer: () => rows(1),
    });
    const error = await errorOf(() => service.verify(H));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", where: "x.yaml:1:1" });
    expect(error.message).toContain(named);
  });

  it("stops at once when Trino is not there", async () => {
    const gone = new PipelineError("SERVICE_UNAVAILABLE", { message: "Trino does not answer" });
    const { service } = setUp({
      checks: [check({ check: "row_count", min: 1, max: null })],
      answer: () => gone,
    });
    expect(await errorOf(() => service.verify(H))).toBe(gone);
  });

  it("gives up when its time is over, whatever the query makes of it", async () => {
    const { service } = setUp({
      checks: [check({ check: "row_count", min: 1, max: null })],
      answer: () => rows(1),
      parts: {
        timeoutMilliseconds: 1,
        queries: {
          tablesRead: async () => [],
          query: (_, options) =>
            new Promise((_resolve, reject) => {
              options?.signal?.addEventListener("abort", () =>
                reject(new PipelineError("INTERRUPTED", { message: "interrupted" })),
              );
            }),
        },
      },
    });
    expect(await errorOf(() => service.verify(H))).toMatchObject({ code: "TIMEOUT", exitCode: 5 });
  });

  it("says so when nothing is checked at all", async () => {
    const { service, events } = setUp({ checks: [], answer: () => rows() });
    expect((await service.verify(H)).result.verdict).toBe("passed");
    expect(events).toContainEqual(expect.objectContaining({ type: "notice", level: "warning" }));
  });
});
