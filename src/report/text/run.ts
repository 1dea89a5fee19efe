import { short } from "../../core/commit.js";
import { formatDuration } from "../../core/duration.js";
import type { PipelineError } from "../../core/errors.js";
import { PRODUCTION } from "../../core/model.js";
import { count, few } from "../../core/words.js";
import { commandLine } from "../../restatement/command-line.js";
import { waysOn } from "../../restatement/history.js";
import type { RestatementResult, Resumption, RunResult } from "../../restatement/run-result.js";
import type { Terminal } from "../terminal.js";
import { type NextStep, nextSteps, sections, wrapped } from "./layout.js";
import { leftOutLines } from "./left-out.js";
import { day } from "./moments.js";
import { renderStep } from "./steps.js";
import { table } from "./table.js";

export interface RunEnd {
  /** Why the run is not over. */
  readonly failure: PipelineError | undefined;
  /** Whether to end with the command that usually follows a run that is. */
  readonly next: boolean;
}

export function renderRun(result: RunResult, terminal: Terminal, { failure, next }: RunEnd): string {
  const { resumed, deployment, restatement, due } = result;
  return sections(
    resumed ? resumption(result, resumed, terminal) : "",
    renderStep("Deployed", deployment, terminal),
    renderStep("Restated", restatement, terminal),
    renderStep("Ran by cadence", due, terminal),
    restatement ? leftOutLines(restatement.leftOut, terminal) : "",
    restatement ? foreignCommits(restatement, terminal) : "",
    wrapped(summary(result, terminal), terminal),
    next || result.status === "failed" || result.status === "interrupted"
      ? nextSteps(nextOf(result, failure), terminal)
      : "",
  );
}

function resumption(
  { run, attempt }: RunResult,
  { stored, planned, found, repeated, rebuilt, drained }: Resumption,
  terminal: Terminal,
): string {
  const { chalk } = terminal;
  const lines = [
    `${stored} of ${count(planned, "batch")} had been stored before${
      found > 0 ? `, ${found} of them found in SQLMesh's state, where a dying attempt had left them` : ""
    }`,
    repeated.length > 0
      ? `${count(repeated.length, "stored batch")} restated again, between unfinished ones: ${few(
          repeated.map(({ model, interval }) => `${model} ${day(interval.start)}`),
          3,
        )}`
      : "",
    rebuilt.length > 0 ? `Restated from the start once more: ${few(rebuilt, 3)}` : "",
    drained.length > 0
      ? `${count(drained.length, "query")} that a dead attempt had left in Trino, ended now: ${few(drained, 3)}`
      : "",
  ];
  return [
    `${chalk.bold("Resumed")} run ${run}, attempt ${attempt}`,
    ...lines.filter(Boolean).map((line) => wrapped(line, terminal, 2)),
  ].join("\n");
}

function foreignCommits({ foreignCommits: commits }: RestatementResult, terminal: Terminal): string {
  if (commits.length === 0) return "";
  const { chalk } = terminal;
  const most = 5;
  return [
    chalk.yellow(
      wrapped(
        `Somebody else wrote to restated tables meanwhile: ${count(commits.length, "commit")} on main ${commits.length === 1 ? "is" : "are"} not of this run`,
        terminal,
      ),
    ),
    table(
      [{ title: "commit" }, { title: "table", yields: true }, { title: "query", spare: true }],
      commits.slice(0, most).map((commit) => [short(commit.hash), commit.table, commit.queryId ?? ""]),
      terminal,
    ),
    ...(commits.length > most ? [`and ${commits.length - most} more`] : []),
  ].join("\n");
}

/** One line: how it went. */
export function summary(result: RunResult, { chalk }: Terminal): string {
  const steps = [result.deployment, result.restatement, result.due].flatMap((step) => step?.models ?? []);
  const stored = steps.reduce((sum, { batches }) => sum + batches.stored, 0);
  const models = new Set(steps.map(({ model }) => model)).size;
  const time = formatDuration(result.milliseconds);
  const { run, environment } = result;
  switch (result.status) {
    case "nothing-to-do":
      return `${chalk.green("Nothing to do")} in ${environment}: no changes, nothing due ${chalk.dim(`(${time})`)}`;
    case "already-done":
      return `${chalk.green("Already done")} in ${environment} by run ${run}; nothing was started`;
    case "succeeded":
      return `${chalk.green("Done")} in ${environment}: ${count(models, "model")}, ${count(stored, "batch")} ${chalk.dim(`(${time}, run ${run})`)}`;
    case "failed":
      return `${chalk.red("Failed")} in ${environment} after ${time} ${chalk.dim(`(run ${run})`)}`;
    case "interrupted":
      return `${chalk.yellow("Interrupted")} in ${environment} after ${time} ${chalk.dim(`(run ${run})`)}`;
  }
}

function nextOf(
  { status, run, environment }: RunResult,
  failure: PipelineError | undefined,
): readonly NextStep[] {
  switch (status) {
    case "failed":
    case "interrupted":
      return [{ command: commandLine("show", run), does: "tells what is left" }, ...waysOn(run, failure)];
    case "already-done":
      return [{ command: commandLine("show", run), does: "tells what it did; --force starts it anew" }];
    case "nothing-to-do":
    case "succeeded":
      return environment === PRODUCTION
        ? [{ command: commandLine("tag-consumer"), does: "verifies main and publishes it" }]
        : [{ command: commandLine("run"), does: "does the same in prod" }];
  }
}
