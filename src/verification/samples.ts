import { quoteIdentifier } from "../core/sql.js";
import type { FailingRows } from "./compile.js";
import type { Sample } from "./check-result.js";
import { refused, type Run } from "./refusal.js";
import { PipelineError } from "../core/errors.js";
import { EMAIL, KEYS, speaksOfSecrets } from "../core/sensitive.js";

/** What of the data may appear in results. */
export interface SamplePolicy {
  /** Most rows of one check; 0 for none at all. */
  readonly rows: number;
  /** Columns whose values are never shown. */
  readonly hide: readonly string[];
}

const MOST_COLUMNS = 12;
const LONGEST = 60;
const MASKED = "***";

/** The query that shows people the rows which break a rule. */
export const rowsQuery = ({ from }: FailingRows): string => `SELECT * FROM ${from} LIMIT 10`;

/**
 * A few rows that break a rule: of a model's rows only the columns that the rule speaks of and those that tell which
 * row it is. Null where there is nothing to show, or Trino refuses to.
 * @param keys columns that are unique in the model
 */
export async function sampleOf(
  { from, columns, ofModel }: FailingRows,
  keys: readonly string[],
  policy: SamplePolicy,
  run: Run,
): Promise<Sample | null> {
  if (policy.rows === 0) return null;
  const shown = columns === null ? null : [...new Set([...(ofModel ? keys : []), ...columns])];
  const list = shown === null ? "*" : shown.map(quoteIdentifier).join(", ");
  const answer = await run(`SELECT ${list} FROM ${from} LIMIT ${policy.rows}`).catch(refused);
  if (answer instanceof PipelineError || answer.rows.length === 0) return null;
  const names = answer.columns.slice(0, MOST_COLUMNS).map(({ name }) => name);
  const hidden = new Set(policy.hide.map((name) => name.toLowerCase()));
  return {
    columns: names,
    rows: answer.rows.map((row) =>
      names.map((name, index) => {
        const value = row[index];
        if (value === null || value === undefined) return null;
        return hidden.has(name.toLowerCase()) || speaksOfSecrets.test(name) ? MASKED : cell(value);
      }),
    ),
  };
}

function cell(value: unknown): string {
  const text = typeof value === "string" ? value : asText(value);
  const safe = [EMAIL, ...KEYS].reduce((written, pattern) => written.replace(pattern, MASKED), text);
  return safe.length <= LONGEST ? safe : `${safe.slice(0, LONGEST - 1)}…`;
}

const asText = (value: unknown): string =>
  typeof value === "bigint"
    ? value.toString()
    : JSON.stringify(value, (_, inside: unknown) =>
        typeof inside === "bigint" ? inside.toString() : inside,
      );
