/** A failing check of severity `fail` stops publishing; `warn` is only told. */
export type Severity = "warn" | "fail";

/** A value as it is written in a check. Integers beyond 2^53 are bigint; decimals that must be exact are text. */
export type Literal = string | number | bigint | boolean;

/** One check as configured: a rule, and the models it holds for. */
export type Check = CheckRule & CheckScope;

export interface CheckScope {
  /** SQLMesh selectors. A model is checked when any selector or any category picks it. */
  readonly selectors: readonly string[];
  /** Entity categories. */
  readonly categories: readonly string[];
  readonly severity: Severity;
  /** Null where the configuration gives none. */
  readonly name: string | null;
  /** `file:line:column` of its declaration, for messages. */
  readonly where: string;
}

export type CheckRule =
  | RowCountRule
  | NotNullRule
  | UniqueRule
  | AcceptedValuesRule
  | FreshnessRule
  | RangeRule
  | SqlRule
  | FigureDriftRule
  | SchemaDriftRule;

export type DriftRule = FigureDriftRule | SchemaDriftRule;

/** Rows of the model, both bounds inclusive; at least one is set. */
export interface RowCountRule {
  readonly check: "row_count";
  readonly min: number | null;
  readonly max: number | null;
}

/** None of the columns holds a null. */
export interface NotNullRule {
  readonly check: "not_null";
  readonly columns: readonly string[];
}

/** No two rows agree in all the columns together. */
export interface UniqueRule {
  readonly check: "unique";
  readonly columns: readonly string[];
}

/** Whatever the column holds, nulls apart, is one of the values. */
export interface AcceptedValuesRule {
  readonly check: "accepted_values";
  readonly column: string;
  readonly values: readonly Literal[];
}

/** The newest value of a date or time column is not older than this. */
export interface FreshnessRule {
  readonly check: "freshness";
  readonly column: string;
  readonly maxAgeMilliseconds: number;
}

/** All values of the column, nulls apart, lie between the bounds, both inclusive; at least one is set. */
export interface RangeRule {
  readonly check: "range";
  readonly column: string;
  readonly min: number | bigint | string | null;
  readonly max: number | bigint | string | null;
}

/** A query that gives the failing rows; `{{model}}` in it stands for the model checked. */
export interface SqlRule {
  readonly check: "sql";
  readonly sql: string;
}

/** A figure of the model is not far from that of the model as readers see it today. */
export interface FigureDriftRule {
  readonly check: "drift";
  readonly metric: FigureMetric;
  /** The columns whose figures are meant; empty for `row_count`. */
  readonly columns: readonly string[];
  /** Which changes count. */
  readonly direction: "any" | "up" | "down";
  /** At least one is set. */
  readonly warn: Threshold | null;
  readonly fail: Threshold | null;
}

export type FigureMetric = "row_count" | "null_share" | "distinct_count" | "min" | "max";

/** A change that is still allowed. */
export type Threshold =
  /** In the unit of the figure itself. */
  | { readonly by: "amount"; readonly amount: number }
  /** Of the figure that readers see; of a share, which has no unit, percentage points. */
  | { readonly by: "percent"; readonly percent: number }
  | { readonly by: "time"; readonly milliseconds: number };

/** The columns are those of the model as readers see it today. */
export interface SchemaDriftRule {
  readonly check: "drift";
  readonly metric: "schema";
  readonly warn: readonly SchemaChange[];
  readonly fail: readonly SchemaChange[];
}

export type SchemaChange = "added" | "removed" | "retyped";
