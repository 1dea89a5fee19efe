import type { Command as Commander } from "commander";
import type { PipelineError } from "../core/errors.js";
import type { App } from "./app.js";
import type { Terminal } from "./terminal.js";

/** What a command did. `failure` sets the exit code while the result is still shown: failing checks, say. */
export interface Outcome<R> {
  readonly result: R;
  readonly failure?: PipelineError | undefined;
}

/** A command parses, calls one service and returns one result. It decides nothing and prints nothing. */
export interface Command<O, R> {
  /** Adds description, arguments, options and an example. Must import nothing heavy. */
  configure(command: Commander): Commander;
  run(options: O, app: App, args: readonly string[]): Promise<Outcome<R>>;
  /** The result as text for people; JSON is the result itself. */
  render(outcome: Outcome<R>, terminal: Terminal): string;
}

/** Commands of different types in one table: each is consistent in itself. */
export type AnyCommand = Command<never, never>;

export const defineCommand = <O, R>(command: Command<O, R>): AnyCommand => command as unknown as AnyCommand;
