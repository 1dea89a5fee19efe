import { commandLine, runCommand } from "../../restatement/command-line.js";
import { shortDigest } from "../../restatement/digest.js";
import type { EvaluationPlan } from "../../restatement/ports.js";
import type { PlanResult } from "../../restatement/run-result.js";
import { changesInWords } from "../../restatement/words.js";
import type { Terminal } from "../terminal.js";
import { type NextStep, nextSteps, sections } from "./layout.js";
import { day } from "./moments.js";
import { kindInWords, renderRestatementPlan } from "./restatement-plan.js";
import { table } from "./table.js";

export function renderPlan(result: PlanResult, terminal: Terminal): string {
  const { chalk } = terminal;
  const { deployment, restatement, environment, file } = result;
  return sections(
    chalk.dim(`Plan for ${environment}; nothing has been changed.`),
    deployment.hasWork ? deploymentSection(deployment, terminal) : "",
    restatement ? renderRestatementPlan(restatement, terminal) : "",
    file === null ? "" : `Saved in ${file}`,
    deployment.hasWork || restatement ? "" : `${chalk.green("Nothing to deploy")} and nothing to restate.`,
    nextSteps(next(result), terminal),
  );
}

function deploymentSection(deployment: EvaluationPlan, terminal: Terminal): string {
  const rows = table(
    [
      { title: "model" },
      { title: "from" },
      { title: "to", spare: true },
      { title: "batches", align: "right" },
      { title: "kind", spare: true },
    ],
    deployment.backfills.map(({ model, kind, start, end, batches }) => [
      model,
      day(start),
      day(end),
      String(batches),
      kindInWords(kind),
    ]),
    terminal,
  );
  return [`${terminal.chalk.bold("Deploy")} ${changesInWords(deployment)}`, rows].filter(Boolean).join("\n");
}

function next({ deployment, restatement, approval, file }: PlanResult): readonly NextStep[] {
  if (!restatement || restatement.models.length === 0) {
    if (!deployment.hasWork) return [];
    return [{ command: commandLine("run"), does: "with the same options does it" }];
  }
  const run = file === null ? runCommand(restatement.request) : commandLine("run", "--plan", file);
  const approve: NextStep = {
    command: commandLine("approve", file ?? shortDigest(restatement.digest)),
    does: "the approval that it needs first",
  };
  switch (approval) {
    case "none":
      return [{ command: run, does: "does it" }];
    case "prompt":
      return [{ command: run, does: "asks first and does it; --yes answers" }];
    case "required":
      return [approve, { command: run, does: "does it then" }];
  }
}
