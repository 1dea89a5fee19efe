import { PRODUCTION } from "../core/model.js";
import type { RunRequest } from "./request.js";

/** The command that asks for a request, ready to be copied into a shell. */
export function runCommand(request: RunRequest): string {
  const option = (name: string, values: readonly (string | null)[]): readonly string[] =>
    values.flatMap((value) => (value === null ? [] : [name, value]));
  return commandLine(
    "run",
    ...option("--restate", request.restateModels),
    ...option("--restate-category", request.restateCategories),
    ...option("--start", [request.start]),
    ...option("--end", [request.end]),
    ...option("--environment", [request.environment === PRODUCTION ? null : request.environment]),
    ...(request.skipTests ? ["--skip-tests"] : []),
    ...option("--allow-destructive-model", request.allowDestructiveModels),
  );
}

/** One of our commands, ready to be copied into a shell. */
export const commandLine = (...words: readonly string[]): string =>
  ["oso-pipeline", ...words.map(quoted)].join(" ");

/** As a POSIX shell takes it for one word. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
