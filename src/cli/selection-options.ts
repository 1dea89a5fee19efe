import type { Command as Commander } from "commander";
import { PipelineError } from "../core/errors.js";
import type { RunRequest } from "../restatement/request.js";
import type { App } from "./app.js";
import { collect } from "./program.js";

/** What `run` and `plan` both take: what to restate, where and how. */
export interface SelectionOptions {
  readonly restate?: readonly string[];
  readonly restateCategory?: readonly string[];
  readonly start?: string;
  readonly end?: string;
  readonly environment?: string;
  readonly skipTests?: boolean;
  readonly allowDestructiveModel?: readonly string[];
  readonly launchpad?: string;
}

export const withSelection = (command: Commander): Commander =>
  command
    .option(
      "-r, --restate <selector>",
      "restate these models and what is downstream of them; repeatable",
      collect,
    )
    .option(
      "-c, --restate-category <category>",
      "restate the models of an entity category; repeatable",
      collect,
    )
    .option("--start <date>", "first day of the restatement: 2024-01-01, '1 week ago'")
    .option("--end <date>", "last day of the restatement")
    .option("--environment <name>", "SQLMesh environment (default: sqlmesh.environment)")
    .option("--skip-tests", "do not run the project's unit tests")
    .option(
      "--allow-destructive-model <selector>",
      "allow a destructive schema change of these models; repeatable",
      collect,
    )
    .option(
      "--launchpad <file>",
      "take the request from a Dagster launchpad YAML instead of the configuration",
    );

/**
 * The request that flags, launchpad and configuration make together: the launchpad stands in for the `run` section,
 * and a flag wins over either. Naming anything to restate on the command line replaces what they name.
 */
export async function runRequest(options: SelectionOptions, app: App): Promise<RunRequest> {
  const { config } = await app.configuration();
  const { toRunRequest } = await import("../config/run-request.js");
  const base = options.launchpad
    ? await (await import("../config/launchpad.js")).loadLaunchpad(options.launchpad)
    : config.run;
  const asked = toRunRequest(base, config.sqlmesh.environment);
  const named = options.restate !== undefined || options.restateCategory !== undefined;
  if ((options.restateCategory ?? []).some((category) => category.trim() === "")) {
    throw new PipelineError("USAGE", {
      message: "--restate-category names no category",
      hint: "give one, e.g. `--restate-category project`",
    });
  }
  if ((options.restate ?? []).some((selector) => selector.trim() === "")) {
    throw new PipelineError("USAGE", {
      message: "--restate names no model",
      hint: "give a model or selector, e.g. `--restate oso.stg_github__events`",
    });
  }
  return {
    environment: options.environment ?? asked.environment,
    restateModels: named ? (options.restate ?? []) : asked.restateModels,
    restateCategories: named ? (options.restateCategory ?? []) : asked.restateCategories,
    start: options.start ?? asked.start,
    end: options.end ?? asked.end,
    skipTests: options.skipTests ?? asked.skipTests,
    allowDestructiveModels: options.allowDestructiveModel ?? asked.allowDestructiveModels,
  };
}

/** A saved plan says all of this itself. @throws PipelineError USAGE naming the first option that is given. */
export function refuseSelection(options: SelectionOptions): void {
  const flags: Readonly<Record<keyof SelectionOptions, string>> = {
    restate: "--restate",
    restateCategory: "--restate-category",
    start: "--start",
    end: "--end",
    environment: "--environment",
    skipTests: "--skip-tests",
    allowDestructiveModel: "--allow-destructive-model",
    launchpad: "--launchpad",
  };
  const given = Object.entries(flags).find(([key]) => options[key as keyof SelectionOptions] !== undefined);
  if (!given) return;
  throw new PipelineError("USAGE", {
    message: `--plan says all of what is restated, so ${given[1]} has no meaning with it`,
    hint: "leave one of the two out",
  });
}
