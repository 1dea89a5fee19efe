import type { Hash } from "../core/commit.js";

/** What is verified: a commit of main, or a release as its readers see it. */
export interface VerificationTarget {
  /** The commit of main that is spoken of. */
  readonly base: Hash;
  /** Where data is read: the base, or the sealed hash of a release. */
  readonly at: Hash;
  /** Null for a commit of main. */
  readonly release: number | null;
}

/** A commit of main, as it would be published. */
export const commitOfMain = (base: Hash): VerificationTarget => ({ base, at: base, release: null });

/** What readers see now: the commit of main that it was made from, and where it is read. */
export interface Seen {
  readonly base: Hash;
  readonly at: Hash;
}
