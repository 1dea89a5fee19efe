import pLimit from "p-limit";
import { PipelineError } from "../core/errors.js";
import type { Model } from "../core/model.js";
import type { Check } from "./check.js";
import { type CheckResult, errored } from "./check-result.js";
import { checkName, compile, type CompiledCheck, needsColumnTypes } from "./compile.js";
import type { Relation } from "./pin.js";
import type { QueryEngine } from "./ports.js";

export interface ChecksToEvaluate {
  readonly models: readonly ModelToCheck[];
  readonly queries: QueryEngine;
  /** Queries at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Hears of each result once, as soon as it is known. */
  report(result: CheckResult): void;
}

export interface ModelToCheck {
  readonly model: Model;
  readonly relation: Relation;
  readonly checks: readonly Check[];
  /** The same model as readers see it today; null where they see none. */
  readonly baseline: Relation | null;
}

/**
 * Evaluates checks, in the order given: the checks of the first model first. A statement that Trino refuses is an
 * `error` of the checks it was for and hides no other.
 * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, TIMEOUT, INTERRUPTED.
 */
export async function evaluateChecks(request: ChecksToEvaluate): Promise<readonly CheckResult[]> {
  const limit = pLimit(request.concurrency);
  try {
    const results = await Promise.all(request.models.map((one) => limit(() => evaluateModel(one, request))));
    return results.flat();
  } finally {
    limit.clearQueue();
  }
}

/** All checks that can share a scan share one; if Trino refuses it, each is asked alone to find the culprit. */
async function evaluateModel(
  { model, relation, checks }: ModelToCheck,
  { queries, signal, report }: ChecksToEvaluate,
): Promise<CheckResult[]> {
  const results = new Map<Check, CheckResult>();
  const settle = (check: Check, result: CheckResult): void => {
    results.set(check, result);
    report(result);
  };
  const from = relation.sql;
  const columns = await columnTypes(checks, from, queries, signal).catch(refusal);
  if (columns instanceof PipelineError) {
    checks.forEach((check) => settle(check, errored(model, check, columns.message, relation.pinned)));
    return [...results.values()];
  }
  const compiled = checks.map((check) => ({ check, compiled: compile(check, from, columns) }));
  const sharing = compiled.filter(({ compiled: one }) => one.statement === null);
  const alone = compiled.filter(({ compiled: one }) => one.statement !== null).map((one) => [one]);
  const scans = sharing.length > 0 ? [sharing, ...alone] : alone;
  for (let scan = scans.shift(); scan; scan = scans.shift()) {
    const row = await firstRow(statementOf(scan, from), queries, signal).catch(refusal);
    if (row instanceof PipelineError && scan.length > 1) {
      scans.push(...scan.map((one) => [one]));
      continue;
    }
    let offset = 0;
    for (const { check, compiled: one } of scan) {
      if (row instanceof PipelineError) {
        settle(check, errored(model, check, row.message, relation.pinned));
        continue;
      }
      const width = one.statement === null ? one.aggregates.length : row.length;
      const values = row.slice(offset, (offset += width));
      settle(check, judged(model, check, one, values, relation.pinned));
    }
  }
  return checks.flatMap((check) => results.get(check) ?? []);
}

async function columnTypes(
  checks: readonly Check[],
  relation: string,
  queries: QueryEngine,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (!checks.some(needsColumnTypes)) return new Map();
  const { columns } = await queries.query(`SELECT * FROM ${relation} LIMIT 0`, { signal });
  return new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));
}

async function firstRow(
  statement: string,
  queries: QueryEngine,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const { rows } = await queries.query(statement, { signal });
  return rows[0] ?? [];
}

/** A statement of the check's own, or one scan for all. */
const statementOf = (scan: readonly { readonly compiled: CompiledCheck }[], from: string): string =>
  scan[0]?.compiled.statement ??
  `SELECT ${scan.flatMap(({ compiled }) => compiled.aggregates).join(", ")} FROM ${from}`;

/** What Trino refuses concerns one statement; anything else concerns the whole verification. */
function refusal(thrown: unknown): PipelineError {
  if (
    thrown instanceof PipelineError &&
    (thrown.code === "QUERY_FAILED" || thrown.code === "PERMISSION_DENIED")
  ) {
    return thrown;
  }
  throw thrown;
}

function judged(
  model: Model,
  check: Check,
  compiled: CompiledCheck,
  values: readonly unknown[],
  pinned: boolean,
): CheckResult {
  const { holds, observed, failingRows } = compiled.judge(values);
  return {
    model: model.name,
    check: checkName(check),
    severity: check.severity,
    outcome: holds ? "passed" : check.severity === "warn" ? "warned" : "failed",
    expected: compiled.expected,
    observed,
    failingRows,
    pinned,
    rowsQuery: holds ? null : compiled.rowsQuery,
    sample: null,
    answeredBy: compiled.statement === null ? "scan" : "own-query",
    holdsUntil: null,
    where: check.where,
  };
}
