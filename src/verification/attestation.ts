import type { Actor } from "../core/actor.js";
import type { Hash } from "../core/commit.js";
import type { Check, Severity } from "./check.js";
import { canonical, sha256 } from "./digest.js";
import type { UnpinnedPolicy, VerificationResult, VerifiedCheck } from "./result.js";

/**
 * A stored verification of one base hash, narrowed by no selector and without a failed check: what makes a commit fit
 * to be published.
 */
export interface Attestation {
  /** Over everything below but the clock. */
  readonly digest: string;
  readonly base: Hash;
  /** Of the checks as configured: with others, the attestation does not hold. */
  readonly configuration: string;
  /** Base hash of what readers saw, which its drift checks compared with; null where there was none of either. */
  readonly comparedWith: Hash | null;
  readonly by: Actor;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Until when it holds: as configured, and no longer than its freshness checks would pass. */
  readonly until: string;
  readonly verdict: "passed" | "warned";
  readonly checks: readonly AttestedCheck[];
  readonly unpinned: readonly { readonly model: string; readonly reason: string }[];
}

export interface AttestedCheck {
  readonly model: string;
  readonly check: string;
  readonly severity: Severity;
  readonly outcome: "passed" | "warned";
  readonly expected: string;
  readonly observed: string;
  /** Of the check as configured and the content of every table it reads; null where it depends on more than that. */
  readonly inputs: string | null;
  /** The base hash it was looked at, where its result is taken over. */
  readonly from: Hash | null;
  /** Where the check was declared. */
  readonly where: string;
}

/** What an attestation is to answer for. */
export interface Question {
  readonly base: Hash;
  readonly configuration: string;
  readonly comparedWith: Hash | null;
}

/** Equal exactly for checks that ask for the same of the same models, wherever and in whatever order they stand. */
export function configurationDigest(checks: readonly Check[], unpinned: UnpinnedPolicy): string {
  const asked = checks.map((check) =>
    canonical({
      ...check,
      where: null,
      selectors: check.selectors.toSorted(),
      categories: check.categories.toSorted(),
    }),
  );
  return sha256(["checks/1", unpinned, asked.toSorted()]);
}

/** @param now milliseconds since 1970 */
export const holds = (attestation: Attestation, question: Question, now: number): boolean =>
  attestation.base === question.base &&
  attestation.configuration === question.configuration &&
  attestation.comparedWith === question.comparedWith &&
  Date.parse(attestation.until) > now;

export interface AttestRequest {
  readonly question: Question;
  readonly by: Actor;
  /** When the data was looked at, milliseconds since 1970. */
  readonly now: number;
  readonly validForMilliseconds: number;
}

/** Null for a verification that proves too little to publish by. */
export function attest(
  { verdict, checks, unpinned }: Pick<VerificationResult, "verdict" | "checks" | "unpinned">,
  { question, by, now, validForMilliseconds }: AttestRequest,
): Attestation | null {
  if (verdict !== "passed" && verdict !== "warned") return null;
  const content = { ...question, by, verdict, checks: checks.flatMap(attested), unpinned };
  const ends = checks.flatMap(({ holdsUntil }) => (holdsUntil === null ? [] : [Date.parse(holdsUntil)]));
  return {
    digest: sha256(["attestation/1", canonical(content)]),
    ...content,
    at: new Date(now).toISOString(),
    until: new Date(Math.min(now + validForMilliseconds, ...ends)).toISOString(),
  };
}

const attested = (check: VerifiedCheck): readonly AttestedCheck[] => {
  const { model, check: name, severity, outcome, expected, observed, inputs, from, where } = check;
  if (outcome !== "passed" && outcome !== "warned") return [];
  return [{ model, check: name, severity, outcome, expected, observed, inputs, from, where }];
};

/** What a verification would have found, as its attestation tells. */
export function resultOf(attestation: Attestation, milliseconds: number): VerificationResult {
  const { base, verdict, by, at, until, digest, unpinned } = attestation;
  const live = new Set(unpinned.map(({ model }) => model));
  return {
    base,
    at: base,
    release: null,
    verdict,
    checks: attestation.checks.map((check) => ({
      ...check,
      failingRows: null,
      pinned: !live.has(check.model),
      rowsQuery: null,
      sample: null,
      answeredBy: null,
      holdsUntil: null,
    })),
    unpinned,
    reused: attestation.checks.filter(({ from }) => from !== null).length,
    attestation: { digest, until },
    attested: { by, at },
    audits: null,
    milliseconds,
  };
}
