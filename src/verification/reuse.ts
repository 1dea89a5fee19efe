import type { Hash } from "../core/commit.js";
import type { Attestation, AttestedCheck } from "./attestation.js";
import type { Check } from "./check.js";
import { checkName } from "./compile.js";
import { dependsOnTime } from "./depends-on-time.js";
import { canonical, sha256 } from "./digest.js";
import type { Reading } from "./pin.js";
import type { VerifiedCheck } from "./result.js";

/**
 * What one check of one model depends on: the rule as configured and the content of every table it reads. Null where
 * the same may be found to be different later.
 * @param baseline what it compares with; undefined for a check that compares with nothing
 */
export function inputsOf(
  model: string,
  check: Check,
  reading: Reading,
  baseline: Reading | null | undefined,
): string | null {
  if (dependsOnTime(check) || reading.inputs === null || baseline?.inputs === null) return null;
  const rule = { ...check, selectors: null, categories: null, severity: null, name: null, where: null };
  return sha256(["check/1", model, canonical(rule), reading.inputs, baseline?.inputs ?? null]);
}

/** Results that were good once, by what they depend on. */
export type PassedBefore = ReadonlyMap<string, AttestedCheck & { readonly from: Hash }>;

export const nothingBefore: PassedBefore = new Map();

/** Of attestations that say the same, the first one's word is taken. */
export function passedBefore(attestations: readonly Attestation[]): PassedBefore {
  const known = new Map<string, AttestedCheck & { readonly from: Hash }>();
  for (const { base, checks } of attestations) {
    for (const check of checks) {
      if (check.outcome !== "passed" || check.inputs === null || known.has(check.inputs)) continue;
      known.set(check.inputs, { ...check, from: check.from ?? base });
    }
  }
  return known;
}

/** The result of a check that has passed before, over the same. */
export const takenOver = (
  model: string,
  check: Check,
  { expected, observed, inputs, from }: AttestedCheck & { readonly from: Hash },
): VerifiedCheck => ({
  model,
  check: checkName(check),
  severity: check.severity,
  outcome: "passed",
  expected,
  observed,
  failingRows: null,
  pinned: true,
  rowsQuery: null,
  sample: null,
  answeredBy: null,
  holdsUntil: null,
  where: check.where,
  from,
  inputs,
});
