import { PipelineError } from "../core/errors.js";
import type { QueryResult } from "./ports.js";

/** Runs one statement, when it is its turn. */
export type Run = (sql: string) => Promise<QueryResult>;

const concernsOneStatement: ReadonlySet<string> = new Set(["QUERY_FAILED", "PERMISSION_DENIED", "TIMEOUT"]);

/**
 * Whether it is one statement that Trino refuses, or does not finish in the time that one query has; anything else
 * concerns the whole verification.
 */
export const isRefusal = (thrown: unknown): thrown is PipelineError =>
  thrown instanceof PipelineError && concernsOneStatement.has(thrown.code);

/** A refusal as an answer; what is none is thrown on. */
export function refused(thrown: unknown): PipelineError {
  if (isRefusal(thrown)) return thrown;
  throw thrown;
}

/** Whether one of several questions in a statement may be why it was refused, so that the others are worth asking. */
export const mayBeOneOfSeveral = ({ code }: PipelineError): boolean => code !== "TIMEOUT";
