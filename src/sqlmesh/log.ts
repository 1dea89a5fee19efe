import { closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, PipelineError } from "../core/errors.js";

/** Long enough for the last words of a process. */
const TAIL_BYTES = 4096;

/**
 * Opens the file that takes whatever SQLMesh and the models print; the caller closes the descriptor.
 * @throws PipelineError BRIDGE_FAILED when it cannot be written.
 */
export function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  } catch (thrown) {
    throw new PipelineError("BRIDGE_FAILED", {
      message: `SQLMesh's log cannot be written: ${messageOf(thrown)}`,
      where: file,
      cause: thrown,
    });
  }
}

/** The last line that is not empty, at most 300 characters of it. Null where there is none. */
export function lastLine(file: string): string | null {
  try {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(descriptor, tail, 0, tail.length, size - tail.length);
      const lines = tail.toString("utf8").split("\n");
      return (
        lines
          .findLast((line) => line.trim() !== "")
          ?.trim()
          .slice(0, 300) ?? null
      );
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null; // The error this would explain is told without it.
  }
}
