import type { Actor } from "../core/actor.js";
import type { Hash } from "../core/commit.js";
import type { Severity } from "./check.js";

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
}
