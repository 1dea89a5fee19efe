import type { Actor } from "../core/actor.js";
import type { Hash } from "../core/commit.js";
import type { Attestation } from "./attestation.js";
import type { CheckResult } from "./check-result.js";
import type { VerificationResult } from "./result.js";

/** A verification as it is looked back at, whatever came of it. What it is not: a proof; that is an attestation. */
export interface PastVerification {
  /** When the data was looked at, ISO 8601 UTC. */
  readonly at: string;
  readonly by: Actor;
  readonly base: Hash;
  /** The release that was looked at as readers see it; null for a commit of main. */
  readonly release: number | null;
  /** Base hash of what readers saw, which drift was measured against; null where there was none. */
  readonly comparedWith: Hash | null;
  /** Selectors that narrowed it; empty where everything was checked. */
  readonly selected: readonly string[];
  readonly verdict: VerificationResult["verdict"];
  readonly checks: readonly PastCheck[];
  readonly unpinned: VerificationResult["unpinned"];
  /** Null where only its attestation is remembered. */
  readonly milliseconds: number | null;
  /** Until when its attestation holds; null where there is none. */
  readonly until: string | null;
}

/** Of a check what does not show anybody's data: no sample of rows. */
export interface PastCheck extends Pick<
  CheckResult,
  "model" | "check" | "severity" | "outcome" | "expected" | "observed" | "rowsQuery" | "where"
> {
  /** Null where the rule does not speak of rows, or only an attestation tells. */
  readonly failingRows: number | null;
  /** The base hash it was looked at, where its result was taken over. */
  readonly from: Hash | null;
}

/** Remembers verifications for whoever looks back; nothing is decided by them. */
export interface VerificationHistory {
  /** Newest first. */
  newest(limit: number): Promise<readonly PastVerification[]>;
  /** Old ones are forgotten. */
  save(verification: PastVerification): Promise<void>;
}

export function pastOf(
  { base, release, verdict, checks, unpinned, milliseconds, attestation }: VerificationResult,
  around: Pick<PastVerification, "at" | "by" | "comparedWith" | "selected">,
): PastVerification {
  return {
    ...around,
    base,
    release,
    verdict,
    checks: checks.map((check) => ({
      ...attested(check),
      failingRows: check.failingRows === null ? null : Number(check.failingRows),
      rowsQuery: check.rowsQuery,
    })),
    unpinned,
    milliseconds,
    until: attestation?.until ?? null,
  };
}

/** What is known of a verification of which only the attestation is there. */
export const pastOfAttestation = (attestation: Attestation): PastVerification => ({
  at: attestation.at,
  by: attestation.by,
  base: attestation.base,
  release: null,
  comparedWith: attestation.comparedWith,
  selected: [],
  verdict: attestation.verdict,
  checks: attestation.checks.map((check) => ({ ...attested(check), failingRows: null, rowsQuery: null })),
  unpinned: attestation.unpinned,
  milliseconds: null,
  until: attestation.until,
});

/** What an attestation tells of a check. */
const attested = ({
  model,
  check,
  severity,
  outcome,
  expected,
  observed,
  from,
  where,
}: Omit<PastCheck, "failingRows" | "rowsQuery">): Omit<PastCheck, "failingRows" | "rowsQuery"> => ({
  model,
  check,
  severity,
  outcome,
  expected,
  observed,
  from,
  where,
});
