import { closeSync, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, PipelineError } from "../core/errors.js";

/** Long enough for the last words of a process. */
const TAIL_BYTES = 4096;

/** Of a log that people read, on average and generously. */
const LINE_BYTES = 400;

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
  return (
    tailOf(file, TAIL_BYTES)
      ?.findLast((line) => line.trim() !== "")
      ?.trim()
      .slice(0, 300) ?? null
  );
}

/** So many lines at most, each as it was written. Null where the file cannot be read. */
export function lastLines(file: string, most: number): readonly string[] | null {
  const lines = tailOf(file, most * LINE_BYTES);
  return lines && lines.slice(0, lines.at(-1) === "" ? -1 : undefined).slice(-most);
}

function tailOf(file: string, bytes: number): readonly string[] | null {
  try {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const tail = Buffer.alloc(Math.min(size, bytes));
      readSync(descriptor, tail, 0, tail.length, size - tail.length);
      return tail.toString("utf8").split("\n");
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null; // What this would explain is told without it.
  }
}
