import { quoteIdentifier } from "../core/sql.js";

/** One figure of a relation; a check is judged by one or several. */
export type Measure =
  | { readonly of: "rows" }
  | { readonly of: "nulls"; readonly column: string }
  /** Rows that a condition holds for. */
  | { readonly of: "matching"; readonly condition: string }
  /** The least or the greatest value; null where there is none. */
  | { readonly of: "least" | "greatest"; readonly column: string; readonly as: Spelling }
  /** Different values, nulls apart: an estimate, by 2.3 % as a rule. */
  | { readonly of: "distinct"; readonly column: string }
  /** Trino's own clock, so that a machine whose clock is off judges the same. */
  | { readonly of: "clock" }
  /** Rows beyond the first of those that agree in all the columns. */
  | { readonly of: "duplicates"; readonly columns: readonly string[] }
  /** Rows that a query gives. */
  | { readonly of: "query"; readonly sql: string };

/** `instant` gives milliseconds since 1970, for dates and times. */
export type Spelling = "text" | "instant";

/** Counts and instants are bigint. */
export type Figure = bigint | string | null;

/** Equal for measures that ask for the same. */
export const measureKey = (measure: Measure): string => JSON.stringify(measure);

/** The measure as an aggregate over the relation; null for what needs a statement of its own. */
export function aggregate(measure: Measure): string | null {
  switch (measure.of) {
    case "rows":
      return "count(*)";
    case "nulls":
      return `count_if(${quoteIdentifier(measure.column)} IS NULL)`;
    case "matching":
      return `count_if(${measure.condition})`;
    case "least":
    case "greatest":
      return spelled(measure, quoteIdentifier(measure.column));
    case "distinct":
      return `approx_distinct(${quoteIdentifier(measure.column)})`;
    case "clock":
      return clock;
    case "duplicates":
    case "query":
      return null;
  }
}

/**
 * The measure as a count that Trino itself answers from file statistics and dictionaries as far as they go, and from
 * data where they do not; null for what is no such count. Alone behind its WHERE a condition is pushed down to files,
 * which one of several aggregates over one scan is not.
 */
export function counted(measure: Measure, relation: string): string | null {
  if (measure.of === "clock") return clock;
  if (measure.of === "rows") return `(SELECT count(*) FROM ${relation})`;
  const condition =
    measure.of === "nulls"
      ? `${quoteIdentifier(measure.column)} IS NULL`
      : measure.of === "matching"
        ? measure.condition
        : null;
  return condition && `(SELECT count(*) FROM ${relation} WHERE ${condition})`;
}

/**
 * The measure as a statement of its own; null for what can share one.
 * @param countsForNothing of a relation whose rows Trino counts without reading them: then only the different ones are
 * collected, which takes two thirds of the time of counting each
 */
export function ownStatement(measure: Measure, relation: string, countsForNothing: boolean): string | null {
  if (measure.of === "query") return `SELECT count(*) FROM (${measure.sql})`;
  if (measure.of !== "duplicates") return null;
  const columns = measure.columns.map(quoteIdentifier).join(", ");
  return countsForNothing
    ? `SELECT (SELECT count(*) FROM ${relation}) - (SELECT count(*) FROM (SELECT DISTINCT ${columns} FROM ${relation}))`
    : `SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${relation} GROUP BY ${columns})`;
}

/** The least or greatest of an expression's values. */
export function spelled(
  { of, as }: { readonly of: "least" | "greatest"; readonly as: Spelling },
  expression: string,
): string {
  const value = `${of === "least" ? "min" : "max"}(${expression})`;
  return as === "instant" ? instant(value) : `CAST(${value} AS varchar)`;
}

const instant = (value: string): string =>
  `date_diff('millisecond', from_unixtime(0), CAST(${value} AS timestamp(3) with time zone))`;

export const clock = instant("now()");

/** Reads what an expression of the measure gave. */
export const figureOf = (measure: Measure, value: unknown): Figure =>
  (measure.of === "least" || measure.of === "greatest") && measure.as === "text"
    ? textOrNull(value)
    : integerOrNull(value);

const textOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === "string" ? value : JSON.stringify(value);

/** Integers arrive as number or bigint, depending on their size. */
export function integerOrNull(value: unknown): bigint | null {
  if (value === null || value === undefined) return null;
  return typeof value === "bigint" ? value : BigInt(Math.trunc(Number(value)));
}

/** A figure of a measure that always gives a number. */
export function number(figure: Figure | undefined): bigint {
  if (typeof figure === "bigint") return figure;
  throw new Error(`Trino gave ${String(figure)} where a number was asked for`);
}
