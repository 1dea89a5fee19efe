import * as z from "zod";
import { duration, oneOrMore, text } from "./words.js";

/** A number or text; integers beyond 2^53 arrive as bigint (document.ts) and keep all their digits. */
const bound = z.union([z.number(), z.bigint(), text], { error: "must be a number, a date or text" });
const literal = z.union([z.string(), z.number(), z.bigint(), z.boolean()], {
  error: "must be text, a number, true or false",
});

const rows = z.int().min(0);
const column = text;
const columns = oneOrMore;

const scope = {
  select: oneOrMore
    .optional()
    .describe("SQLMesh selector, or a list of them. Together with `category` it means the models of either."),
  category: oneOrMore.optional().describe("Entity category, or a list of them."),
  severity: z
    .enum(["fail", "warn"])
    .default("fail")
    .describe("`fail` stops publishing, `warn` is only told."),
  name: text.optional().describe("Name in results. Default: made from the check and its columns."),
};

const hasScope = ({ select, category }: { select?: unknown; category?: unknown }): boolean =>
  select !== undefined || category !== undefined;
const scopeError = { error: "names no model: give select or category" };
const hasBound = ({ min, max }: { min?: unknown; max?: unknown }): boolean =>
  min !== undefined || max !== undefined;
const boundError = { error: "has no bound: give min, max or both" };

const rowCount = z
  .strictObject({
    check: z.literal("row_count"),
    ...scope,
    min: rows.optional().describe("Fewest rows allowed."),
    max: rows.optional().describe("Most rows allowed."),
  })
  .refine(hasScope, scopeError)
  .refine(hasBound, boundError)
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    path: ["max"],
    error: "must not be below min",
  })
  .describe("The number of rows lies between min and max.");

const notNull = z
  .strictObject({
    check: z.literal("not_null"),
    ...scope,
    columns: columns.describe("Column, or a list of them."),
  })
  .refine(hasScope, scopeError)
  .describe("None of the columns holds a null.");

const unique = z
  .strictObject({
    check: z.literal("unique"),
    ...scope,
    columns: columns.describe("Column, or a list of them that is unique together."),
  })
  .refine(hasScope, scopeError)
  .describe("No two rows agree in all the columns.");

const acceptedValues = z
  .strictObject({
    check: z.literal("accepted_values"),
    ...scope,
    column: column.describe("Column."),
    values: z
      .array(literal)
      .min(1, { error: "must not be empty" })
      .describe("The values allowed; nulls are not looked at."),
  })
  .refine(hasScope, scopeError)
  .describe("The column holds nothing but the values.");

const freshness = z
  .strictObject({
    check: z.literal("freshness"),
    ...scope,
    column: column.describe("Column of a date or time."),
    max_age: duration.describe("How old the newest value may be, e.g. 36h."),
  })
  .refine(hasScope, scopeError)
  .describe("The newest value of the column is not too old.");

const range = z
  .strictObject({
    check: z.literal("range"),
    ...scope,
    column: column.describe("Column."),
    min: bound.optional().describe("Least value allowed."),
    max: bound.optional().describe("Greatest value allowed."),
  })
  .refine(hasScope, scopeError)
  .refine(hasBound, boundError)
  .describe("All values of the column lie between min and max; nulls are not looked at.");

const sql = z
  .strictObject({
    check: z.literal("sql"),
    ...scope,
    sql: text
      .refine((written) => written.includes("{{model}}"), {
        error: "must read from {{model}}, which stands for the model checked",
      })
      .describe("Query that gives the failing rows. {{model}} stands for the model checked."),
  })
  .refine(hasScope, scopeError)
  .describe("The query gives no rows.");

const thresholdError = {
  error:
    "must be a number, a percentage such as 10%, a duration such as 3d, or a list of added, removed and retyped",
};
const threshold = z.union(
  [
    z.number().min(0, thresholdError),
    z.string().regex(/^\d+(\.\d+)?\s*(%|w|d|h|m|s|ms)$/, thresholdError),
    z.array(z.enum(["added", "removed", "retyped"])).min(1, { error: "must not be empty" }),
  ],
  thresholdError,
);

const driftFields = {
  check: z.literal("drift"),
  select: scope.select,
  category: scope.category,
  name: scope.name,
  metric: z
    .enum(["row_count", "null_share", "distinct_count", "min", "max", "schema"])
    .describe("What is compared. `distinct_count` is an estimate, right to a few percent."),
  columns: columns
    .optional()
    .describe("Column whose figure is meant, or a list of them; not for `row_count` and `schema`."),
  direction: z.enum(["any", "up", "down"]).optional().describe("Which changes count. Default: any."),
  warn: threshold.optional().describe("The change beyond which it is told."),
  fail: threshold
    .optional()
    .describe(
      "The change beyond which publishing stops: a number, in the unit of the figure; a percentage of what readers " +
        "see, of `null_share` in percentage points; for dates and times a duration; for `schema` a list of `added`, " +
        "`removed` and `retyped`.",
    ),
};
export type DriftContent = z.output<z.ZodObject<typeof driftFields>>;
type Written = z.output<typeof threshold> | undefined;

const drift = z
  .strictObject(driftFields)
  .refine(hasScope, scopeError)
  .refine(({ warn, fail }) => warn !== undefined || fail !== undefined, {
    error: "has no threshold: give warn, fail or both",
  })
  .refine(({ metric, columns: some }) => isOfTable(metric) || some !== undefined, {
    path: ["columns"],
    error: "are missing: this metric is one of columns",
  })
  .refine(({ metric, columns: some }) => !isOfTable(metric) || some === undefined, {
    path: ["columns"],
    error: "do not go with this metric, which is one of the whole model",
  })
  .refine(({ metric, direction }) => metric !== "schema" || direction === undefined, {
    path: ["direction"],
    error: "does not go with schema",
  })
  .superRefine(({ metric, ...thresholds }, context) => {
    for (const path of ["warn", "fail"] as const) {
      const message = unfit(metric, thresholds[path]);
      if (message !== undefined) context.addIssue({ code: "custom", path: [path], message });
    }
  })
  .describe("A figure of the model has not moved far from that of the model as readers see it today.");

const isOfTable = (metric: DriftContent["metric"]): boolean => metric === "row_count" || metric === "schema";

/** Why a threshold does not go with a metric; undefined where it does. */
function unfit(metric: DriftContent["metric"], written: Written): string | undefined {
  if (written === undefined) return undefined;
  if (metric === "schema")
    return Array.isArray(written) ? undefined : "must be a list of added, removed and retyped";
  if (Array.isArray(written)) return "must be a number, a percentage or a duration: only schema takes a list";
  if (metric === "min" || metric === "max") return undefined;
  const isPercentage = typeof written === "string" && written.endsWith("%");
  if (metric === "null_share") return isPercentage ? undefined : "must be percentage points, e.g. 2%";
  return isPercentage || typeof written === "number"
    ? undefined
    : "must be a number or a percentage, e.g. 1000 or 10%";
}

export const checkSchema = z.discriminatedUnion("check", [
  rowCount,
  notNull,
  unique,
  acceptedValues,
  freshness,
  range,
  sql,
  drift,
]);

export type CheckContent = z.output<typeof checkSchema>;
