import type { Hash, Reference } from "../core/commit.js";
import type { Outcome } from "../core/outcome.js";
import type { SqlUnreadable, TableReference, ViewText } from "../core/view-text.js";

/** Nessie's references and history, as publishing needs them. */
export interface ReferenceStore {
  /** @throws PipelineError REFERENCE_MISSING when there is none of that name. */
  reference(name: string): Promise<Reference>;
  /** Null when there is none of that name. */
  findReference(name: string): Promise<Reference | null>;
  /** Tags whose name starts with `prefix`, in no order. */
  tags(prefix: string): Promise<readonly Reference[]>;
  /** Commits of `branch` whose hash starts with `prefix`, newest first, at most `limit`. */
  commitsByPrefix(branch: string, prefix: string, limit: number): Promise<readonly Hash[]>;
  /** Whether `ancestor` is `descendant` or in its history. */
  isAncestor(ancestor: Hash, descendant: Hash): Promise<boolean>;
  /** @throws PipelineError CONFLICT when there is one of that name already. */
  createTag(name: string, target: Hash): Promise<void>;
  /** Removes the tag if it still stands at `expected`; an absent one is fine. */
  deleteTag(name: string, expected: Hash): Promise<void>;
  /**
   * Compare-and-swap of a tag. A reply lost after success counts as success.
   * @throws PipelineError TAG_MOVED when the tag no longer stands at `expected` nor at `target`.
   */
  moveTag(name: string, expected: Hash, target: Hash): Promise<void>;
  /** Names (`schema.view`) of all views at `hash`. */
  views(hash: Hash): Promise<readonly string[]>;
}

/** Proves the data of one commit: what stands between a commit and its readers. */
export interface Verifier<V extends VerificationSummary> {
  verify(base: Hash): Promise<Outcome<V>>;
}

/** What publishing keeps of a verification. */
export interface VerificationSummary {
  readonly verdict: "passed" | "warned" | "failed" | "error";
  readonly checks: readonly { readonly outcome: string }[];
}

/** The runs that restate what is published. */
export interface RunLedger {
  runs(): Promise<readonly GuardedRun[]>;
}

/** A run whose commits are half-restated data until its last one. */
export interface GuardedRun {
  readonly id: string;
  readonly isUnfinished: boolean;
  /** Head of main before the run wrote anything. */
  readonly mainAtStart: Hash;
  /** Head of main when it was over; null while it is unfinished. */
  readonly mainAtEnd: Hash | null;
}

/** A branch of Nessie's own on which the views of a release are sealed, and nobody else writes. */
export interface SealingBranch {
  /** Makes it at a commit. @throws PipelineError CONFLICT when there is one of that name already. */
  create(name: string, at: Hash): Promise<void>;
  /** Gives views other texts, in no order, and the branch's head after all of it. */
  replaceViews(name: string, texts: ReadonlyMap<string, string>): Promise<Hash>;
  /** An absent one is fine. */
  remove(name: string): Promise<void>;
}

/** The views and tables of one commit. */
export interface ViewCatalog {
  /** By name, `schema.view`. */
  viewTexts(hash: Hash): Promise<ReadonlyMap<string, ViewText>>;
  /** Names, `schema.table`. */
  tables(hash: Hash): Promise<readonly string[]>;
}

/** Says what queries read, by their text alone. */
export interface ViewReader {
  read(statements: readonly string[]): Promise<readonly (QueryReading | SqlUnreadable)[]>;
}

export interface QueryReading {
  readonly tables: readonly TableReference[];
  /** Functions whose value no commit holds: `now`, `current_user`. */
  readonly volatile: readonly string[];
}
