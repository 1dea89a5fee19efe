import { type ErrorCode, PipelineError } from "../core/errors.js";
import type { Outcome } from "../core/outcome.js";
import { count, few } from "../core/words.js";

/**
 * - `fine`: looked at, and as it has to be
 * - `warning`: works, and may hurt one day
 * - `wrong`: does not work
 * - `unknown`: could not be looked at
 */
export type State = "fine" | "warning" | "wrong" | "unknown";

/** What was found of one thing, and how to mend it. */
export interface Finding {
  readonly state: State;
  /** One sentence, without a full stop. */
  readonly found: string;
  readonly mend: string | null;
  /** The kind of error that it is; null where it is none. */
  readonly code: ErrorCode | null;
}

/** A finding, and what it is about. */
export interface Diagnosis extends Finding {
  /** Of the examination; docs/doctor.md lists them. Several diagnoses may come of one. */
  readonly name: string;
  /** What was looked at, in a few words. */
  readonly looked: string;
  /** For what was not looked at: the examination that did not go well, without which this one means nothing. */
  readonly without: string | null;
}

export interface DoctorResult {
  /** In the order of the examinations. */
  readonly diagnoses: readonly Diagnosis[];
  readonly counts: Readonly<Record<State, number>>;
}

export const fine = (found: string): Finding => ({ state: "fine", found, mend: null, code: null });

export const warning = (found: string, mend: string): Finding => ({
  state: "warning",
  found,
  mend,
  code: null,
});

export const wrong = (code: ErrorCode, found: string, mend: string): Finding => ({
  state: "wrong",
  found,
  mend,
  code,
});

export const unknown = (found: string, mend: string | null = null): Finding => ({
  state: "unknown",
  found,
  mend,
  code: null,
});

/** The worst of all decides how the command ends: what only may hurt one day is no failure. */
export function concluded(diagnoses: readonly Diagnosis[]): Outcome<DoctorResult> {
  const of = (state: State): readonly Diagnosis[] => diagnoses.filter((one) => one.state === state);
  const counts = {
    wrong: of("wrong").length,
    unknown: of("unknown").length,
    warning: of("warning").length,
    fine: of("fine").length,
  };
  const result = { diagnoses, counts };
  const worst = [...of("wrong"), ...of("unknown")].find(({ code }) => code !== null);
  if (worst?.code == null) return { result };
  const bad = of(worst.state);
  const names = few([...new Set(bad.map(({ name }) => name))]);
  return {
    result,
    failure: new PipelineError(worst.code, {
      message:
        worst.state === "wrong"
          ? `${count(bad.length, "thing")} ${bad.length === 1 ? "is" : "are"} wrong: ${names}`
          : `${count(bad.length, "thing")} could not be looked at: ${names}`,
      hint: worst.mend ?? undefined,
    }),
  };
}
