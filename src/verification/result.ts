import type { Actor } from "../core/actor.js";
import { type Hash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Outcome } from "../core/outcome.js";
import { count, few } from "../core/words.js";
import type { CheckResult } from "./check-result.js";

export interface VerificationResult {
  /** The commit of main that is spoken of. */
  readonly base: Hash;
  /** The commit that tables were read as of: the base, or the sealed hash of a release. */
  readonly at: Hash;
  /** The release that was looked at as readers see it; null for a commit of main. */
  readonly release: number | null;
  /** `error` when a check could not be evaluated and none failed. */
  readonly verdict: "passed" | "warned" | "failed" | "error";
  readonly checks: readonly VerifiedCheck[];
  /** Models that could not be read as of the commit, and why; their checks looked at live data. */
  readonly unpinned: readonly { readonly model: string; readonly reason: string }[];
  /** Checks whose result is taken over, because nothing that they read has changed. */
  readonly reused: number;
  /** What publishing goes by; null where it proves too little for that: something failed, or not all was checked. */
  readonly attestation: { readonly digest: string; readonly until: string } | null;
  /** Who verified it and when, where this is told by a stored attestation; null where it was verified now. */
  readonly attested: { readonly by: Actor; readonly at: string } | null;
  /** SQLMesh's own audits in the run that made the data, where there was one. */
  readonly audits: RunAudits | null;
  readonly milliseconds: number;
}

export interface VerifiedCheck extends Omit<CheckResult, "answeredBy"> {
  /** Null where nothing was asked for it now. */
  readonly answeredBy: CheckResult["answeredBy"] | null;
  /** The base hash it was looked at, where its result is taken over. */
  readonly from: Hash | null;
  /** Of the check as configured and the content of every table it reads; null where it depends on more than that. */
  readonly inputs: string | null;
}

export interface RunAudits {
  readonly run: string;
  readonly passed: number;
  /** Without blocking; one that blocks ends the run. */
  readonly failed: number;
}

/** What becomes of a verification some of whose models cannot be read as of one commit. */
export type UnpinnedPolicy = "fail" | "warn" | "allow";

/** A check that could not be evaluated proves nothing, whatever its severity. */
export function verdictOf(
  { checks, unpinned }: Pick<VerificationResult, "checks" | "unpinned">,
  policy: UnpinnedPolicy,
): VerificationResult["verdict"] {
  const has = (outcome: CheckResult["outcome"]): boolean => checks.some((check) => check.outcome === outcome);
  const live = unpinned.length > 0;
  if (has("failed") || (live && policy === "fail")) return "failed";
  if (has("error")) return "error";
  return has("warned") || (live && policy === "warn") ? "warned" : "passed";
}

/** The result with what it means for the exit code. */
export function concluded(result: VerificationResult): Outcome<VerificationResult> {
  const of = (outcome: CheckResult["outcome"]): readonly VerifiedCheck[] =>
    result.checks.filter((check) => check.outcome === outcome);
  const names = (checks: readonly VerifiedCheck[]): string =>
    few(checks.map(({ model, check }) => `${model} ${check}`));
  const total = count(result.checks.length, "check");
  const failed = of("failed");
  if (failed.length > 0) {
    return failure(result, "CHECKS_FAILED", {
      message: `${failed.length} of ${total} failed: ${names(failed)}`,
      hint: "the result shows for each check the query that lists the rows",
      where: failed[0]?.where,
    });
  }
  if (result.verdict === "failed") {
    return failure(result, "CHECKS_FAILED", {
      message: `${count(result.unpinned.length, "model")} cannot be read as of ${short(result.at)}, which verification.unpinned does not allow: ${few(result.unpinned.map(({ model }) => model))}`,
      hint: "the result says why; `verification.unpinned: warn` lets checks look at live data",
    });
  }
  if (result.verdict === "error") {
    const broken = of("error");
    return failure(result, "QUERY_FAILED", {
      message: `${broken.length} of ${total} could not be evaluated: ${names(broken)}`,
      hint: broken[0]?.observed,
      where: broken[0]?.where,
    });
  }
  return { result };
}

const failure = (
  result: VerificationResult,
  code: "CHECKS_FAILED" | "QUERY_FAILED",
  details: ConstructorParameters<typeof PipelineError>[1],
): Outcome<VerificationResult> => ({ result, failure: new PipelineError(code, details) });
