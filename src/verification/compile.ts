import { formatDuration } from "../core/duration.js";
import { quoteIdentifier, quoteLiteral } from "../core/sql.js";
import type { Check, Literal, RangeRule } from "./check.js";

/** What one check found in one model. */
export interface Finding {
  readonly holds: boolean;
  /** What was seen, in a few words: `3 nulls in id`. */
  readonly observed: string;
  /** Rows that break the rule, where the rule speaks of rows. */
  readonly failingRows: bigint | null;
}

/** A check made ready for one model: expressions for the model's one scan, and how to judge their values. */
export interface CompiledCheck {
  /** Aggregate expressions over the model. Empty for a check that needs a statement of its own. */
  readonly aggregates: readonly string[];
  /** Statement giving one number, for checks that cannot share the scan. */
  readonly statement: string | null;
  judge(values: readonly unknown[]): Finding;
  /** Query that shows rows which break the rule, for people; null where there are none to show. */
  readonly rowsQuery: string | null;
  /** What must hold, in a few words. */
  readonly expected: string;
}

/** Column types of the model, needed to compare text bounds with dates. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** Whether compiling this check needs the model's column types. */
export const needsColumnTypes = (check: Check): boolean =>
  check.check === "range" && [check.min, check.max].some((bound) => typeof bound === "string");

/** Compiles a check for the model that is read as `relation`. */
export function compile(check: Check, relation: string, types: ColumnTypes): CompiledCheck {
  switch (check.check) {
    case "row_count": {
      const { min, max } = check;
      return {
        aggregates: ["count(*)"],
        statement: null,
        rowsQuery: null,
        expected: boundsInWords(min, max, "rows"),
        judge: ([rows]) => ({
          holds: (min === null || integer(rows) >= min) && (max === null || integer(rows) <= max),
          observed: `${integer(rows)} rows`,
          failingRows: null,
        }),
      };
    }
    case "not_null": {
      const columns = check.columns.map(quoteIdentifier);
      return {
        aggregates: columns.map((column) => `count_if(${column} IS NULL)`),
        statement: null,
        rowsQuery: rowsWhere(relation, columns.map((column) => `${column} IS NULL`).join(" OR ")),
        expected: `no nulls in ${check.columns.join(", ")}`,
        judge: (values) => {
          const nulls = check.columns.map((column, index) => ({ column, count: integer(values[index]) }));
          const bad = nulls.filter(({ count }) => count > 0n);
          return finding(
            sum(nulls),
            bad.map(({ column, count }) => `${count} nulls in ${column}`).join(", "),
          );
        },
      };
    }
    case "unique": {
      const columns = check.columns.map(quoteIdentifier).join(", ");
      return {
        aggregates: [`count(*) - count(DISTINCT ROW(${columns}))`],
        statement: null,
        rowsQuery: `SELECT ${columns}, count(*) AS rows FROM ${relation} GROUP BY ${columns} HAVING count(*) > 1 LIMIT 10`,
        expected: `${check.columns.join(", ")} unique`,
        judge: ([surplus]) => finding(integer(surplus), `${integer(surplus)} duplicate rows`),
      };
    }
    case "accepted_values": {
      const column = quoteIdentifier(check.column);
      const outside = `${column} NOT IN (${check.values.map(literal).join(", ")})`;
      return {
        aggregates: [`count_if(${outside})`],
        statement: null,
        rowsQuery: rowsWhere(relation, outside),
        expected: `${check.column} one of ${check.values.join(", ")}`,
        judge: ([count]) => finding(integer(count), `${integer(count)} rows with other values`),
      };
    }
    case "freshness": {
      const newest = `CAST(max(${quoteIdentifier(check.column)}) AS timestamp(3) with time zone)`;
      return {
        // Trino's own clock on both sides, so that a machine whose clock is off judges the same.
        aggregates: [`date_diff('millisecond', ${newest}, now())`],
        statement: null,
        rowsQuery: null,
        expected: `${check.column} not older than ${formatDuration(check.maxAgeMilliseconds)}`,
        judge: ([age]) =>
          age === null
            ? { holds: false, observed: "no value at all", failingRows: null }
            : {
                holds: integer(age) <= check.maxAgeMilliseconds,
                observed: `newest is ${formatDuration(Math.max(0, Number(age)))} old`,
                failingRows: null,
              },
      };
    }
    case "range": {
      const column = quoteIdentifier(check.column);
      const outside = outsideRange(check, column, types.get(check.column.toLowerCase()));
      return {
        aggregates: [
          `count_if(${outside})`,
          `CAST(min(${column}) AS varchar)`,
          `CAST(max(${column}) AS varchar)`,
        ],
        statement: null,
        rowsQuery: rowsWhere(relation, outside),
        expected: boundsInWords(check.min, check.max, check.column),
        judge: ([count, low, high]) => ({
          holds: integer(count) === 0n,
          observed: low === null ? "no values" : `${text(low)} to ${text(high)}`,
          failingRows: integer(count),
        }),
      };
    }
    case "sql": {
      const query = check.sql
        .trim()
        .replace(/;$/, "")
        .replaceAll(/\{\{\s*model\s*\}\}/g, () => relation);
      return {
        aggregates: [],
        statement: `SELECT count(*) FROM (${query})`,
        rowsQuery: `SELECT * FROM (${query}) LIMIT 10`,
        expected: "no rows",
        judge: ([count]) => finding(integer(count), `${integer(count)} rows`),
      };
    }
  }
}

/** A name for a check that has none: `not_null(id)`. */
export function checkName(check: Check): string {
  if (check.name !== null) return check.name;
  const about = "columns" in check ? check.columns.join(", ") : "column" in check ? check.column : undefined;
  return about === undefined ? check.check : `${check.check}(${about})`;
}

const finding = (failingRows: bigint, observed: string): Finding =>
  failingRows === 0n
    ? { holds: true, observed: "none", failingRows }
    : { holds: false, observed, failingRows };

const rowsWhere = (relation: string, condition: string): string =>
  `SELECT * FROM ${relation} WHERE ${condition} LIMIT 10`;

function outsideRange({ min, max }: RangeRule, column: string, type: string | undefined): string {
  const bound = (value: number | bigint | string): string =>
    typeof value === "string" && type !== undefined
      ? `CAST(${quoteLiteral(value)} AS ${type})`
      : literal(value);
  const conditions = [
    ...(min === null ? [] : [`${column} < ${bound(min)}`]),
    ...(max === null ? [] : [`${column} > ${bound(max)}`]),
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

/** Bounds are cast to text in the statement. */
const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Counts arrive as number or bigint, depending on their size. */
function integer(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  return BigInt(Math.trunc(Number(value)));
}

const sum = (counts: readonly { count: bigint }[]): bigint =>
  counts.reduce((total, { count }) => total + count, 0n);
