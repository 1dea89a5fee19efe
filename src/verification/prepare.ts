import type { Check } from "./check.js";
import { errored } from "./check-result.js";
import type { ModelToCheck } from "./evaluate.js";
import type { Naming } from "./naming.js";
import type { Reading } from "./pin.js";
import type { QueryEngine } from "./ports.js";
import { provenReading } from "./proof.js";
import { unreadable } from "./readable.js";
import type { VerifiedCheck } from "./result.js";
import { inputsOf, type PassedBefore, takenOver } from "./reuse.js";
import { comparesWithReaders, type Subject } from "./subjects.js";

export interface Preparation {
  /** For messages. */
  readonly target: string;
  readonly naming: Naming;
  readonly before: PassedBefore;
  /** Nothing is taken over, and a row is read of every model. */
  readonly isAnew: boolean;
  readonly queries: QueryEngine;
  readonly signal: AbortSignal;
  /** Hears of each result that is known without evaluating the check. */
  readonly report: (result: VerifiedCheck) => void;
}

export interface Prepared {
  readonly subject: Subject;
  /** After Trino was asked what it would read; undefined where there is nothing to read. */
  readonly reading: Reading | undefined;
  readonly settled: ReadonlyMap<Check, VerifiedCheck>;
  /** Null where all is settled. */
  readonly toEvaluate: ModelToCheck | null;
}

/** What can be said of a model's checks without evaluating them, and what is left to evaluate. */
export async function prepare(
  subject: Subject,
  { target, naming, before, isAnew, queries, signal, report }: Preparation,
): Promise<Prepared> {
  const { model, checks, reading: found, baseline } = subject;
  const settled = new Map<Check, VerifiedCheck>();
  const settle = (check: Check, result: VerifiedCheck): void => {
    settled.set(check, result);
    report(result);
  };
  const allErrors = (message: string, pinned: boolean): void =>
    checks.forEach((check) =>
      settle(check, { ...errored(model, check, message, pinned), from: null, inputs: null }),
    );

  if (!found) {
    allErrors(`${model.name} is not in ${target}`, true);
    return { subject, reading: undefined, settled, toEvaluate: null };
  }
  for (const check of checks) {
    const inputs = inputsOf(model.name, check, found, baselineOf(check, subject));
    const earlier = inputs === null ? undefined : before.get(inputs);
    if (earlier) settle(check, takenOver(model.name, check, earlier));
  }
  const left = checks.filter((check) => !settled.has(check));
  if (left.length === 0) return { subject, reading: found, settled, toEvaluate: null };

  const reading = await provenReading(found, naming, queries, signal);
  const { relation } = reading;
  const broken = isAnew ? await unreadable(relation, queries, signal) : null;
  if (broken !== null) {
    allErrors(broken, relation.pinned);
    return { subject, reading, settled, toEvaluate: null };
  }
  const toEvaluate = { model, relation, checks: left, baseline: baseline?.relation ?? null };
  return { subject, reading, settled, toEvaluate };
}

/** Undefined for a check that compares with nothing. */
export const baselineOf = (check: Check, { baseline }: Subject): Reading | null | undefined =>
  comparesWithReaders(check) ? baseline : undefined;
