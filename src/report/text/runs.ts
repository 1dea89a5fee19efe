import { count, few } from "../../core/words.js";
import { commandLine } from "../../restatement/command-line.js";
import type { RunList, RunSummary } from "../../restatement/history.js";
import type { RunRequest } from "../../restatement/request.js";
import type { RunRecord } from "../../restatement/runs.js";
import type { Terminal } from "../terminal.js";
import { nextSteps, sections } from "./layout.js";
import { minute, took } from "./moments.js";
import { table } from "./table.js";

export function renderRuns({ runs, total }: RunList, terminal: Terminal): string {
  if (runs.length === 0) return "No run is remembered.";
  const { chalk } = terminal;
  const rows = runs.map(({ run, state, batches }) => [
    run.id,
    stateInWords(state, terminal),
    batches === null ? "" : `${batches.stored}/${batches.planned}`,
    run.endedAt === null ? "" : took(run.startedAt, run.endedAt),
    askedInWords(run.request),
    run.environment,
    run.trigger.by.name,
    minute(run.startedAt),
  ]);
  const unfinished = runs.find(
    ({ state }) => state === "died" || state === "failed" || state === "interrupted",
  );
  return sections(
    table(
      [
        { title: "run" },
        { title: "state" },
        { title: "batches", align: "right" },
        { title: "took", align: "right", spare: true },
        { title: "restates", yields: true, spare: true, prose: true },
        { title: "in", yields: true, spare: true },
        { title: "by", yields: true, spare: true },
        // The id begins with it.
        { title: "started (UTC)", spare: true },
      ],
      rows,
      terminal,
    ),
    chalk.dim(runs.length < total ? `${runs.length} of ${count(total, "run")}` : count(total, "run")),
    unfinished
      ? nextSteps([{ command: commandLine("show", unfinished.run.id), does: "tells what is left" }], terminal)
      : "",
  );
}

export function stateInWords(state: RunSummary["state"], { chalk }: Terminal): string {
  const colour = {
    running: chalk.cyan,
    died: chalk.red,
    failed: chalk.red,
    interrupted: chalk.yellow,
    succeeded: chalk.green,
    abandoned: chalk.dim,
  }[state];
  return colour(state);
}

/** The words that were asked to be restated; `nothing` where only changes and what was due were run. */
export function askedInWords({ restateModels, restateCategories }: RunRequest): string {
  return few([...restateModels, ...restateCategories], 3) || "nothing";
}

/** `alice, on GitHub` */
export function startedBy({ trigger }: Pick<RunRecord, "trigger">): string {
  const places = { key: "", manual: "", github: ", on GitHub", dagster: ", in Dagster" };
  const key = trigger.source === "key" ? `, with the key ${trigger.key}` : "";
  return `${trigger.by.name}${places[trigger.source]}${key}`;
}
