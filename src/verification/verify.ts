import pLimit from "p-limit";
import { type Hash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import type { Model } from "../core/model.js";
import type { Outcome } from "../core/outcome.js";
import type { Check, Severity } from "./check.js";
import { checkName, compile, type CompiledCheck, needsColumnTypes } from "./compile.js";
import { modelsToCheck } from "./models-to-check.js";
import { Pinning, type Relation } from "./pin.js";
import type { CatalogAtCommit, ModelDirectory, QueryEngine, SqlReader } from "./ports.js";
import { proveIsPinned } from "./proof.js";

export interface VerificationResult {
  /** The commit of main that was looked at; every table is read as of it. */
  readonly base: Hash;
  /** `error` when a check could not be evaluated and none failed. */
  readonly verdict: "passed" | "warned" | "failed" | "error";
  readonly checks: readonly CheckResult[];
  /** Models that could not be read as of the commit, and why; their checks looked at live data. */
  readonly unpinned: readonly { readonly model: string; readonly reason: string }[];
  readonly milliseconds: number;
}

export interface CheckResult {
  readonly model: string;
  readonly check: string;
  readonly severity: Severity;
  readonly outcome: "passed" | "warned" | "failed" | "error";
  readonly expected: string;
  readonly observed: string;
  readonly failingRows: bigint | null;
  readonly pinned: boolean;
  /** Query that shows the failing rows; null for a check that passed or speaks of no rows. */
  readonly rowsQuery: string | null;
  /** Where the check is declared. */
  readonly where: string;
}

export interface VerificationParts {
  readonly queries: QueryEngine;
  readonly catalog: CatalogAtCommit;
  readonly reader: SqlReader;
  readonly directory: ModelDirectory;
  readonly report: Report;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly producerCatalog: string;
  readonly checks: readonly Check[];
  /** Queries at once. */
  readonly concurrency: number;
  /** Of one whole verification. */
  readonly timeoutMilliseconds: number;
}

interface ModelChecks {
  readonly model: Model;
  readonly checks: readonly Check[];
}

export class VerificationService {
  constructor(private readonly parts: VerificationParts) {}

  /**
   * Checks the data as of `base`. Failing checks are a result; a check that Trino refuses is an `error` of that
   * check and hides no other.
   * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, TIMEOUT, CONFIG_INVALID.
   */
  async verify(base: Hash, select: readonly string[] = []): Promise<Outcome<VerificationResult>> {
    const { report, now, directory, catalog, reader, producerCatalog, concurrency } = this.parts;
    const startedAt = now();
    report({ type: "phase", phase: "verify", text: `Verifying ${short(base)}` });
    if (this.parts.checks.length === 0) {
      report({ type: "notice", level: "warning", text: "no checks are configured: nothing is verified" });
      return { result: { base, verdict: "passed", checks: [], unpinned: [], milliseconds: 0 } };
    }
    const toCheck = await modelsToCheck(this.parts.checks, directory, select);
    report({ type: "checks-planned", total: toCheck.reduce((sum, { checks }) => sum + checks.length, 0) });

    const deadline = AbortSignal.timeout(this.parts.timeoutMilliseconds);
    const signal = AbortSignal.any([this.parts.signal, deadline]);
    const pinning = new Pinning(catalog, reader, producerCatalog);
    const relations = await pinning.relations(
      base,
      toCheck.map(({ model }) => model.name),
    );
    const limit = pLimit(concurrency);
    try {
      const results = await Promise.all(
        toCheck.map((one) => limit(() => this.checkModel(base, one, relations.get(one.model.name), signal))),
      );
      const checks = results.flatMap((one) => one.checks);
      const unpinned = results.flatMap((one) => (one.unpinned ? [one.unpinned] : []));
      return concluded({
        base,
        verdict: verdictOf(checks),
        checks,
        unpinned,
        milliseconds: now() - startedAt,
      });
    } catch (thrown) {
      limit.clearQueue();
      if (deadline.aborted && !this.parts.signal.aborted) {
        throw new PipelineError("TIMEOUT", {
          message: "the verification took longer than verification.timeout allows",
          hint: "raise it, or check less at once with --select",
          cause: thrown,
        });
      }
      throw thrown;
    }
  }

  private async checkModel(
    base: Hash,
    { model, checks }: ModelChecks,
    found: Relation | undefined,
    signal: AbortSignal,
  ): Promise<{ checks: CheckResult[]; unpinned: { model: string; reason: string } | null }> {
    const { queries, producerCatalog, report } = this.parts;
    if (!found) {
      const missing = checks.map((check) =>
        errored(model, check, `${model.name} is not in commit ${short(base)}`, true),
      );
      missing.forEach((result) => report(finished(result)));
      return { checks: missing, unpinned: null };
    }
    const relation = await proveIsPinned(found, base, producerCatalog, queries, signal);
    const evaluated = await this.evaluate(model, checks, relation, signal);
    evaluated.forEach((result) => report(finished(result)));
    return {
      checks: evaluated,
      unpinned: relation.pinned ? null : { model: model.name, reason: relation.reason },
    };
  }

  /** All checks that can share a scan share one; if Trino refuses it, each is asked alone to find the culprit. */
  private async evaluate(
    model: Model,
    checks: readonly Check[],
    relation: Relation,
    signal: AbortSignal,
  ): Promise<CheckResult[]> {
    const results = new Map<Check, CheckResult>();
    const from = relation.sql;
    const columns = await this.columnTypes(checks, from, signal).catch(refusal);
    if (columns instanceof PipelineError) {
      return checks.map((check) => errored(model, check, columns.message, relation.pinned));
    }
    const compiled = checks.map((check) => ({ check, compiled: compile(check, from, columns) }));
    const sharing = compiled.filter(({ compiled: one }) => one.statement === null);
    const alone = compiled.filter(({ compiled: one }) => one.statement !== null).map((one) => [one]);
    const scans = sharing.length > 0 ? [sharing, ...alone] : alone;
    for (let scan = scans.shift(); scan; scan = scans.shift()) {
      const row = await this.firstRow(statementOf(scan, from), signal).catch(refusal);
      if (row instanceof PipelineError && scan.length > 1) {
        scans.push(...scan.map((one) => [one]));
        continue;
      }
      let offset = 0;
      for (const { check, compiled: one } of scan) {
        if (row instanceof PipelineError) {
          results.set(check, errored(model, check, row.message, relation.pinned));
          continue;
        }
        const width = one.statement === null ? one.aggregates.length : row.length;
        const values = row.slice(offset, (offset += width));
        results.set(check, judged(model, check, one, values, relation.pinned));
      }
    }
    return checks.flatMap((check) => results.get(check) ?? []);
  }

  private async columnTypes(
    checks: readonly Check[],
    relation: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    if (!checks.some(needsColumnTypes)) return new Map();
    const { columns } = await this.parts.queries.query(`SELECT * FROM ${relation} LIMIT 0`, { signal });
    return new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));
  }

  private async firstRow(statement: string, signal: AbortSignal): Promise<readonly unknown[]> {
    const { rows } = await this.parts.queries.query(statement, { signal });
    return rows[0] ?? [];
  }
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
    where: check.where,
  };
}

const errored = (model: Model, check: Check, message: string, pinned: boolean): CheckResult => ({
  model: model.name,
  check: checkName(check),
  severity: check.severity,
  outcome: "error",
  expected: "",
  observed: message,
  failingRows: null,
  pinned,
  rowsQuery: null,
  where: check.where,
});

const finished = ({ model, check, outcome }: CheckResult) =>
  ({ type: "check-finished", model, check, outcome }) as const;

/** A check that could not be evaluated proves nothing, whatever its severity. */
function verdictOf(checks: readonly CheckResult[]): VerificationResult["verdict"] {
  const has = (outcome: CheckResult["outcome"]): boolean => checks.some((check) => check.outcome === outcome);
  return has("failed") ? "failed" : has("error") ? "error" : has("warned") ? "warned" : "passed";
}

function concluded(result: VerificationResult): Outcome<VerificationResult> {
  const of = (outcome: CheckResult["outcome"]): readonly CheckResult[] =>
    result.checks.filter((check) => check.outcome === outcome);
  const names = (checks: readonly CheckResult[]): string =>
    checks.map(({ model, check }) => `${model} ${check}`).join(", ");
  if (result.verdict === "failed") {
    const failed = of("failed");
    return {
      result,
      failure: new PipelineError("CHECKS_FAILED", {
        message: `${failed.length} of ${result.checks.length} checks failed: ${names(failed)}`,
        hint: "the result shows for each check the query that lists the rows",
        where: failed[0]?.where,
      }),
    };
  }
  if (result.verdict === "error") {
    const broken = of("error");
    return {
      result,
      failure: new PipelineError("QUERY_FAILED", {
        message: `${broken.length} of ${result.checks.length} checks could not be evaluated: ${names(broken)}`,
        hint: broken[0]?.observed,
        where: broken[0]?.where,
      }),
    };
  }
  return { result };
}
