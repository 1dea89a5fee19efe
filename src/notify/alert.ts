/**
 * What is told to people, once for all services. Every text in it may come from outside: from SQL, from Trino, from whoever
 * named a model. The templates escape it and cut it to what their service takes.
 */
export interface Alert {
  readonly event: AlertEvent;
  readonly severity: AlertSeverity;
  /** What was done, of which a later success is a recovery: `run prod`, `publish consumer`. */
  readonly subject: string;
  /** The same for alerts that say nothing new. */
  readonly fingerprint: string;
  /** Of SQLMesh; null where it is about no environment. */
  readonly environment: string | null;
  readonly title: string;
  /** A sentence or two. */
  readonly text: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Models, checks: what a person looks at first. */
  readonly lists: readonly AlertList[];
  readonly links: readonly AlertLink[];
  /** The command that makes sense now. */
  readonly next: string | null;
}

export interface AlertList {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface AlertLink {
  readonly title: string;
  readonly url: string;
}

export const alertEvents = [
  "run_failed",
  "checks_failed",
  "checks_warned",
  "publish_failed",
  "stale",
  "slowdown",
  "approval_wanted",
  "approved",
  "published",
  "rolled_back",
  "recovered",
] as const;

/** `test` is what `doctor --send-test` sends: no route decides on it. */
export type AlertEvent = (typeof alertEvents)[number] | "test";

/** From the least to the most. */
export const severities = ["info", "warning", "error"] as const;

export type AlertSeverity = (typeof severities)[number];

export const isAtLeast = (severity: AlertSeverity, least: AlertSeverity): boolean =>
  severities.indexOf(severity) >= severities.indexOf(least);
