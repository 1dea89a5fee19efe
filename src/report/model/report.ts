import type { NextCommand } from "../../core/errors.js";
import type { Interval } from "../../core/events.js";
import type { ModelKind } from "../../core/model.js";
import type { Difference } from "../../release/diff.js";
import type { RowCount } from "../../release/ports.js";
import type { PastCheck } from "../../verification/past.js";

/** What a report says of one run, verification or release, for every format. All texts are as they came, unescaped. */
export interface Report {
  readonly subject: { readonly kind: "run" | "verification" | "release"; readonly id: string };
  /** `Run 20261121-142051-3f9a` */
  readonly title: string;
  readonly outcome: Outcome;
  /** In one sentence. */
  readonly summary: string;
  readonly figures: readonly Figure[];
  /** Who, when, why; in order. */
  readonly facts: readonly Fact[];
  readonly failures: readonly FailureReport[];
  readonly models: readonly ModelReport[];
  /** From the release before to this one. */
  readonly changes: readonly Difference[];
  /** Null where it is not known when anything was stored. */
  readonly timeline: Timeline | null;
  readonly checks: ChecksReport | null;
  readonly links: readonly Link[];
  /** What the reader may miss, and why. */
  readonly remarks: readonly string[];
  /** Commands that make sense next. */
  readonly next: readonly NextCommand[];
  /** ISO 8601 UTC. */
  readonly producedAt: string;
  readonly toolVersion: string;
}

export interface Outcome {
  readonly tone: "good" | "warning" | "bad" | "neutral";
  /** `succeeded` */
  readonly word: string;
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string | null;
}

export interface Fact {
  readonly label: string;
  readonly text: string;
  readonly href: string | null;
}

export interface Link {
  readonly label: string;
  readonly href: string;
}

export interface FailureReport {
  readonly title: string;
  /** Null for what is no model's. */
  readonly model: string | null;
  readonly attempt: number | null;
  readonly message: string;
  readonly hint: string | null;
  readonly audits: readonly { readonly name: string; readonly failingRows: number | null }[];
  /** Trino's pages of the queries that the message names. */
  readonly queries: readonly Link[];
  /** The last lines of SQLMesh's log, where they can be read. */
  readonly log: { readonly file: string; readonly lines: readonly string[] } | null;
}

export type StepName = "restated" | "deployed" | "due";

export interface ModelReport {
  readonly model: string;
  readonly step: StepName;
  readonly kind: ModelKind | null;
  readonly outcome: "done" | "failed" | "left";
  readonly asked: boolean;
  /** Restated models that it reads. */
  readonly reads: readonly string[];
  readonly batches: { readonly stored: number; readonly planned: number | null };
  readonly rows: number | null;
  readonly milliseconds: number;
  readonly audits: { readonly passed: number; readonly failed: number };
  /** In earlier runs that restated as many batches of it, oldest first. */
  readonly earlier: readonly EarlierFigures[];
  /** Its rows altogether, as readers saw it when the run ended and as the run left it; null where nothing tells. */
  readonly readers: { readonly seen: RowCount | null; readonly now: RowCount | null } | "same" | null;
  readonly queries: readonly Link[];
}

export interface EarlierFigures {
  readonly run: string;
  readonly rows: number | null;
  readonly milliseconds: number;
}

export interface Timeline {
  readonly attempts: readonly AttemptSpan[];
  /** In order of their first batch. */
  readonly lanes: readonly Lane[];
}

/** Times are milliseconds since 1970. */
export interface AttemptSpan {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** Null for one that succeeded or is at work. */
  readonly failure: string | null;
}

export interface Lane {
  readonly model: string;
  readonly step: StepName;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly start: number;
  readonly end: number;
  readonly attempt: number;
  readonly outcome: "stored" | "failed";
  /** Null for a failure. */
  readonly interval: Interval | null;
  readonly rows: number | null;
}

export interface ChecksReport {
  readonly verdict: "passed" | "warned" | "failed" | "error";
  readonly at: string;
  readonly by: string;
  readonly base: string;
  /** Checks that were looked at because selectors asked for them; empty for all. */
  readonly selected: readonly string[];
  readonly checks: readonly CheckReport[];
  readonly unpinned: readonly { readonly model: string; readonly reason: string }[];
}

export interface CheckReport extends PastCheck {
  /** What became of it in earlier verifications, oldest first; this one is not among them. */
  readonly history: readonly { readonly at: string; readonly outcome: PastCheck["outcome"] }[];
}

/** What a verdict or a check's outcome means to whoever looks. */
export const toneOf: Readonly<Record<ChecksReport["verdict"], Outcome["tone"]>> = {
  passed: "good",
  warned: "warning",
  failed: "bad",
  error: "bad",
};
