import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";

/** Waits until the terminal shows this (a regular expression), then types. */
export interface Step {
  readonly wait: string;
  readonly type: string;
}

export interface Shown {
  /** All that the terminal was sent, control sequences included. */
  readonly shown: string;
  readonly exitCode: number;
}

export interface PtyOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  /** Ends the program after the last step, for one that would wait for more. */
  readonly hangUp?: boolean;
}

/** Runs a command in a real pseudo-terminal, as a person at a keyboard would. */
export async function inTerminal(
  command: readonly string[],
  steps: readonly Step[],
  { cwd, environment = {}, columns = 100, hangUp = false }: PtyOptions,
): Promise<Shown> {
  const { stdout } = await promisify(execFile)(
    "python3",
    [
      join(import.meta.dirname, "in_terminal.py"),
      JSON.stringify({ command, steps, columns, hang_up: hangUp }),
    ],
    { cwd, env: { ...process.env, CI: undefined, TERM: "xterm", ...environment } },
  );
  return JSON.parse(stdout) as Shown;
}

/** The text without what moves the cursor and colours. */
export const textOf = (shown: string): string => stripVTControlCharacters(shown).replaceAll("\r", "");
