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

export const checkSchema = z.discriminatedUnion("check", [
  rowCount,
  notNull,
  unique,
  acceptedValues,
  freshness,
  range,
  sql,
]);

export type CheckContent = z.output<typeof checkSchema>;
