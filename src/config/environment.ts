import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { messageOf, PipelineError } from "../core/errors.js";
import { codeOf } from "./find.js";
import { shownPath } from "./problem.js";

/** The process environment together with what `.env` files add to it. */
export class Environment {
  readonly #origin: ReadonlyMap<string, string>;

  constructor(
    readonly values: Readonly<Record<string, string>>,
    origin: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#origin = origin;
  }

  /** Where a variable is set: a `.env` file, or the environment itself. */
  whereOf(variable: string): string {
    return this.#origin.get(variable) ?? "environment";
  }
}

/**
 * Reads `.env` of the working directory and beside the configuration. The real environment wins over both, the
 * working directory over the other. The process's own environment is not touched.
 */
export async function readEnvironment(
  processEnvironment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
  configFile: string,
): Promise<Environment> {
  const values: Record<string, string> = {};
  const origin = new Map<string, string>();
  const files = new Set([join(dirname(configFile), ".env"), resolve(workingDirectory, ".env")]);
  for (const file of files) {
    const shown = shownPath(workingDirectory, file);
    for (const [variable, value] of Object.entries(parseEnv(await readEnvFile(file, shown)))) {
      if (value === undefined) continue;
      values[variable] = value;
      origin.set(variable, shown);
    }
  }
  for (const [variable, value] of Object.entries(processEnvironment)) {
    if (value === undefined) continue;
    values[variable] = value;
    origin.delete(variable);
  }
  return new Environment(values, origin);
}

/** Nothing where there is no such file, or a folder: some keep their virtual environment in `.env`. */
async function readEnvFile(file: string, shown: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") return "";
    throw new PipelineError("CONFIG_INVALID", {
      message: `${shown} cannot be read: ${messageOf(thrown)}`,
      where: file,
    });
  }
}
