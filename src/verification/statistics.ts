import { quoteIdentifier } from "../core/sql.js";
import { clock, type Figure, figureOf, integerOrNull, type Measure, spelled } from "./measure.js";
import type { Shape, Statistics } from "./shape.js";

/** A figure's expressions over `"t$partitions"`, and how their values are read. */
export interface StatisticsQuestion {
  readonly expressions: readonly string[];
  /** Undefined where the statistics do not say it. */
  readonly read: (values: readonly unknown[]) => StatisticsAnswer | undefined;
}

export interface StatisticsAnswer {
  readonly figure: Figure;
  /** Whether it is the figure of any table; else of one whose statistics are exact. */
  readonly isCertain: boolean;
}

/**
 * Types whose bounds in Iceberg are values of the column, given that files are Parquet: long texts are cut, floating
 * point numbers leave out what is no number.
 */
const EXACT_BOUNDS =
  /^(tinyint|smallint|integer|bigint|date|decimal\(.*|timestamp(\(\d+\))?( with time zone)?)$/;

/**
 * Gives 0 for a table whose statistics are exact: without delete files, whose rows are still counted, and without files
 * of formats whose bounds are rounded.
 */
export const inexactFiles = ({ files }: Statistics): string =>
  `SELECT count(*) FROM ${files} WHERE content <> 0 OR file_format <> 'PARQUET'`;

/** How Iceberg's statistics answer a measure; null where they cannot (facts/nessie-trino "Cheap verification"). */
export function statisticsQuestion(measure: Measure, shape: Shape): StatisticsQuestion | null {
  const { statistics, columns } = shape;
  if (!statistics) return null;
  if (measure.of === "clock")
    return {
      expressions: [clock],
      read: ([value]) => ({ figure: figureOf(measure, value), isCertain: true }),
    };
  if (!("column" in measure)) return null;
  const name = measure.column.toLowerCase();
  const place = placeOf(name, statistics);
  if (place === null) return null;

  if (measure.of === "nulls")
    return {
      expressions: [place.nullsKnown, place.nulls],
      read([known, counted]) {
        const nulls = integerOrNull(counted) ?? 0n;
        // No row that a delete file takes away can make a null of what was none.
        if (known === true && nulls === 0n) return { figure: nulls, isCertain: true };
        return known === true && place.nullsAreNulls ? { figure: nulls, isCertain: false } : undefined;
      },
    };
  if (measure.of === "distinct" || !EXACT_BOUNDS.test(columns.get(name) ?? "")) return null;
  return {
    expressions: [place.boundsKnown, spelled(measure, measure.of === "least" ? place.min : place.max)],
    read: ([known, value]) =>
      known === true ? { figure: figureOf(measure, value), isCertain: false } : undefined,
  };
}

interface Place {
  readonly nullsKnown: string;
  readonly nulls: string;
  /** Whether what is counted as null is null and not a file of another partitioning. */
  readonly nullsAreNulls: boolean;
  readonly boundsKnown: string;
  readonly min: string;
  readonly max: string;
}

function placeOf(name: string, { data, partition }: Statistics): Place | null {
  if (data.has(name)) {
    const figures = `"data".${quoteIdentifier(name)}`;
    return {
      // A file written without statistics, or before the column was added, leaves null.
      nullsKnown: `count_if(${figures}.null_count IS NULL) = 0`,
      nulls: `sum(${figures}.null_count)`,
      nullsAreNulls: true,
      boundsKnown: `count_if(${figures}.max IS NULL AND coalesce(${figures}.null_count <> record_count, true)) = 0`,
      min: `${figures}.min`,
      max: `${figures}.max`,
    };
  }
  if (!partition.has(name)) return null;
  const value = `"partition".${quoteIdentifier(name)}`;
  return {
    nullsKnown: "true",
    nulls: `sum(record_count) FILTER (WHERE ${value} IS NULL)`,
    nullsAreNulls: false,
    boundsKnown: `count_if(${value} IS NULL) = 0`,
    min: value,
    max: value,
  };
}
