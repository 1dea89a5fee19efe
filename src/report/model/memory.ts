import type { Comparison } from "../../release/diff.js";
import type { Release } from "../../release/release.js";
import type { RunDetails } from "../../restatement/history.js";
import type { JournalEntry, RunRecord } from "../../restatement/runs.js";
import type { PastVerification } from "../../verification/past.js";

/** What a report is made of, whatever it is about. */
export interface CommonMemory {
  /** Newest first. */
  readonly verifications: readonly PastVerification[];
  /** Newest first. */
  readonly releases: readonly Release[];
  /** Trino's origin, for its own pages on queries. */
  readonly trinoUrl: string;
  readonly producedAt: string;
  readonly toolVersion: string;
}

export interface RunMemory extends CommonMemory {
  readonly details: RunDetails;
  readonly journal: readonly JournalEntry[];
  /** Runs of the same environment that succeeded before it, newest first. */
  readonly earlier: readonly EarlierRun[];
  /** From what readers saw when it ended to what it left. */
  readonly comparison: Compared;
  /** Of attempts that failed on this machine. */
  readonly logs: readonly AttemptLog[];
}

export interface EarlierRun {
  readonly run: Pick<RunRecord, "id">;
  readonly journal: readonly JournalEntry[];
}

/** A comparison, or why there is none. */
export type Compared =
  { readonly comparison: Comparison; readonly release: number } | { readonly missing: string };

export interface AttemptLog {
  readonly attempt: number;
  readonly file: string;
  readonly lines: readonly string[];
}

export interface ReleaseMemory extends CommonMemory {
  readonly release: Release;
  /** Whether readers see it now. */
  readonly isSeen: boolean;
  /** From the release before to this one. */
  readonly comparison: Compared;
}
