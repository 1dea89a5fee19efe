import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PipelineError } from "../core/errors.js";

/** Writes a new file, complete and down to the disk, or leaves none. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (thrown) {
    await rm(path, { force: true }).catch(() => undefined);
    throw thrown;
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

/** Names in a folder down to the disk too, where the file system can. What they name is in force either way. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

const said: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied, or a file system without hard links",
  ENOTSUP: "the file system has no hard links",
  ENOTDIR: "it is not a folder",
  EEXIST: "it is not a folder",
};

const hints: Readonly<Record<string, string>> = {
  ENOSPC: "free some space, then repeat the command: nothing that was written is lost",
  EDQUOT: "free some space, then repeat the command: nothing that was written is lost",
};

/** What a file operation failed with, for the user; anything that is no such failure stays what it is. */
export function diskFailure(thrown: unknown, doing: "read" | "write", path: string): unknown {
  const code = codeOf(thrown);
  if (thrown instanceof PipelineError || code === undefined) return thrown;
  const denied = ["EACCES", "EPERM", "EROFS"].includes(code);
  return new PipelineError(denied ? "PERMISSION_DENIED" : "SERVICE_UNAVAILABLE", {
    message: `state in ${path} cannot be ${doing === "read" ? "read" : "written"}: ${said[code] ?? code}`,
    hint: hints[code] ?? "check that folder and its permissions, or configure another one for the state",
    where: path,
    cause: thrown,
  });
}

export const isCode = (thrown: unknown, code: string): boolean => codeOf(thrown) === code;

const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error &&
  "code" in thrown &&
  typeof thrown.code === "string" &&
  /^E(?!RR)/.test(thrown.code)
    ? thrown.code
    : undefined;
