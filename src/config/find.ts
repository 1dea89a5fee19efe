import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { messageOf, PipelineError } from "../core/errors.js";
import { shownPath } from "./problem.js";

export const configName = "oso-pipeline.yaml";

/**
 * The configuration's path: `file` where given, else `oso-pipeline.yaml` in the working directory or the nearest
 * folder above it, no further than the root of the git repository.
 * @throws PipelineError CONFIG_NOT_FOUND
 */
export async function findConfig(workingDirectory: string, file?: string): Promise<string> {
  if (file !== undefined) {
    const path = resolve(workingDirectory, file);
    if (await exists(path)) return path;
    throw new PipelineError("CONFIG_NOT_FOUND", {
      message: `there is no ${shownPath(workingDirectory, path)}`,
      hint,
    });
  }
  let directory = resolve(workingDirectory);
  for (;;) {
    const path = join(directory, configName);
    if (await exists(path)) return path;
    const parent = dirname(directory);
    if (parent === directory || (await exists(join(directory, ".git")))) break;
    directory = parent;
  }
  throw new PipelineError("CONFIG_NOT_FOUND", {
    message: `there is no ${configName} in ${resolve(workingDirectory)}${directory === resolve(workingDirectory) ? "" : ` or the folders above it up to ${directory}`}`,
    hint,
  });
}

const hint =
  "`oso-pipeline init` writes one for your project; one that lies elsewhere is named with --config";

/** @throws PipelineError CONFIG_NOT_FOUND, or CONFIG_INVALID when it is no file, may not be read or is not UTF-8. */
export async function readText(file: string, shown: string): Promise<string> {
  const refuse = (message: string): PipelineError =>
    new PipelineError("CONFIG_INVALID", { message: `${shown} ${message}`, where: shown });
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === "EISDIR") throw refuse("is a folder, not a file");
    if (code === "ENOENT") throw new PipelineError("CONFIG_NOT_FOUND", { message: `there is no ${shown}` });
    if (code === "EACCES") throw refuse("may not be read by this user");
    throw refuse(`cannot be read: ${messageOf(thrown)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("is not UTF-8 text");
  }
}

/** `ENOENT` and the like. */
export const codeOf = (thrown: unknown): unknown =>
  thrown instanceof Error && "code" in thrown ? thrown.code : undefined;

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
