import * as fc from "fast-check";
import { quoteIdentifier, quoteLiteral } from "../../src/core/sql.js";
import type { Check, CheckRule } from "../../src/verification/check.js";

/** Tables as unlike each other as Iceberg allows, and checks of them. */
export interface CheckTable {
  readonly format: "PARQUET" | "ORC" | "AVRO";
  readonly partitioning: readonly string[];
  /** Statements with `{table}` in place of the table's name. */
  readonly steps: readonly string[];
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** SQL of the values that it holds. */
  readonly values: readonly string[];
}

const long = "a".repeat(60);
const texts = ["", "a", "b", "B", "é", "𝄞", "it's", long, `${long}b`, `${long}\u{10FFFF}`];
const moments = [
  "1969-12-31 23:59:59.999999",
  "1970-01-01 00:00:00.000000",
  "2024-02-29 12:00:00.123456",
  "2024-02-29 12:00:00.123999",
  "2199-12-31 23:59:59.999999",
];
const days = ["1900-01-01", "1969-12-31", "2024-02-29", "2030-06-01"];

/** Numbers of every kind have the same few values, so that bounds hit and miss them. */
const integers = ["-7", "0", "1", "5", "2147483647"];
const decimals = ["-0.001", "0.000", "1.250", "123456789.999"];
const floats = ["-1.5", "-0.0", "0.0", "1.25", "nan()", "infinity()", "-infinity()"];

const typed = (type: string, values: readonly string[]): string[] =>
  values.map((value) => `CAST(${value} AS ${type})`);
const literal = (type: string, written = ""): string => `${type} ${quoteLiteral(written)}`;
const literals = (type: string, values: readonly string[]): string[] =>
  values.map((written) => literal(type, written));

export const columns: readonly Column[] = [
  { name: "i", type: "integer", values: typed("integer", integers) },
  { name: "l", type: "bigint", values: typed("bigint", [...integers, "9007199254740993"]) },
  { name: "d", type: "decimal(12,3)", values: typed("decimal(12,3)", decimals) },
  {
    name: "w",
    type: "decimal(30,5)",
    values: typed("decimal(30,5)", [...decimals, "9007199254740993.00001"]),
  },
  { name: "r", type: "real", values: typed("real", floats) },
  { name: "f", type: "double", values: typed("double", floats) },
  { name: "s", type: "varchar", values: texts.map(quoteLiteral) },
  { name: "k", type: "varchar", values: ["x", "y", long].map(quoteLiteral) },
  { name: 'odd "name', type: "varchar", values: ["x", "y"].map(quoteLiteral) },
  { name: "y", type: "date", values: literals("DATE", days) },
  { name: "t", type: "timestamp(6)", values: literals("TIMESTAMP", moments) },
  {
    name: "z",
    type: "timestamp(6) with time zone",
    values: literals(
      "TIMESTAMP",
      moments.map((moment) => `${moment} Europe/Berlin`),
    ),
  },
  { name: "b", type: "boolean", values: ["true", "false"] },
  {
    name: "u",
    type: "uuid",
    values: literals("UUID", [
      "0f39d23c-d3be-4b78-8ed2-709c8bb22912",
      "ff39d23c-d3be-4b78-8ed2-709c8bb22912",
    ]),
  },
  { name: "v", type: "varbinary", values: ["X''", "X'00'", `X'${"ff".repeat(40)}'`] },
  { name: "n", type: "ROW(x integer, y varchar)", values: ["ROW(1, 'a')", "ROW(NULL, NULL)"] },
  { name: "a", type: "ARRAY(integer)", values: ["ARRAY[]", "ARRAY[1, NULL]"] },
];

const value = ({ values }: Column): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant("NULL") },
    { weight: 4, arbitrary: fc.constantFrom(...values) },
  );

/** Rows of SQL values by column; what is not named is null. */
function insertion(rows: readonly Readonly<Record<string, string>>[]): string {
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(", ");
  const values = rows.map(
    (row) => `(${columns.map(({ name, type }) => `CAST(${row[name] ?? "NULL"} AS ${type})`).join(", ")})`,
  );
  return `INSERT INTO {table} (${names}) VALUES ${values.join(", ")}`;
}

/** A column is null in whole files now and then, and full in others. */
const batch = fc
  .record({
    rows: fc.array(fc.tuple(...columns.map(value)), { minLength: 1, maxLength: 4 }),
    full: fc.boolean(),
    empty: fc.subarray(columns.map(({ name }) => name)),
  })
  .map(({ rows, full, empty }) =>
    insertion(
      rows.map((row) =>
        Object.fromEntries(
          columns.map(({ name, values }, index) => {
            const cell = empty.includes(name) && !full ? "NULL" : (row[index] ?? "NULL");
            return [name, full && cell === "NULL" ? (values[0] ?? "NULL") : cell];
          }),
        ),
      ),
    ),
  );

const condition = fc
  .constantFrom(...columns.filter(({ type }) => !/^(ROW|ARRAY)/.test(type)))
  .chain((column) =>
    fc.oneof(
      fc.constant(`${quoteIdentifier(column.name)} IS NULL`),
      fc.constantFrom(...column.values).map((one) => `${quoteIdentifier(column.name)} = ${one}`),
      fc.constantFrom(...column.values).map((one) => `${quoteIdentifier(column.name)} <> ${one}`),
    ),
  );

const partitionings = [
  [],
  [],
  ["k"],
  ["y"],
  ["i"],
  ["day(t)"],
  ["month(z)", "k"],
  ["bucket(l, 2)"],
  ["truncate(s, 3)"],
  ['"odd ""name"'],
];
const partitioning = fc.constantFrom(...partitionings);

const step = fc.oneof(
  { weight: 4, arbitrary: batch },
  { weight: 2, arbitrary: condition.map((where) => `DELETE FROM {table} WHERE ${where}`) },
  { weight: 1, arbitrary: condition.map((where) => `UPDATE {table} SET s = 'set', f = NULL WHERE ${where}`) },
  {
    weight: 1,
    arbitrary: partitioning.map(
      (parts) =>
        `ALTER TABLE {table} SET PROPERTIES partitioning = ARRAY[${parts.map(quoteLiteral).join(", ")}]`,
    ),
  },
  { weight: 1, arbitrary: fc.constant("DELETE FROM {table}") },
);

export const checkTable: fc.Arbitrary<CheckTable> = fc.record({
  format: fc.oneof(
    { weight: 4, arbitrary: fc.constant("PARQUET" as const) },
    { weight: 1, arbitrary: fc.constantFrom("ORC" as const, "AVRO" as const) },
  ),
  partitioning,
  steps: fc.array(step, { minLength: 0, maxLength: 5 }).map((steps) => withLateColumn(steps)),
});

/** A column that files written before do not have. */
const LATE = "ALTER TABLE {table} ADD COLUMN late integer";

const first = { i: "1", k: "'x'", f: "nan()", t: literal("TIMESTAMP", moments[2]), y: "DATE '2024-02-29'" };
const last = { ...first, i: "5", k: "'y'", f: "0.0", t: literal("TIMESTAMP", moments[3]) };
const nothing = { i: "7", k: "'x'" };

/** What chance would seldom meet: each has led to a wrong answer where statistics are taken at their word. */
export const hardTables: readonly CheckTable[] = [
  { format: "PARQUET", partitioning: [], steps: [LATE] },
  // Rows with the extreme values and the nulls are taken away by delete files.
  {
    format: "PARQUET",
    partitioning: [],
    steps: [LATE, insertion([first, last, nothing]), "DELETE FROM {table} WHERE i <> 1"],
  },
  // Times in ORC's statistics are whole milliseconds.
  {
    format: "ORC",
    partitioning: [],
    steps: [LATE, insertion([{ ...first, t: literal("TIMESTAMP", moments[0]) }])],
  },
  // The first file does not have the column, nor a partition of its own.
  {
    format: "PARQUET",
    partitioning: [],
    steps: [
      insertion([first, nothing]),
      LATE,
      "ALTER TABLE {table} SET PROPERTIES partitioning = ARRAY['k', 'y']",
      insertion([first, last]),
      "UPDATE {table} SET late = 1 WHERE i = 5",
    ],
  },
  // Avro has no statistics of columns.
  { format: "AVRO", partitioning: ["k"], steps: [LATE, insertion([first, nothing]), insertion([last])] },
];

/** Half-way a column is added, which the files before do not have. */
function withLateColumn(steps: readonly string[]): string[] {
  const half = Math.ceil(steps.length / 2);
  return [...steps.slice(0, half), LATE, ...steps.slice(half)];
}

export const creation = ({ format, partitioning: parts }: CheckTable, name: string): string =>
  `CREATE TABLE ${name} (${columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(", ")}) WITH (format = '${format}', partitioning = ARRAY[${parts.map(quoteLiteral).join(", ")}])`;

export const asCheck = (rule: CheckRule): Check => ({
  ...rule,
  selectors: [],
  categories: [],
  severity: "fail",
  name: null,
  where: "",
});

const numbers = fc.constantFrom(-7, 0, 1, 5, 100);
const rangesOf: Readonly<Record<string, fc.Arbitrary<number | string>>> = {
  i: numbers,
  l: numbers,
  d: numbers,
  w: numbers,
  r: numbers,
  f: numbers,
  s: fc.constantFrom("", "a", "b", long, `${long}c`),
  k: fc.constantFrom("x", long),
  y: fc.constantFrom("1969-12-31", "2024-03-01"),
  t: fc.constantFrom("1970-01-01 00:00:00", "2024-02-29 12:00:00.123457"),
  z: fc.constantFrom("1970-01-01 00:00:00 UTC", "2024-02-29 11:00:00.123457 UTC"),
};
const range = fc.constantFrom(...Object.keys(rangesOf)).chain((column) => {
  const bound = fc.option(rangesOf[column] ?? numbers);
  return fc
    .tuple(bound, bound)
    .filter(([min, max]) => min !== null || max !== null)
    .map(([min, max]): CheckRule => ({ check: "range", column, min, max }));
});

const accepted: fc.Arbitrary<CheckRule> = fc.oneof(
  fc
    .tuple(fc.constantFrom("s", "k", 'odd "name'), fc.subarray([...texts, "x", "y"], { minLength: 1 }))
    .map(([column, values]): CheckRule => ({ check: "accepted_values", column, values })),
  fc
    .tuple(fc.constantFrom("i", "l", "d", "f", "r"), fc.subarray([-7, 0, 1, 1.25, 5, -1.5], { minLength: 1 }))
    .map(([column, values]): CheckRule => ({ check: "accepted_values", column, values })),
  fc.constantFrom<CheckRule>(
    { check: "accepted_values", column: "b", values: [true] },
    { check: "accepted_values", column: "b", values: [true, false] },
  ),
);

const hasTime = fc.constantFrom("y", "t", "z");
const freshness = fc
  .tuple(hasTime, fc.constantFrom(1, 3_600_000, 40 * 365 * 86_400_000))
  .map(([column, maxAgeMilliseconds]): CheckRule => ({ check: "freshness", column, maxAgeMilliseconds }));

/** Each result tells its figures: what has changed at all is beyond the threshold. */
const drift = { check: "drift", direction: "any", warn: null } as const;
const figureRules: readonly CheckRule[] = [
  { ...drift, metric: "row_count", columns: [], fail: { by: "amount", amount: 0 } },
  {
    ...drift,
    metric: "null_share",
    columns: [...columns.map(({ name }) => name), "late"],
    fail: { by: "percent", percent: 0 },
  },
  ...(["min", "max"] as const).flatMap((metric) =>
    ["i", "l", "d", "w", "late", "y", "t", "z"].map((column): CheckRule => ({
      ...drift,
      metric,
      columns: [column],
      fail: "ytz".includes(column) ? { by: "time", milliseconds: 0 } : { by: "amount", amount: 0 },
    })),
  ),
  {
    ...drift,
    metric: "distinct_count",
    columns: ["i", "s", "late"],
    fail: { by: "amount", amount: 0 },
  },
  { check: "row_count", min: 0, max: 0 },
  ...columns.map(({ name }): CheckRule => ({ check: "not_null", columns: [name] })),
  { check: "not_null", columns: ["late"] },
  { check: "unique", columns: ["i", "f", "s"] },
  { check: "unique", columns: ["k"] },
];

/** All figures there are; none asks for a column that a table may not have. */
export const figures: readonly Check[] = figureRules.map(asCheck);

/** Checks of every kind: all figures there are, and rules with bounds that the values meet or miss. */
export const checks: fc.Arbitrary<readonly Check[]> = fc
  .array(fc.oneof(range, accepted, freshness), { minLength: 6, maxLength: 12 })
  .map((rules) => [...figures, ...rules.map(asCheck)]);
