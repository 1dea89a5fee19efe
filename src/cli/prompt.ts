import { PipelineError } from "../core/errors.js";
import type { Terminal } from "../report/terminal.js";

export interface PromptStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Asks for a yes on the terminal; Enter alone is a no.
 * @throws PipelineError INTERRUPTED on Ctrl-C; the signal's reason when that is aborted.
 */
export async function confirm(
  question: string,
  { input, output }: PromptStreams,
  { chalk }: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const { default: ask } = await import("@inquirer/confirm");
  const plain = (text: string): string => text;
  const config = {
    message: question,
    default: false,
    theme: {
      prefix: chalk.cyan("?"),
      style: { message: plain, answer: chalk.bold, defaultAnswer: (text: string) => chalk.dim(`(${text})`) },
    },
  };
  try {
    return await ask(config, { input, output, signal });
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (thrown instanceof Error && thrown.name === "ExitPromptError") {
      throw new PipelineError("INTERRUPTED", {
        message: "interrupted; nothing was run",
        hint: "the same command asks again",
      });
    }
    throw thrown;
  }
}
