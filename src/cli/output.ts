import { documentationOf } from "../core/documentation.js";
import type { PipelineError } from "../core/errors.js";
import type { PipelineEvent, Report } from "../core/events.js";
import type { Outcome } from "../core/outcome.js";
import type { Delivery } from "../notify/notifier.js";
import { envelope, OUTPUT_VERSION, toJson } from "../report/envelope.js";
import { systemClock } from "../report/heartbeat.js";
import { createEventStream, createProgress } from "../report/telling.js";
import { describeTerminal, type Terminal } from "../report/terminal.js";
import type { Questions } from "../setup/ports.js";
import type { Ask } from "./app.js";
import type { GlobalOptions } from "./command.js";

/** Where a command's events, its result and its error go. Data goes to stdout, everything else to stderr. */
export interface Output {
  readonly report: Report;
  /** Null where nobody is there to answer: no terminal, CI, or output for programs. */
  readonly ask: Ask | null;
  /** Questions of any kind; null where `ask` is. @param signal breaks a question off. */
  questions(signal: AbortSignal): Questions | null;
  /** Prints the result, its failure where it has one, and what nobody could be told. Returns the exit code. */
  end(end: CommandOutput, render: (terminal: Terminal) => Promise<string>): Promise<number>;
  fail(error: PipelineError): number;
}

/** All that a command leaves to be printed. */
export interface CommandOutput {
  /** Without a result where it was broken off. */
  readonly outcome: Outcome<unknown>;
  readonly stack?: string;
  readonly notifications: readonly Delivery[];
}

export function createOutput(process: NodeJS.Process, globals: GlobalOptions, command: string): Output {
  const stdout = describeTerminal(process.stdout, process.env, globals.color);
  const stderr = describeTerminal(process.stderr, process.env, globals.color);
  const ndjson = globals.output === "ndjson";
  const isAttended = globals.output === "text" && stderr.interactive && process.stdin.isTTY;

  let sequence = 0;
  const line = (value: object): void => {
    sequence += 1;
    const head = { version: OUTPUT_VERSION, sequence, time: new Date().toISOString() };
    process.stdout.write(`${toJson({ ...head, ...value })}\n`);
  };
  const progress = ndjson
    ? createEventStream(line, systemClock)
    : globals.quiet
      ? undefined
      : createProgress(process.stderr, stderr, systemClock);
  // Whatever ends the process leaves a terminal whose cursor is seen.
  process.once("exit", () => progress?.stop());
  const finish = ({ outcome, notifications }: CommandOutput): void => {
    const whole = envelope(command, outcome.result, outcome.failure, notifications);
    if (ndjson) line({ type: "result", ...whole });
    else process.stdout.write(`${toJson(whole, 2)}\n`);
  };
  const end: Output["end"] = async (given, render) => {
    const { outcome, stack, notifications } = given;
    const { result, failure } = outcome;
    progress?.stop();
    if (globals.output !== "text") finish(given);
    else if (result !== null) process.stdout.write(`${(await render(stdout)).trimEnd()}\n`);
    if (stack) process.stderr.write(`${stack}\n`);
    if (failure && (globals.output === "text" || result === null))
      process.stderr.write(renderError(failure, stderr));
    for (const undelivered of notifications.filter(({ state }) => state === "failed"))
      process.stderr.write(renderUndelivered(undelivered, stderr));
    return failure?.exitCode ?? 0;
  };

  return {
    report(event: PipelineEvent) {
      progress?.report(event);
    },
    ask: isAttended
      ? async (show, question, signal) => {
          progress?.stop();
          process.stderr.write(`\n${show(stderr).trimEnd()}\n\n`);
          const { confirm } = await import("./prompt.js");
          return confirm(question, { input: process.stdin, output: process.stderr }, stderr, signal);
        }
      : null,
    questions: (signal) => (isAttended ? questionsAt(process, stderr, signal, () => progress?.stop()) : null),
    end,
    fail(failure) {
      progress?.stop();
      const outcome = { result: null, failure };
      if (globals.output !== "text") finish({ outcome, notifications: [] });
      process.stderr.write(renderError(failure, stderr));
      return failure.exitCode;
    },
  };
}

/** Each kind of question is loaded when it is first asked. */
function questionsAt(
  { stdin: input, stderr: output }: NodeJS.Process,
  terminal: Terminal,
  signal: AbortSignal,
  quiet: () => void,
): Questions {
  const prompts = async () => {
    quiet();
    const { prompting } = await import("./prompt.js");
    return prompting({ input, output }, terminal, signal);
  };
  return {
    text: async (...asked) => (await prompts()).text(...asked),
    choice: async (...asked) => (await prompts()).choice(...asked),
    confirm: async (...asked) => (await prompts()).confirm(...asked),
    show: (text) => {
      quiet();
      output.write(`\n${text.trimEnd()}\n\n`);
    },
  };
}

/** One error: what happened, where, what to do. */
function renderError(error: PipelineError, { chalk }: Terminal): string {
  const lines = [`${chalk.red.bold("error")} ${chalk.dim(error.code)} ${error.message}`];
  if (error.where) lines.push(`  ${chalk.dim("where")} ${error.where}`);
  if (error.hint) lines.push(`  ${chalk.dim("hint")}  ${error.hint}`);
  lines.push(`  ${chalk.dim("see")}   ${documentationOf(error.code)}`);
  return `${lines.join("\n")}\n`;
}

/** The command's own outcome stays what it is. */
const renderUndelivered = ({ target, event, error }: Delivery, { chalk }: Terminal): string =>
  `${chalk.yellow("warning")} ${target} was not told of ${event}: ${error}\n`;
