import type { FinishedBatch, ModelFailure } from "../core/events.js";
import type { Evaluation, EvaluationPlan, PlannedModel } from "./ports.js";

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
export function outcomes(evaluation: Evaluation, plan?: EvaluationPlan): readonly ModelOutcome[] {
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
    rows: batches.some(({ rows }) => rows !== null) ? sum(batches.map(({ rows }) => rows ?? 0)) : null,
    milliseconds: sum(batches.map(({ milliseconds }) => milliseconds)),
    audits: {
      passed: sum(batches.map(({ auditsPassed }) => auditsPassed)),
      failed: sum(batches.map(({ auditsFailed }) => auditsFailed)),
    },
  }));
}

/** Models of which fewer batches were stored than planned. SQLMesh exits 0 on some of these (facts/sqlmesh 0). */
export function compareWithPlan(
  planned: readonly PlannedModel[],
  stored: readonly Pick<FinishedBatch, "model">[],
): readonly string[] {
  const counts = new Map<string, number>();
  for (const { model } of stored) counts.set(model, (counts.get(model) ?? 0) + 1);
  return planned.filter(({ model, batches }) => (counts.get(model) ?? 0) < batches).map(({ model }) => model);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
