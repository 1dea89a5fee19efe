import type { Command as Commander } from "commander";
import type { Outcome } from "../core/outcome.js";
import type { Terminal } from "../report/terminal.js";
import type { CommandEnd, Ended } from "../notify/ended.js";
import type { App } from "./app.js";

export type { Outcome };

/** A command parses, calls one service and returns one result. It decides nothing and prints nothing. */
export interface Command<O, R> {
  /** Adds arguments, options and examples. Imports nothing heavy: `--help` runs it. */
  configure?(command: Commander): Commander;
  run(options: O, app: App, args: readonly string[]): Promise<Outcome<R>>;
  /** How it ended, for those who are told of it; without it nobody is. */
  ended?(end: CommandEnd<R>, options: O): readonly Ended[];
  /** The result as text for people; JSON is the result itself. Imports its renderer when it is called. */
  render(outcome: Outcome<R>, terminal: Terminal): Promise<string>;
}

/** Commands of different types in one table: each is consistent in itself. */
export type AnyCommand = Command<never, never>;

export const defineCommand = <O, R>(command: Command<O, R>): AnyCommand => command as unknown as AnyCommand;

/** A command of commands: `local up`, `config show`. */
export interface CommandGroup {
  readonly commands: Readonly<Record<string, { readonly summary: string; readonly command: AnyCommand }>>;
}

/** Options every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly output: "text" | "json" | "ndjson";
  readonly color: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Adds an `Examples:` section to a command's help. */
export const withExamples = (command: Commander, ...examples: readonly string[]): Commander =>
  command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
