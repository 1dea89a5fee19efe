import type { EvaluationPlan, PlannedModel } from "../../restatement/ports.js";
import type { PlanResult } from "../../restatement/run.js";
import { changesInWords, restatementInWords } from "../../restatement/words.js";
import type { Terminal } from "../terminal.js";
import { leftOutLines } from "./run.js";
import { table } from "./table.js";

export function renderPlan(result: PlanResult, terminal: Terminal): string {
  const { chalk } = terminal;
  const { deployment, restatement, environment } = result;
  const sections = [
    chalk.dim(`Plan for ${environment}; nothing has been changed.`),
    deployment.hasWork ? deploymentSection(deployment, terminal) : "",
    restatement ? restatementSection(restatement, terminal) : "",
    deployment.hasWork || restatement?.plan.hasWork
      ? chalk.dim("next: `oso-pipeline run` with the same options does it")
      : "",
    deployment.hasWork || restatement ? "" : `${chalk.green("Nothing to deploy")} and nothing to restate.`,
  ];
  return sections.filter(Boolean).join("\n\n");
}

function deploymentSection(deployment: EvaluationPlan, terminal: Terminal): string {
  const { chalk } = terminal;
  const parts = [
    `${chalk.bold("Deploy")} ${changesInWords(deployment)}`,
    plannedTable(deployment.backfills, terminal, () => "missing"),
  ];
  return parts.filter(Boolean).join("\n");
}

function restatementSection(
  { plan, asked, leftOut }: NonNullable<PlanResult["restatement"]>,
  terminal: Terminal,
): string {
  const { chalk } = terminal;
  const reasons = new Map(asked.map(({ model, askedBy }) => [model, askedBy.join(", ")]));
  const title =
    plan.restatements.length === 0
      ? `${chalk.bold("Restate")} nothing`
      : `${chalk.bold("Restate")} ${restatementInWords(plan)}`;
  const rows = plannedTable(plan.restatements, terminal, ({ model, selected }) =>
    selected ? `asked by ${reasons.get(model) ?? "name"}` : "downstream",
  );
  return [title, rows, leftOutLines(leftOut, terminal)].filter(Boolean).join("\n");
}

function plannedTable(
  models: readonly PlannedModel[],
  terminal: Terminal,
  why: (model: PlannedModel) => string,
): string {
  return table(
    [
      { title: "model" },
      { title: "kind", yields: true },
      { title: "from" },
      { title: "to" },
      { title: "batches", align: "right" },
      { title: "why", yields: true },
    ],
    models.map((planned) => [
      planned.model,
      planned.kind,
      day(planned.start),
      day(planned.end),
      String(planned.batches),
      planned.widened ? `${why(planned)}, full history` : why(planned),
    ]),
    terminal,
  );
}

/** Midnights as dates, other times in full: `2024-01-01`, `2024-01-01 06:00`. */
const day = (iso: string): string => iso.slice(0, 16).replace("T", " ").replace(" 00:00", "");
