import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Report } from "../core/events.js";

/** What one hook prints: into the log, and the first of it as events. */
export interface HookOutput {
  line(text: string): void;
  /** The last line that was not empty; null where there was none. */
  last(): string | null;
  close(): void;
}

export interface HookOutputOptions {
  readonly hook: string;
  readonly title: string;
  readonly logFile: string;
  readonly redact: (text: string) => string;
  readonly report: Report;
}

/** Of one hook. A log is for reading. */
const LOG_BYTES = 2 * 1024 * 1024;
const EVENTS = 100;

/** A log that cannot be written is told once and hides nothing of the hook. */
export function hookOutput({ hook, title, logFile, redact, report }: HookOutputOptions): HookOutput {
  let last: string | null = null;
  let lines = 0;
  let room = LOG_BYTES;
  let log = open(logFile, report);
  const write = (text: string): void => {
    if (log === null || room <= 0) return;
    room -= Buffer.byteLength(text) + 1;
    try {
      writeSync(log, room > 0 ? `${text}\n` : "… the rest is left out\n");
    } catch {
      // A full disk keeps no hook from working.
      log = null;
    }
  };
  write(`== ${hook}: ${redact(title)}`);
  return {
    line(text) {
      const clean = redact(text);
      write(clean);
      if (clean.trim() !== "") last = clean.trim();
      lines += 1;
      // On a terminal it must not move the cursor.
      if (lines <= EVENTS) report({ type: "hook-output", hook, line: stripVTControlCharacters(clean) });
      if (lines === EVENTS + 1) report({ type: "hook-output", hook, line: `… more in ${logFile}` });
    },
    last: () => last,
    close() {
      if (log !== null) closeSync(log);
      log = null;
    },
  };
}

function open(file: string, report: Report): number | null {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  } catch {
    report({ type: "notice", level: "warning", text: `the log of hooks cannot be written: ${file}` });
    return null;
  }
}
