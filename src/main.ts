import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { AnyCommand, GlobalOptions, Outcome } from "./cli/command.js";
import { buildProgram } from "./cli/program.js";
import { messageOf, PipelineError } from "./core/errors.js";
import type { CommandOutput } from "./cli/output.js";
import type { Observe } from "./composition.js";

/**
 * The process edge: argv, signals, streams and the exit code. Everything else is handed what it needs.
 * `observe` lets a test die exactly at one of the program's effects.
 */
export async function main(
  process: NodeJS.Process,
  { observe }: { readonly observe?: Observe } = {},
): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  for (const stream of [process.stdout, process.stderr]) stream.on("error", bearClosed);
  // What the script of `completion` runs.
  if (process.argv[2] === "complete") await (await import("./completing.js")).complete(process, version);
  let exitCode = 0;
  const program = buildProgram(
    version,
    {
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => process.stdout.columns ?? 100,
    },
    async (name, command, options, globals, args) => {
      exitCode = await execute(process, { name, command, options, globals, args, version }, observe);
    },
  );
  let help = "oso-pipeline";
  program.hook("preSubcommand", (_, chosen) => {
    help = `oso-pipeline ${chosen.name()}`;
  });
  try {
    await program.parseAsync(expandHelp(process.argv.slice(2)), { from: "user" });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    if (thrown.code === "commander.help") return 2;
    const usage = new PipelineError("USAGE", {
      message: thrown.message.replace(/^error: /, "").split("\n")[0] ?? thrown.message,
      hint: suggestionIn(thrown.message) ?? `see \`${help} --help\``,
    });
    const { createOutput } = await import("./cli/output.js");
    return createOutput(process, fallbackGlobals(process.argv), "usage").fail(usage);
  }
}

/** Whoever read has gone, as `head` does: the work goes on to its end, and nobody is told any more. */
function bearClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

/** Commander's own guess at what was meant, in the words of our hints. */
const suggestionIn = (message: string): string | undefined => {
  const guess = /\(Did (you mean .*)\)/.exec(message)?.[1];
  return guess && `did ${guess}`;
};

interface Invocation {
  readonly name: string;
  readonly command: AnyCommand;
  readonly options: Record<string, unknown>;
  readonly globals: GlobalOptions;
  readonly args: readonly string[];
  readonly version: string;
}

async function execute(
  process: NodeJS.Process,
  invocation: Invocation,
  observe: Observe | undefined,
): Promise<number> {
  const { name, command, options, globals, args, version } = invocation;
  // Loaded here, so that --help and --version load nothing but commander.
  const [{ createOutput }, { interruptions }, { createApp }] = await Promise.all([
    import("./cli/output.js"),
    import("./interruptions.js"),
    import("./composition.js"),
  ]);
  const output = createOutput(process, globals, name);
  const interruption = interruptions(process, globals.timeout, output.report);
  const app = createApp({
    report: output.report,
    print: (line) => process.stdout.write(`${line}\n`),
    ask: output.ask,
    questions: output.questions(interruption.signal),
    version,
    signal: interruption.signal,
    observe,
    globals,
    environment: process.env,
    workingDirectory: process.cwd(),
  });
  try {
    const end = await endOf(
      command.run(options as never, app.parts, args),
      () => interruption.reason(),
      globals.verbose,
    );
    const { result, failure } = end.outcome;
    const told = command.ended?.({ result, failure: failure ?? null } as never, options as never) ?? [];
    const notifications = await app.notify(told);
    return await output.end({ ...end, notifications }, (terminal) =>
      command.render(end.outcome as never, terminal),
    );
  } catch (thrown) {
    // Of printing: all else is an end of the command.
    return output.fail(defect(thrown, globals.verbose));
  } finally {
    await app.close();
    interruption.dispose();
  }
}

/** What a command came to; what it threw is a failure without a result. */
async function endOf(
  work: Promise<Outcome<never>>,
  interrupted: () => PipelineError | undefined,
  verbose: boolean,
): Promise<Pick<CommandOutput, "outcome" | "stack">> {
  try {
    return { outcome: await work };
  } catch (caught) {
    const thrown = interrupted() ?? caught;
    if (thrown instanceof PipelineError) return { outcome: { result: null, failure: thrown } };
    const stack = verbose && thrown instanceof Error ? thrown.stack : undefined;
    return { outcome: { result: null, failure: defect(thrown, verbose) }, ...(stack ? { stack } : {}) };
  }
}

/** What is no PipelineError is a defect of ours, and says so. */
const defect = (thrown: unknown, verbose: boolean): PipelineError =>
  new PipelineError("DEFECT", {
    message: `internal error: ${messageOf(thrown)}`,
    hint: verbose
      ? "please report this with the stack above"
      : "please report this; --verbose shows the stack",
    cause: thrown,
  });

/** `help run` is `run --help`: only so the command's own options are loaded first. */
function expandHelp(argv: readonly string[]): string[] {
  return argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
}

/** How to print an error when commander itself has refused the command line. */
function fallbackGlobals(argv: readonly string[]): GlobalOptions {
  return {
    output: argv.includes("--json") || argv.includes("json") ? "json" : "text",
    color: !argv.includes("--no-color"),
    quiet: true,
    verbose: false,
  };
}
