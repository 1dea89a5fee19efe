import type { Model } from "../core/model.js";
import type { Check, Severity } from "./check.js";
import { checkName } from "./compile.js";

/** What became of one check of one model. */
export interface CheckResult {
  readonly model: string;
  readonly check: string;
  readonly severity: Severity;
  /** `error`: it could not be evaluated, which proves nothing. */
  readonly outcome: "passed" | "warned" | "failed" | "error";
  readonly expected: string;
  readonly observed: string;
  /** Rows that break the rule; null where the rule does not speak of rows. */
  readonly failingRows: bigint | null;
  /** False where live data was looked at. */
  readonly pinned: boolean;
  /** Query that shows the failing rows; null for a check that passed or speaks of no rows. */
  readonly rowsQuery: string | null;
  /** A few of the failing rows, with what looks like a secret masked; null where there is none to show. */
  readonly sample: Sample | null;
  /**
   * What it took at most: Iceberg's metadata without any data, a statement shared with other checks, or one for it
   * alone. Null where nothing answered.
   */
  readonly answeredBy: "metadata" | "scan" | "own-query" | null;
  /** ISO 8601, UTC: when a check that passed would fail on the same data. Null for one that does not depend on time. */
  readonly holdsUntil: string | null;
  /** Where the check is declared. */
  readonly where: string;
}

export interface Sample {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** The result of a check that could not be evaluated. */
export const errored = (model: Model, check: Check, message: string, pinned: boolean): CheckResult => ({
  model: model.name,
  check: checkName(check),
  severity: check.severity,
  outcome: "error",
  expected: "",
  observed: message,
  failingRows: null,
  pinned,
  rowsQuery: null,
  sample: null,
  answeredBy: null,
  holdsUntil: null,
  where: check.where,
});
