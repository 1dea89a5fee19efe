import type { Alert } from "./alert.js";

/** What earlier commands have told, and of what they know that it is broken. */
export interface Memory {
  /** Subjects whose last end was a failure. */
  readonly failing: readonly Failing[];
  readonly told: readonly Told[];
}

export interface Failing {
  readonly subject: string;
  /** ISO 8601, UTC: since when. */
  readonly since: string;
  /** What was said of the first failure. */
  readonly title: string;
}

export interface Told {
  readonly target: string;
  readonly subject: string;
  readonly fingerprint: string;
  /** ISO 8601, UTC */
  readonly at: string;
}

export const nothingTold: Memory = { failing: [], told: [] };

/** Whether a target was told the same within the time in which nothing is repeated. */
export const isToldAlready = (
  { told }: Memory,
  target: string,
  { subject, fingerprint }: Pick<Alert, "subject" | "fingerprint">,
  now: number,
  repeatMilliseconds: number,
): boolean =>
  told.some(
    (one) =>
      one.target === target &&
      one.subject === subject &&
      one.fingerprint === fingerprint &&
      now - Date.parse(one.at) < repeatMilliseconds,
  );

/** How a command ended, for one subject. */
export interface SubjectEnd {
  readonly subject: string;
  readonly isFailure: boolean;
  readonly title: string;
}

/** What is remembered after a command; a success forgets what was told of failures, so that the next one is told at once. */
export function remembered(
  before: Memory,
  ends: readonly SubjectEnd[],
  told: readonly Told[],
  now: number,
  repeatMilliseconds: number,
): Memory {
  const at = new Date(now).toISOString();
  const ended = new Map(ends.map((end) => [end.subject, end]));
  const kept = before.failing.filter(({ subject }) => ended.get(subject)?.isFailure !== false);
  const known = new Set(kept.map(({ subject }) => subject));
  const begun = [...ended.values()]
    .filter(({ subject, isFailure }) => isFailure && !known.has(subject))
    .map(({ subject, title }) => ({ subject, title, since: at }));
  return {
    failing: [...kept, ...begun],
    told: [
      ...before.told.filter(
        (one) => ended.get(one.subject)?.isFailure !== false && now - Date.parse(one.at) < repeatMilliseconds,
      ),
      ...told,
    ],
  };
}
