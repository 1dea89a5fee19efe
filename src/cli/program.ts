import { Command as Commander, InvalidArgumentError, Option, type OutputConfiguration } from "commander";
import { parseDuration } from "../core/duration.js";
import type { AnyCommand, CommandGroup, GlobalOptions } from "./command.js";

type Loaded = { command: AnyCommand } | { group: CommandGroup };

/** Every command: loaded only when it is the one that runs, so that help and completion stay fast. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<Loaded> }>> = {
  run: {
    summary: "apply code changes, restate what is asked, run what is due",
    load: async () => ({ command: (await import("./commands/run.js")).run }),
  },
  plan: {
    summary: "show what `run` would do, and why, without doing it",
    load: async () => ({ command: (await import("./commands/plan.js")).plan }),
  },
  approve: {
    summary: "agree to a restatement plan, so that it may run",
    load: async () => ({ command: (await import("./commands/approve.js")).approve }),
  },
  resume: {
    summary: "go on with a run that did not finish, or give it up",
    load: async () => ({ command: (await import("./commands/resume.js")).resume }),
  },
  status: {
    summary: "show what readers see, who is at work and what is unfinished",
    load: async () => ({ command: (await import("./commands/runs.js")).status }),
  },
  runs: {
    summary: "list the runs that are remembered",
    load: async () => ({ command: (await import("./commands/runs.js")).runs }),
  },
  show: {
    summary: "show what one run did, what is left of it and why",
    load: async () => ({ command: (await import("./commands/runs.js")).show }),
  },
  lease: {
    summary: "show or release the lease that one run at a time holds",
    load: async () => ({ group: (await import("./commands/lease.js")).lease }),
  },
  verify: {
    summary: "check the data of one commit through Trino",
    load: async () => ({ command: (await import("./commands/verify.js")).verify }),
  },
  "tag-consumer": {
    summary: "move the consumer tag to a verified commit of main",
    load: async () => ({ command: (await import("./commands/tag-consumer.js")).tagConsumer }),
  },
  rollback: {
    summary: "publish an earlier release again, through the same gate",
    load: async () => ({ command: (await import("./commands/rollback.js")).rollback }),
  },
  releases: {
    summary: "list what readers saw: who published what, when, why, by which proof",
    load: async () => ({ command: (await import("./commands/releases.js")).releases }),
  },
  diff: {
    summary: "show what differs between two releases or commits",
    load: async () => ({ command: (await import("./commands/diff.js")).diff }),
  },
  models: {
    summary: "list models with kind, tags, category and cadence, or the tables behind them",
    load: async () => ({ command: (await import("./commands/models.js")).models }),
  },
  report: {
    summary: "write what is remembered of a run, release or verification as HTML, JUnit or Markdown",
    load: async () => ({ command: (await import("./commands/report.js")).report }),
  },
  doctor: {
    summary: "look at everything publishing rests on: services, catalogs, tags, views, files, rights",
    load: async () => ({ command: (await import("./commands/doctor.js")).doctor }),
  },
  init: {
    summary: "set up a SQLMesh project: configuration, checks, secrets to fill in, CI workflow",
    load: async () => ({ command: (await import("./commands/init.js")).init }),
  },
  seed: {
    summary: "make a seed of a table: a few of its rows, a SEED model and a staging model",
    load: async () => ({ group: (await import("./commands/seed.js")).seed }),
  },
  config: {
    summary: "show, validate or describe the configuration",
    load: async () => ({ group: (await import("./commands/config.js")).config }),
  },
  completion: {
    summary: "print the script that lets bash, zsh or fish complete commands, models, runs and releases",
    load: async () => ({ command: (await import("./commands/completion.js")).completion }),
  },
  local: {
    summary: "a real Nessie, Trino, object store and SQLMesh on this machine",
    load: async () => ({ group: (await import("./commands/local.js")).local }),
  },
};

/** Runs one command that commander has picked; the process edge decides how. */
export type Execute = (
  name: string,
  command: AnyCommand,
  options: Record<string, unknown>,
  globals: GlobalOptions,
  args: readonly string[],
) => Promise<void>;

export function buildProgram(version: string, output: OutputConfiguration, execute: Execute): Commander {
  const program = new Commander("oso-pipeline")
    .description(
      "Run and restate SQLMesh models, prove the result through Trino, publish exactly what was proven.",
    )
    .version(version, "-V, --version")
    .helpCommand(false)
    .exitOverride()
    .configureOutput(output)
    .addOption(
      new Option("--config <file>", "configuration file (default: oso-pipeline.yaml, searched upwards)"),
    )
    .addOption(
      new Option("-o, --output <format>", "format of the result")
        .choices(["text", "json", "ndjson"])
        .default("text"),
    )
    .addOption(new Option("--json", "same as --output json"))
    .addOption(new Option("--no-color", "no colour, as with NO_COLOR"))
    .addOption(new Option("-q, --quiet", "no progress"))
    .addOption(new Option("-v, --verbose", "more detail, stacks of defects"))
    .addOption(
      new Option("--timeout <duration>", "give up after this time, e.g. 30m").argParser(durationOption),
    );

  for (const [name, { summary }] of Object.entries(commands)) {
    program
      .command(name)
      .summary(summary)
      .description(sentence(summary))
      .helpCommand(false)
      .configureHelp({ showGlobalOptions: true });
  }
  program.hook("preSubcommand", (_, chosen) => loadCommand(chosen, execute));
  return program;
}

/** Adds what a command takes, or its subcommands. */
export async function loadCommand(chosen: Commander, execute: Execute): Promise<void> {
  const entry = commands[chosen.name()];
  if (!entry || chosen.parent?.parent) return;
  const loaded = await entry.load();
  if ("command" in loaded) attach(chosen, chosen.name(), loaded.command, execute);
  else {
    for (const [name, { summary, command }] of Object.entries(loaded.group.commands)) {
      const child = chosen.command(name).summary(summary).description(sentence(summary));
      attach(child, `${chosen.name()} ${name}`, command, execute);
    }
  }
}

function attach(commander: Commander, name: string, command: AnyCommand, execute: Execute): void {
  command.configure?.(commander);
  commander.action(async () => {
    await execute(name, command, commander.opts(), globalOptions(commander), commander.args);
  });
}

function globalOptions(commander: Commander): GlobalOptions {
  const all = commander.optsWithGlobals<GlobalOptions & { json?: boolean }>();
  return {
    ...(all.config === undefined ? {} : { config: all.config }),
    ...(all.timeout === undefined ? {} : { timeout: all.timeout }),
    output: all.json ? "json" : all.output,
    color: all.color,
    quiet: all.quiet ?? false,
    verbose: all.verbose ?? false,
  };
}

/** `30m` → milliseconds, for options. */
export function durationOption(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined)
    throw new InvalidArgumentError("A duration is a number and ms, s, m, h, d or w: 30m.");
  return milliseconds;
}

/** `20`, for options. */
export function countOption(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1)
    throw new InvalidArgumentError("A count is a whole number from 1 on.");
  return number;
}

/** Collects a repeatable option. */
export const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

const sentence = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
