import type { Hash } from "../core/commit.js";

/** Main's history and contents, as far as telling how far it is ahead needs them. */
export interface MainAhead {
  /** Commits after `since` up to `until`, counted up to `most`. */
  countCommits(since: Hash, until: Hash, most: number): Promise<Bounded>;
}

export interface Bounded {
  readonly count: number;
  /** False where there are more. */
  readonly isAll: boolean;
}
