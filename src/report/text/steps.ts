import { formatDuration } from "../../core/duration.js";
import type { ModelFailure } from "../../core/events.js";
import { grouped } from "../../core/words.js";
import type { ModelOutcome, StepResult } from "../../restatement/result.js";
import type { Terminal } from "../terminal.js";
import { wrapped } from "./layout.js";
import { table } from "./table.js";

/** What one step of a run did; nothing where it did nothing. */
export function renderStep(
  title: string,
  step: Omit<StepResult, "status"> | null,
  terminal: Terminal,
): string {
  if (!step || step.models.length + step.failures.length === 0) return "";
  return [
    terminal.chalk.bold(title),
    outcomeTable(step.models, terminal),
    failureLines(step.failures, terminal),
  ]
    .filter(Boolean)
    .join("\n");
}

/** @param words for the three outcomes. */
export function outcomeTable(
  models: readonly ModelOutcome[],
  terminal: Terminal,
  words: Readonly<Record<ModelOutcome["outcome"], string>> = {
    done: "done",
    failed: "failed",
    skipped: "skipped",
  },
): string {
  const { chalk } = terminal;
  const colour = { done: chalk.green, failed: chalk.red, skipped: chalk.yellow };
  return table(
    [
      { title: "model" },
      { title: "outcome" },
      { title: "batches", align: "right" },
      { title: "rows", align: "right" },
      { title: "audits", align: "right", spare: true },
      // Of all batches together; some run beside each other.
      { title: "work", align: "right" },
    ],
    models.map(({ model, outcome, batches, rows, audits, milliseconds }) => [
      model,
      colour[outcome](words[outcome]),
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

export const failureLines = (failures: readonly ModelFailure[], terminal: Terminal): string =>
  failures.map(({ model, message }) => failureLine(`${model}: ${message}`, terminal)).join("\n");

/** Under its mark, so that the next one is seen. */
export const failureLine = (text: string, terminal: Terminal): string =>
  `${terminal.chalk.red("✗")} ${wrapped(text, terminal, 2).slice(2)}`;

function auditsInWords({ passed, failed }: ModelOutcome["audits"]): string {
  if (passed + failed === 0) return "";
  return failed > 0 ? `${failed} failed` : `${passed} passed`;
}
