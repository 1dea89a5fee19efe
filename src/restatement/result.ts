import type { FinishedBatch, ModelFailure } from "../core/events.js";
import type { Evaluation, EvaluationPlan } from "./ports.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { JournalEntry } from "./runs.js";
import { foldJournal, storedBatches } from "./unfinished.js";

/** What became of one model in one evaluation. */
export interface ModelOutcome {
  readonly model: string;
  readonly outcome: "done" | "failed" | "skipped";
  /** Stored, of those planned; `planned` is null where the engine decided by itself. */
  readonly batches: { readonly stored: number; readonly planned: number | null };
  readonly rows: number | null;
  readonly milliseconds: number;
  readonly audits: { readonly passed: number; readonly failed: number };
}

/** What one step of a run did: deploying, restating, or running what is due. */
export interface StepResult {
  readonly status: Evaluation["status"];
  readonly models: readonly ModelOutcome[];
  readonly failures: readonly ModelFailure[];
}

/** One line per model: those that stored batches in order of their first, then the failed, then the skipped. */
function outcomes(evaluation: Evaluation, plan?: EvaluationPlan): readonly ModelOutcome[] {
  const planned = new Map(
    [...(plan?.restatements ?? []), ...(plan?.backfills ?? [])].map(({ model, batches }) => [model, batches]),
  );
  const failed = new Set(evaluation.failures.map(({ model }) => model));
  const byModel = new Map<string, FinishedBatch[]>();
  for (const batch of evaluation.batches)
    byModel.set(batch.model, [...(byModel.get(batch.model) ?? []), batch]);
  for (const model of [...failed, ...evaluation.skipped]) if (!byModel.has(model)) byModel.set(model, []);

  const skipped = new Set(evaluation.skipped);
  return [...byModel].map(([model, batches]) => ({
    model,
    outcome: failed.has(model) ? "failed" : skipped.has(model) ? "skipped" : "done",
    batches: { stored: batches.length, planned: planned.get(model) ?? batches[0]?.of ?? null },
    ...figuresOf(batches),
  }));
}

/** One step of a run, as its evaluation and its plan tell it. */
export const stepOf = (evaluation: Evaluation, plan?: EvaluationPlan): StepResult => ({
  status: evaluation.status,
  models: outcomes(evaluation, plan),
  failures: evaluation.failures,
});

/**
 * The restated models in the plan's order, with what all attempts together have stored of each; batches that have ceased
 * to count, because the model was rebuilt, are not told.
 */
export function restatedModels(
  plan: RestatementPlan,
  journal: readonly JournalEntry[],
  evaluation: Pick<Evaluation, "failures"> | null,
): readonly ModelOutcome[] {
  const { stored } = foldJournal(journal, plan);
  const told = storedBatches(journal);
  const failed = new Set(evaluation?.failures.map(({ model }) => model));
  return plan.models.map(({ model, batches }) => {
    const done = stored.get(model) ?? [];
    const counting = new Set(done.map(({ start }) => start));
    const facts = (told.get(model) ?? []).filter(({ interval }) => counting.has(interval.start));
    return {
      model,
      outcome: failed.has(model) ? "failed" : done.length < batches.length ? "skipped" : "done",
      batches: { stored: done.length, planned: batches.length },
      ...figuresOf(facts),
    };
  });
}

/** Models with batches that no attempt has stored. */
export function batchesLeft(
  plan: RestatementPlan,
  journal: readonly JournalEntry[],
): readonly { readonly model: string; readonly batches: number }[] {
  const { stored } = foldJournal(journal, plan);
  return plan.models
    .map(({ model, batches }) => ({ model, batches: batches.length - (stored.get(model) ?? []).length }))
    .filter(({ batches }) => batches > 0);
}

/** Of batches together; rows are unknown where no batch says them. */
function figuresOf(
  batches: readonly Pick<FinishedBatch, "rows" | "milliseconds" | "auditsPassed" | "auditsFailed">[],
): Pick<ModelOutcome, "rows" | "milliseconds" | "audits"> {
  return {
    rows: batches.some(({ rows }) => rows !== null) ? sum(batches.map(({ rows }) => rows ?? 0)) : null,
    milliseconds: sum(batches.map(({ milliseconds }) => milliseconds)),
    audits: {
      passed: sum(batches.map(({ auditsPassed }) => auditsPassed)),
      failed: sum(batches.map(({ auditsFailed }) => auditsFailed)),
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
