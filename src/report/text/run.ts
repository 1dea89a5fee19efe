import { formatDuration } from "../../core/duration.js";
import type { LeftOut, LeftOutReason } from "../../restatement/ports.js";
import type { ModelOutcome, StepResult } from "../../restatement/result.js";
import type { RunResult } from "../../restatement/run.js";
import type { Terminal } from "../terminal.js";
import { table } from "./table.js";
import { count, grouped } from "../../core/words.js";

/** @param next whether to end with the command that usually follows. */
export function renderRun(result: RunResult, terminal: Terminal, { next }: { next: boolean }): string {
  const { chalk } = terminal;
  const sections = [
    section("Deployed", result.deployment, terminal),
    section("Restated", result.restatement, terminal),
    section("Ran by cadence", result.due, terminal),
    result.restatement ? leftOutLines(result.restatement.leftOut, terminal) : "",
    summary(result, terminal),
    result.status === "failed" || !next
      ? ""
      : chalk.dim(
          result.environment === "prod"
            ? "next: `oso-pipeline tag-consumer` verifies main and publishes it"
            : "next: `oso-pipeline run` does the same in prod",
        ),
  ];
  return sections.filter(Boolean).join("\n\n");
}

function section(title: string, step: StepResult | null, terminal: Terminal): string {
  if (!step || step.models.length + step.failures.length === 0) return "";
  const { chalk } = terminal;
  const failures = step.failures.map(({ model, message }) => `${chalk.red("✗")} ${model}: ${message}`);
  return [chalk.bold(title), modelTable(step.models, terminal), ...failures].join("\n");
}

function modelTable(models: readonly ModelOutcome[], terminal: Terminal): string {
  const { chalk } = terminal;
  const mark = { done: chalk.green("done"), failed: chalk.red("failed"), skipped: chalk.yellow("skipped") };
  return table(
    [
      { title: "model" },
      { title: "outcome" },
      { title: "batches", align: "right" },
      { title: "rows", align: "right" },
      { title: "audits", align: "right" },
      { title: "time", align: "right" },
    ],
    models.map(({ model, outcome, batches, rows, audits, milliseconds }) => [
      model,
      mark[outcome],
      batches.planned === null || batches.planned === batches.stored
        ? String(batches.stored)
        : `${batches.stored}/${batches.planned}`,
      rows === null ? "" : grouped(rows),
      auditsInWords(audits),
      batches.stored === 0 ? "" : formatDuration(milliseconds),
    ]),
    terminal,
  );
}

function auditsInWords({ passed, failed }: ModelOutcome["audits"]): string {
  if (passed + failed === 0) return "";
  return failed > 0 ? `${failed} failed` : `${passed} passed`;
}

const reasonInWords: Record<LeftOutReason, string> = {
  seed: "a seed, SQLMesh reloads it when its file changes; ask for the models that read it",
  external: "an external table, only the models that read it are restated",
  embedded: "embedded, it exists only inside other models",
  managed: "managed by the engine",
  "restatement-disabled": "its definition disables restatement",
  "shared-with-prod": "this environment shares it with prod; restate it there",
  "not-in-environment": "not in this environment",
  "deployed-now": "just built from its new version, so it is complete already",
  unknown: "SQLMesh left it out without a reason",
};

/** What was asked and is not restated, said for each. */
export function leftOutLines(leftOut: readonly LeftOut[], { chalk }: Terminal): string {
  if (leftOut.length === 0) return "";
  const lines = leftOut.map(({ model, reason }) => `  ${model}: ${reasonInWords[reason]}`);
  return [chalk.yellow("Not restated"), ...lines].join("\n");
}

export function summary(result: RunResult, { chalk }: Terminal): string {
  const steps = [result.deployment, result.restatement, result.due].flatMap((step) => step?.models ?? []);
  const stored = steps.reduce((sum, { batches }) => sum + batches.stored, 0);
  const time = formatDuration(result.milliseconds);
  switch (result.status) {
    case "nothing-to-do":
      return `${chalk.green("Nothing to do")} in ${result.environment}: no changes, nothing due ${chalk.dim(`(${time})`)}`;
    case "succeeded":
      return `${chalk.green("Done")} in ${result.environment}: ${count(new Set(steps.map(({ model }) => model)).size, "model")}, ${count(stored, "batch")} ${chalk.dim(`(${time}, SQLMesh ${result.sqlmesh.version})`)}`;
    case "failed":
      return `${chalk.red("Failed")} in ${result.environment} after ${time}`;
  }
}
