import { formatDuration } from "../core/duration.js";
import { quoteIdentifier, quoteLiteral } from "../core/sql.js";
import type { Check, CheckRule, Literal, RangeRule, Severity, SqlRule } from "./check.js";
import { compileDrift } from "./drift.js";
import { type Figure, type Measure, number } from "./measure.js";
import type { Shape } from "./shape.js";
import { didYouMean } from "../core/nearest.js";

/** What one check found in one model. */
export interface Finding {
  readonly holds: boolean;
  /** How bad it is that the rule is broken, where that depends on how far; else the check says. */
  readonly severity?: Severity;
  /** What was seen, in a few words: `3 nulls in id`. */
  readonly observed: string;
  /** Rows that break the rule, where the rule speaks of rows. */
  readonly failingRows: bigint | null;
  /** When a rule that holds will not hold any more for the same data, milliseconds since 1970; null for never. */
  readonly holdsUntil?: number | null;
}

/** A check made ready for one model: the figures it needs, and how they are judged. */
export interface CompiledCheck {
  readonly measures: readonly Measure[];
  /** Of the model as readers see it today. */
  readonly baselineMeasures: readonly Measure[];
  /** @param baseline null where readers see nothing yet */
  judge(figures: readonly Figure[], baseline: readonly Figure[] | null): Finding;
  /** The rows that break the rule; null where the rule does not speak of rows. */
  readonly rows: FailingRows | null;
  /** What must hold, in a few words. */
  readonly expected: string;
}

export interface FailingRows {
  /** What stands behind FROM to get them. */
  readonly from: string;
  /** Those that the rule speaks of; null for all there are. */
  readonly columns: readonly string[] | null;
  /** Whether they are rows of the model, so that its other columns are there too. */
  readonly ofModel: boolean;
}

/** A check that cannot be asked: the model is not made for it. */
export interface Impossible {
  readonly impossible: string;
}

/**
 * Compiles a check for the model that is read as `relation`.
 * @param baseline shape of the model as readers see it today; null where they see none
 */
export function compile(
  check: Check,
  relation: string,
  shape: Shape,
  baseline: Shape | null,
): CompiledCheck | Impossible {
  const unknown = columnsOf(check).find((column) => !shape.columns.has(column.toLowerCase()));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, [...shape.columns.keys()]);
    return { impossible: `there is no column ${unknown}${hint === undefined ? "" : `: ${hint}`}` };
  }
  return check.check === "drift" ? compileDrift(check, shape, baseline) : compileRule(check, relation, shape);
}

/** A name for a check that has none: `not_null(id)`. */
export function checkName(check: Check): string {
  if (check.name !== null) return check.name;
  const about = check.check === "drift" ? [check.metric, ...columnsOf(check)] : columnsOf(check);
  return about.length === 0 ? check.check : `${check.check}(${about.join(", ")})`;
}

function columnsOf(check: CheckRule): readonly string[] {
  if ("columns" in check) return check.columns;
  return "column" in check ? [check.column] : [];
}

function compileRule(
  check: Exclude<CheckRule, { check: "drift" }>,
  relation: string,
  { columns: types }: Shape,
): CompiledCheck {
  const alone = { baselineMeasures: [] };
  switch (check.check) {
    case "row_count": {
      const { min, max } = check;
      return {
        ...alone,
        measures: [{ of: "rows" }],
        rows: null,
        expected: boundsInWords(min, max, "rows"),
        judge: ([rows]) => ({
          holds: (min === null || number(rows) >= min) && (max === null || number(rows) <= max),
          observed: `${number(rows)} rows`,
          failingRows: null,
        }),
      };
    }
    case "not_null": {
      const { columns } = check;
      return {
        ...alone,
        measures: columns.map((column) => ({ of: "nulls", column })),
        rows: rowsWhere(
          relation,
          columns.map((column) => `${quoteIdentifier(column)} IS NULL`).join(" OR "),
          columns,
        ),
        expected: `no nulls in ${columns.join(", ")}`,
        judge: (figures) => {
          const nulls = columns.map((column, index) => ({ column, count: number(figures[index]) }));
          const bad = nulls.filter(({ count }) => count > 0n);
          return finding(
            nulls.reduce((total, { count }) => total + count, 0n),
            bad.map(({ column, count }) => `${count} nulls in ${column}`).join(", "),
          );
        },
      };
    }
    case "unique": {
      const columns = check.columns.map(quoteIdentifier).join(", ");
      return {
        ...alone,
        measures: [{ of: "duplicates", columns: check.columns }],
        rows: {
          from: `(SELECT ${columns}, count(*) AS "rows" FROM ${relation} GROUP BY ${columns} HAVING count(*) > 1)`,
          columns: null,
          ofModel: false,
        },
        expected: `${check.columns.join(", ")} unique`,
        judge: ([surplus]) => finding(number(surplus), `${number(surplus)} duplicate rows`),
      };
    }
    case "accepted_values": {
      const outside = `${quoteIdentifier(check.column)} NOT IN (${check.values.map(literal).join(", ")})`;
      return {
        ...alone,
        measures: [{ of: "matching", condition: outside }],
        rows: rowsWhere(relation, outside, [check.column]),
        expected: `${check.column} one of ${check.values.join(", ")}`,
        judge: ([count]) => finding(number(count), `${number(count)} rows with other values`),
      };
    }
    case "freshness": {
      const { column, maxAgeMilliseconds } = check;
      return {
        ...alone,
        measures: [{ of: "greatest", column, as: "instant" }, { of: "clock" }],
        rows: null,
        expected: `${column} not older than ${formatDuration(maxAgeMilliseconds)}`,
        judge: ([newest, clock]) => {
          if (newest === null) return { holds: false, observed: "no value at all", failingRows: null };
          const age = Number(number(clock) - number(newest));
          return {
            holds: age <= maxAgeMilliseconds,
            observed: `newest is ${formatDuration(Math.max(0, age))} old`,
            failingRows: null,
            holdsUntil: Number(number(newest)) + maxAgeMilliseconds,
          };
        },
      };
    }
    case "range": {
      const outside = outsideRange(check, types.get(check.column.toLowerCase()));
      return {
        ...alone,
        measures: [{ of: "matching", condition: outside }],
        rows: rowsWhere(relation, outside, [check.column]),
        expected: boundsInWords(check.min, check.max, check.column),
        judge: ([count]) => finding(number(count), `${number(count)} rows outside`),
      };
    }
    case "sql": {
      const sql = ownQuery(check, relation);
      return {
        ...alone,
        measures: [{ of: "query", sql }],
        rows: { from: `(${sql})`, columns: null, ofModel: false },
        expected: "no rows",
        judge: ([count]) => finding(number(count), `${number(count)} rows`),
      };
    }
  }
}

/** Custom SQL with the relation in the model's place. */
export const ownQuery = ({ sql }: SqlRule, relation: string): string =>
  sql
    .trim()
    .replace(/;$/, "")
    .replaceAll(/\{\{\s*model\s*\}\}/g, () => relation);

const finding = (failingRows: bigint, observed: string): Finding =>
  failingRows === 0n
    ? { holds: true, observed: "none", failingRows }
    : { holds: false, observed, failingRows };

const rowsWhere = (relation: string, condition: string, columns: readonly string[]): FailingRows => ({
  from: `${relation} WHERE ${condition}`,
  columns,
  ofModel: true,
});

function outsideRange({ column, min, max }: RangeRule, type: string | undefined): string {
  const quoted = quoteIdentifier(column);
  const bound = (value: number | bigint | string): string =>
    typeof value === "string" && type !== undefined
      ? `CAST(${quoteLiteral(value)} AS ${type})`
      : literal(value);
  const conditions = [
    ...(min === null ? [] : [`${quoted} < ${bound(min)}`]),
    ...(max === null ? [] : [`${quoted} > ${bound(max)}`]),
  ];
  return conditions.join(" OR ");
}

function literal(value: Literal): string {
  if (typeof value === "string") return quoteLiteral(value);
  // A plain fraction is a decimal in Trino and is compared exactly; only what JavaScript writes as 1e30 is a double.
  return String(value);
}

function boundsInWords(min: Literal | null, max: Literal | null, what: string): string {
  if (min !== null && max !== null) return `${what} from ${min} to ${max}`;
  return min === null ? `${what} at most ${max}` : `${what} at least ${min}`;
}
