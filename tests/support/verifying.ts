import { PipelineError } from "../../src/core/errors.js";
import { unsurrounded } from "../../src/core/stage.js";
import type { PipelineEvent } from "../../src/core/events.js";
import { attestationStore } from "../../src/state/attestations.js";
import { verificationHistory } from "../../src/state/verifications.js";
import type { Check, CheckRule } from "../../src/verification/check.js";
import type { CatalogContent, QueryResult } from "../../src/verification/ports.js";
import { VerificationService, type VerificationParts } from "../../src/verification/verify.js";
import { FakeRecordStore } from "./fake-record-store.js";
import { FakeReferenceStore, hash } from "./fake-reference-store.js";
import { inCategory, model } from "./models.js";
import { catalogOf, markedReader } from "./verification.js";

/** The commit verified, one before it, and one that a release was sealed as. */
export const H = hash("cd");
export const OLD = hash("01");
export const R = hash("99");

export const noBadRows = { check: "sql", sql: "SELECT * FROM {{model}} WHERE bad" } as const;

export const check = (rule: CheckRule, scope: Partial<Check> = {}): Check =>
  ({
    ...rule,
    selectors: ["oso.a", "oso.b"],
    categories: [],
    severity: "fail",
    name: "no bad rows",
    where: "x.yaml:1:1",
    ...scope,
  }) as Check;

export const rows = (...values: unknown[]): QueryResult => ({ columns: [], rows: [values], queryId: "q" });
export const refused = (message: string): PipelineError => new PipelineError("QUERY_FAILED", { message });

export interface SetUp {
  readonly checks?: readonly Check[];
  /** `never` for a query that ends only by being cancelled. */
  readonly answer?: (sql: string) => QueryResult | Error | "never";
  /** What Trino says is read: by an expanded view, or by a query. */
  readonly read?: readonly string[] | ((sql: string) => readonly string[]);
  readonly contents?: Readonly<Record<string, CatalogContent>>;
  readonly records?: FakeRecordStore;
  readonly references?: FakeReferenceStore;
  readonly parts?: Partial<VerificationParts>;
}

const models = [inCategory("oso.a", "project"), model("oso.b"), model("oso.hidden", { kind: "EMBEDDED" })];

/** A verification of two models over records in memory; every statement is written down. */
export function setUp({
  checks = [check(noBadRows)],
  answer = () => rows(0),
  read = [],
  contents = { "oso.a": { type: "table", content: "a" }, "oso.b": { type: "table", content: "b" } },
  records = new FakeRecordStore(),
  references = new FakeReferenceStore([OLD, H]),
  parts,
}: SetUp = {}) {
  const asked: string[] = [];
  const events: PipelineEvent[] = [];
  const store = attestationStore({ records });
  const history = verificationHistory({ records });
  const service = new VerificationService({
    queries: {
      query: async (sql, options) => {
        asked.push(sql);
        const reply = answer(sql);
        if (reply === "never") return cancelled(options?.signal);
        if (reply instanceof Error) throw reply;
        return reply;
      },
      tablesRead: async (sql) =>
        (typeof read === "function" ? read(sql) : read).map((table) => ({
          catalog: "iceberg",
          schema: "oso",
          table,
        })),
    },
    catalog: catalogOf(contents),
    tags: references,
    reader: markedReader,
    directory: {
      models: async () => models,
      select: async (selectors) =>
        selectors.map((selector) => ({
          selector,
          models: models.map(({ name }) => name).filter((name) => selector === name || selector === "oso.*"),
          error: null,
        })),
    },
    attestations: store,
    surround: unsurrounded,
    history,
    report: (event) => events.push(event),
    now: () => Date.UTC(2026, 10, 21, 12),
    signal: new AbortController().signal,
    by: { name: "alice", from: "login" },
    catalogs: { producer: "iceberg", consumer: "iceberg_consumer", verification: null },
    verificationTag: "oso-pipeline-verification",
    checks,
    concurrency: 2,
    timeoutMilliseconds: 60_000,
    validForMilliseconds: 86_400_000,
    unpinned: "warn",
    ...parts,
  });
  return { service, asked, events, store, history, records, references };
}

const cancelled = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const fail = (): void => reject(new PipelineError("INTERRUPTED", { message: "interrupted" }));
    if (signal?.aborted) fail();
    signal?.addEventListener("abort", fail);
  });
