import type { Hash, Reference } from "../core/commit.js";

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
  createTag(name: string, target: Hash): Promise<void>;
  /**
   * Compare-and-swap of a tag. A reply lost after success counts as success.
   * @throws PipelineError TAG_MOVED when the tag no longer stands at `expected` nor at `target`.
   */
  moveTag(name: string, expected: Hash, target: Hash): Promise<void>;
  /** Names (`schema.view`) of all views at `hash`. */
  views(hash: Hash): Promise<readonly string[]>;
}
