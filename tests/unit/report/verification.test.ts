import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { renderVerification } from "../../../src/report/text/verification.js";
import type { VerificationResult, VerifiedCheck } from "../../../src/verification/verify.js";
import { terminalOf } from "./fixtures.js";

const base = "1b2c3d4e5f60".padEnd(64, "0");
const earlier = "9f8e7d6c5b4a".padEnd(64, "0");

const check = (model: string, more: Partial<VerifiedCheck> = {}): VerifiedCheck => ({
  model,
  check: "not_null(id)",
  severity: "fail",
  outcome: "passed",
  expected: "no nulls in id",
  observed: "none",
  failingRows: 0n,
  pinned: true,
  rowsQuery: null,
  sample: null,
  answeredBy: "metadata",
  holdsUntil: null,
  where: "oso-pipeline.yaml:12:7",
  from: null,
  inputs: null,
  ...more,
});
const taken = check("oso.collections_v1", { from: earlier, answeredBy: null });
const duplicates = check("oso.projects_v1", {
  check: "unique(project_id)",
  outcome: "failed",
  expected: "project_id unique",
  observed: "3 duplicate rows",
  failingRows: 3n,
  answeredBy: "own-query",
  where: "oso-pipeline.yaml:41:5",
  rowsQuery: `SELECT "project_id", count(*) AS rows FROM "iceberg"."oso"."projects_v1#${base}" GROUP BY "project_id" HAVING count(*) > 1`,
  sample: {
    columns: ["project_id", "rows"],
    rows: [
      ["p-17", "3"],
      [null, "2"],
    ],
  },
});
const late = check("oso.events", {
  check: "freshness(bucket_day)",
  severity: "warn",
  outcome: "warned",
  expected: "bucket_day not older than 36 h",
  observed: "newest is 52 h old",
  answeredBy: "scan",
});

const passed: VerificationResult = {
  base,
  at: base,
  release: null,
  verdict: "passed",
  checks: [taken, check("oso.events", { answeredBy: "scan" }), check("oso.projects_v1")],
  unpinned: [],
  reused: 1,
  attestation: { digest: "00", until: "2026-11-22T12:00:00.000Z" },
  attested: null,
  audits: null,
  milliseconds: 2_140,
};
const failed: VerificationResult = {
  ...passed,
  verdict: "failed",
  checks: [taken, late, duplicates],
  attestation: null,
};

const text = (result: VerificationResult, columns = 100, shown = true): readonly string[] =>
  renderVerification(result, terminalOf(columns), { passed: shown }).split("\n");

describe("the text of a verification", () => {
  it("that passed tells what was found, what was taken over, how long it holds, and what makes sense next", () => {
    expect(text(passed)).toEqual([
      "passed              check         expected        found  unchanged since",
      "oso.collections_v1  not_null(id)  no nulls in id  none   9f8e7d6c5b4a",
      "oso.events          not_null(id)  no nulls in id  none",
      "oso.projects_v1     not_null(id)  no nulls in id  none",
      "",
      "Passed: 3 checks on 3 models at 1b2c3d4e5f60 (2.1 s)",
      "  answered   1 from metadata, 1 by one scan of each table",
      "  unchanged  1 of 3 since 9f8e7d6c5b4a",
      "  holds      until 2026-11-22 12:00 UTC",
      "",
      "next: oso-pipeline tag-consumer --to-hash 1b2c3d4e5f60  publishes this commit",
    ]);
  });

  it("that failed shows what failed first: expected and found, some rows, and the query for more", () => {
    expect(text(failed, 100, false)).toEqual([
      "✗ oso.projects_v1 unique(project_id) oso-pipeline.yaml:41:5",
      "  expected  project_id unique",
      "  found     3 duplicate rows",
      "    project_id  rows",
      "    p-17        3",
      "    null        2",
      `  ${duplicates.rowsQuery}`,
      "",
      "! oso.events freshness(bucket_day) oso-pipeline.yaml:12:7",
      "  expected  bucket_day not older than 36 h",
      "  found     newest is 52 h old",
      "",
      "Failed: 3 checks on 3 models at 1b2c3d4e5f60 (2.1 s)",
      "  results    1 failed, 1 warned, 1 passed",
      "  answered   1 by one scan of each table, 1 by a query of its own",
      "  unchanged  1 of 3 since 9f8e7d6c5b4a",
    ]);
  });

  it("says of an error what Trino said, and of live data that it is live", () => {
    const broken = check("oso.gone", {
      outcome: "error",
      expected: "",
      observed: "it cannot be read: Trino query 7 failed (ICEBERG_CANNOT_OPEN_SPLIT)",
      pinned: false,
    });
    const lines = text({ ...failed, verdict: "error", release: 7, checks: [broken] });
    expect(lines).toContain("✗ oso.gone not_null(id) (live) oso-pipeline.yaml:12:7");
    expect(lines).toContain("  error  it cannot be read: Trino query 7 failed (ICEBERG_CANNOT_OPEN_SPLIT)");
    expect(
      lines.some((line) => line.startsWith("Not evaluated: 1 check on 1 model of release 7 at 1b2c")),
    ).toBe(true);
    expect(lines.at(-1)).toContain("oso-pipeline rollback --dry-run");
  });

  it("tells once what kept several checks of a model from being evaluated", () => {
    const broken = (name: string) =>
      check("oso.gone", { check: name, outcome: "error", expected: "", observed: "its files are gone" });
    const checks = [broken("row_count"), broken("not_null(id)"), check("oso.events")];
    expect(text({ ...failed, verdict: "error", reused: 0, checks })).toEqual([
      "✗ oso.gone row_count, not_null(id) oso-pipeline.yaml:12:7",
      "  error  its files are gone",
      "",
      "Not evaluated: 3 checks on 2 models at 1b2c3d4e5f60 (2.1 s)",
      "  results   2 not evaluated, 1 passed",
      "  answered  1 from metadata",
    ]);
  });

  it("names models that were read live once for each reason", () => {
    const unpinned = [
      { model: "oso.a", reason: "oso.a reads tpch.tiny.nation, which is outside Nessie" },
      { model: "oso.b", reason: "Trino does not read tables by commit" },
      { model: "oso.c", reason: "Trino does not read tables by commit" },
    ];
    const lines = text({ ...passed, verdict: "warned", unpinned });
    const from = lines.indexOf("Read live, not as of this commit");
    expect(lines.slice(from + 1, from + 3)).toEqual([
      "  oso.a: oso.a reads tpch.tiny.nation, which is outside Nessie",
      "  oso.b, oso.c: Trino does not read tables by commit",
    ]);
  });

  it("told by a stored attestation says who verified when", () => {
    const attested = { by: { name: "alice", from: "github" } as const, at: "2026-11-21T12:00:00.000Z" };
    const checks = [taken, check("oso.events", { answeredBy: null })];
    const lines = text({ ...passed, checks, attested });
    expect(lines).toContain("  verified   2026-11-21 12:00 UTC by alice, nothing was asked again");
    expect(lines.some((line) => line.includes("answered"))).toBe(false);
  });

  it("tells of the audits of the run that made the data", () => {
    const lines = text({ ...passed, audits: { run: "20261121-142051-3f9a", passed: 41, failed: 2 } });
    expect(lines).toContain(
      "  audits     41 of SQLMesh's passed, 2 failed without blocking, in run 20261121-142051-3f9a",
    );
  });

  it("of some models only asks for the rest", () => {
    expect(text({ ...passed, attestation: null }).at(-1)).toBe(
      "next: oso-pipeline verify  checks all models, which publishing asks for",
    );
  });

  it.each([60, 80, 200])("fits into %i columns, queries that can be copied apart", (columns) => {
    const lines = text({ ...failed, unpinned: [{ model: "oso.a", reason: "it ".repeat(60) }] }, columns);
    const tooLong = lines.filter((line) => stringWidth(line) > columns && !line.includes("SELECT"));
    expect(tooLong).toEqual([]);
  });
});
