import { relative, isAbsolute } from "node:path";
import { type ErrorCode, PipelineError } from "../core/errors.js";

/** One thing wrong with the configuration, in one line. */
export interface Problem {
  /** `file:line:column`, or `environment`. */
  readonly where: string;
  /** Line and column, for sorting; 0 where there are none. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** All problems of the configuration at once: `problems` for programs, one line each in the message. */
export class ConfigError extends PipelineError {
  readonly problems: readonly Problem[];

  constructor(file: string, found: readonly Problem[], code: ErrorCode = "CONFIG_INVALID") {
    const problems = found.toSorted(
      (a, b) => a.line - b.line || a.column - b.column || a.message.localeCompare(b.message),
    );
    const [first] = problems;
    super(
      code,
      problems.length === 1 && first
        ? { message: first.message, where: first.where, hint }
        : {
            message: [
              `${file} has ${problems.length} problems`,
              ...problems.map(({ where, message }) => `  ${where} ${message}`),
            ].join("\n"),
            where: file,
            hint,
          },
    );
    this.problems = problems;
  }
}

const hint =
  "docs/configuration.md describes every key; `oso-pipeline config schema` prints a schema for editors";

/** A path as people at `directory` would type it; absolute where that is not below it. */
export function shownPath(directory: string, file: string): string {
  const path = relative(directory, file);
  return path.startsWith("..") || isAbsolute(path) ? file : path;
}
