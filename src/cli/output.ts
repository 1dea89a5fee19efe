import { documentationOf } from "../core/documentation.js";
import type { PipelineError } from "../core/errors.js";
import type { PipelineEvent, Report } from "../core/events.js";
import type { Outcome } from "../core/outcome.js";
import { envelope, OUTPUT_VERSION, toJson } from "../report/envelope.js";
import { createProgress } from "../report/progress.js";
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
  /** Prints the result, and its failure where it has one. Returns the exit code. */
  succeed(outcome: Outcome<unknown>, render: (terminal: Terminal) => Promise<string>): Promise<number>;
  fail(error: PipelineError, stack?: string): number;
}

export function createOutput(process: NodeJS.Process, globals: GlobalOptions, command: string): Output {
  const stdout = describeTerminal(process.stdout, process.env, globals.color);
  const stderr = describeTerminal(process.stderr, process.env, globals.color);
  const ndjson = globals.output === "ndjson";
  const isAttended = globals.output === "text" && stderr.interactive && process.stdin.isTTY;
  const progress = globals.quiet || ndjson ? undefined : createProgress(process.stderr, stderr, Date.now);

  const line = (value: object): boolean => process.stdout.write(`${toJson(value)}\n`);
  const finish = (result: unknown, failure: PipelineError | undefined): void => {
    const whole = envelope(command, result, failure);
    if (ndjson) line({ type: "result", ...whole });
    else process.stdout.write(`${toJson(whole, 2)}\n`);
  };

  return {
    report(event: PipelineEvent) {
      if (ndjson) line({ version: OUTPUT_VERSION, ...event });
      else progress?.report(event);
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
    async succeed({ result, failure }, render) {
      progress?.stop();
      if (globals.output !== "text") finish(result, failure);
      else {
        process.stdout.write(`${(await render(stdout)).trimEnd()}\n`);
        if (failure) process.stderr.write(renderError(failure, stderr));
      }
      return failure?.exitCode ?? 0;
    },
    fail(error, stack) {
      progress?.stop();
      if (globals.output !== "text") finish(null, error);
      if (stack) process.stderr.write(`${stack}\n`);
      process.stderr.write(renderError(error, stderr));
      return error.exitCode;
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
