import { PipelineError } from "../core/errors.js";
import type { Terminal } from "../report/terminal.js";
import type { Questions } from "../setup/ports.js";

export interface PromptStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Asks for a yes on the terminal; Enter alone is a no.
 * @throws PipelineError INTERRUPTED on Ctrl-C; the signal's reason when that is aborted.
 */
export function confirm(
  question: string,
  streams: PromptStreams,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  return confirming(question, false, streams, terminal, signal, "interrupted; nothing was run");
}

/** Questions one after another, before anything is done. Each throws as `confirm` does. */
export function prompting(
  streams: PromptStreams,
  terminal: Terminal,
  signal: AbortSignal,
): Omit<Questions, "show"> {
  const undone = "interrupted; nothing was written";
  return {
    confirm: (question, preset) => confirming(question, preset, streams, terminal, signal, undone),
    text: async (question, preset, problem) => {
      const { default: input } = await import("@inquirer/input");
      const config = {
        message: question,
        default: preset,
        theme: plainTheme(terminal),
        validate: (answer: string) => {
          const wrong = problem(answer);
          return wrong === null || `It takes ${wrong}.`;
        },
      };
      return answered(undone, signal, () => input(config, { ...streams, signal }));
    },
    choice: async (question, choices) => {
      const { default: select } = await import("@inquirer/select");
      const config = {
        message: question,
        choices: choices.map(({ value, label, note }) => ({
          value,
          name: note === undefined ? label : `${label}  ${terminal.chalk.dim(note)}`,
          short: label,
        })),
        theme: plainTheme(terminal),
      };
      return answered(undone, signal, () => select(config, { ...streams, signal }));
    },
  };
}

async function confirming(
  message: string,
  preset: boolean,
  streams: PromptStreams,
  terminal: Terminal,
  signal: AbortSignal,
  undone: string,
): Promise<boolean> {
  const { default: ask } = await import("@inquirer/confirm");
  const config = { message, default: preset, theme: plainTheme(terminal) };
  return answered(undone, signal, () => ask(config, { ...streams, signal }));
}

/** No colour where the terminal has none. */
const plainTheme = ({ chalk }: Terminal) => ({
  prefix: chalk.cyan("?"),
  style: {
    message: (text: string): string => text,
    answer: chalk.bold,
    defaultAnswer: (text: string): string => chalk.dim(`(${text})`),
    highlight: (text: string): string => chalk.cyan(text),
    help: (text: string): string => chalk.dim(text),
    key: (text: string): string => chalk.bold(text),
    error: (text: string): string => chalk.red(text),
    keysHelpTip: (keys: [key: string, action: string][]): string =>
      chalk.dim(keys.map(([key, action]) => `${key} ${action}`).join(", ")),
  },
});

async function answered<T>(undone: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (thrown instanceof Error && thrown.name === "ExitPromptError") {
      throw new PipelineError("INTERRUPTED", { message: undone, hint: "the same command asks again" });
    }
    throw thrown;
  }
}
