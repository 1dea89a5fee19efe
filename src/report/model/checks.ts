import type { PastCheck, PastVerification } from "../../verification/past.js";
import type { CheckReport, ChecksReport } from "./report.js";

/** Verifications that a check's history goes back. */
const HISTORY = 9;

/** @param all newest first; those before it become the history of its checks */
export function checksReport(verification: PastVerification, all: readonly PastVerification[]): ChecksReport {
  const { verdict, at, by, base, selected, checks, unpinned } = verification;
  const earlier = all
    .filter((one) => one.at < at)
    .slice(0, HISTORY)
    .toReversed()
    .map((one) => ({ at: one.at, outcomes: outcomesOf(one) }));
  const reports = checks.map((check): CheckReport => {
    const history = earlier.flatMap(({ at: then, outcomes }) => {
      const outcome = outcomes.get(keyOf(check));
      return outcome === undefined ? [] : [{ at: then, outcome }];
    });
    return { ...check, history };
  });
  return { verdict, at, by: by.name, base, selected, checks: reports.toSorted(worstFirst), unpinned };
}

const outcomesOf = ({ checks }: PastVerification): ReadonlyMap<string, PastCheck["outcome"]> =>
  new Map(checks.map((check) => [keyOf(check), check.outcome]));

/** What it expects may change with the data it is compared with; model and name stay. */
const keyOf = ({ model, check }: PastCheck): string => `${model} ${check}`;

const order = { failed: 0, error: 1, warned: 2, passed: 3 };

const worstFirst = (a: CheckReport, b: CheckReport): number =>
  order[a.outcome] - order[b.outcome] || (a.model < b.model ? -1 : a.model > b.model ? 1 : 0);
