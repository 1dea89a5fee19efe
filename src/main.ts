import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import type { AnyCommand, GlobalOptions, Outcome } from "./cli/command.js";
import { buildProgram } from "./cli/program.js";
import { messageOf, PipelineError } from "./core/errors.js";
import type { Output } from "./cli/output.js";
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
    const outcome: Outcome<never> = await command.run(options as never, app.parts, args);
    return await output.succeed(outcome, (terminal) => command.render(outcome, terminal));
  } catch (thrown) {
    return failed(output, interruption.reason() ?? thrown, globals.verbose);
  } finally {
    await app.close();
    interruption.dispose();
  }
}

/** What is no PipelineError is a defect of ours, and says so. */
function failed(output: Output, thrown: unknown, verbose: boolean): number {
  if (thrown instanceof PipelineError) return output.fail(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return output.fail(
    new PipelineError("DEFECT", {
      message: `internal error: ${messageOf(thrown)}`,
      hint: verbose
        ? "please report this with the stack above"
        : "please report this; --verbose shows the stack",
      cause: thrown,
    }),
    verbose ? stack : undefined,
  );
}

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
