import { PipelineError } from "../core/errors.js";
import type { DoctorParts } from "./ports.js";

export type Answer =
  | { readonly rows: readonly (readonly unknown[])[] }
  | { readonly refusal: "denied" | "absent" | "failed"; readonly said: string };

/** What is said of a name that is not there. */
const absent: ReadonlySet<unknown> = new Set(["TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"]);

/** Asks Trino, and takes what it says of the statement for an answer. @throws PipelineError where it says nothing */
export async function ask(
  { queries }: Pick<DoctorParts, "queries">,
  sql: string,
  signal?: AbortSignal,
): Promise<Answer> {
  try {
    return { rows: (await queries.query(sql, { signal })).rows };
  } catch (thrown) {
    if (!(thrown instanceof PipelineError)) throw thrown;
    if (thrown.code === "PERMISSION_DENIED") return { refusal: "denied", said: saidOf(thrown) };
    if (thrown.code !== "QUERY_FAILED") throw thrown;
    return { refusal: absent.has(nameOf(thrown.cause)) ? "absent" : "failed", said: saidOf(thrown) };
  }
}

/** Trino's own words, without the query they were said of. */
const saidOf = ({ cause, message }: PipelineError): string =>
  cause instanceof Error ? cause.message : message;

/** Trino's name for the error, which its client keeps with the cause. */
const nameOf = (cause: unknown): unknown =>
  cause instanceof Error && "errorName" in cause ? cause.errorName : undefined;
