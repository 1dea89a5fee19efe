import { quoteIdentifier } from "../core/sql.js";
import { clock, type Figure, figureOf, integerOrNull, type Measure, spelled } from "./measure.js";
import type { Shape, Statistics } from "./shape.js";

/** A figure's expressions over `"t$partitions"`, and how their values are read. */
export interface StatisticsQuestion {
  readonly expressions: readonly string[];
  /** Undefined where the statistics do not say it exactly. */
  readonly read: (values: readonly unknown[]) => Figure | undefined;
}

/**
 * Types whose bounds in Iceberg are values of the column, given that files are Parquet: long texts are cut, floating
 * point numbers leave out what is no number.
 */
const EXACT_BOUNDS =
  /^(tinyint|smallint|integer|bigint|date|decimal\(.*|timestamp(\(\d+\))?( with time zone)?)$/;

/** What stands behind FROM for them. */
export const statisticsOf = ({ partitions, files }: Statistics): string =>
  `${partitions} CROSS JOIN (SELECT count(*) = 0 AS exact FROM ${files} WHERE content <> 0 OR file_format <> 'PARQUET')`;

/** No delete files, and no format whose bounds are rounded. */
const EXACT = "bool_and(exact)";

/**
 * How Iceberg's statistics answer a measure; null where they cannot. They count rows that delete files have taken
 * away, so but for `no nulls` an answer needs a table without such files (facts/nessie-trino "Cheap verification").
 */
export function statisticsQuestion(measure: Measure, shape: Shape): StatisticsQuestion | null {
  const { statistics, columns } = shape;
  if (!statistics) return null;
  if (measure.of === "clock") return { expressions: [clock], read: ([value]) => figureOf(measure, value) };
  if (!("column" in measure)) return null;
  const name = measure.column.toLowerCase();
  const place = placeOf(name, statistics);
  if (place === null) return null;

  if (measure.of === "nulls")
    return {
      expressions: [place.nullsKnown, place.nulls, EXACT],
      read([known, counted, isExact]) {
        const nulls = integerOrNull(counted) ?? 0n;
        // No row that a delete file takes away can make a null of what was none.
        if (nulls === 0n) return known === true ? nulls : undefined;
        return known === true && isExact === true && place.nullsAreNulls ? nulls : undefined;
      },
    };
  if (measure.of === "distinct" || !EXACT_BOUNDS.test(columns.get(name) ?? "")) return null;
  return {
    expressions: [place.boundsKnown, spelled(measure, measure.of === "least" ? place.min : place.max), EXACT],
    read: ([known, value, isExact]) =>
      known === true && isExact === true ? figureOf(measure, value) : undefined,
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
