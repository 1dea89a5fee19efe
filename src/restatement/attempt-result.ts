import type { RestatementPlan } from "./restatement-plan.js";
import type { Evaluation } from "./ports.js";
import { restatedModels } from "./result.js";
import type { RestatementResult } from "./run-result.js";
import type { JournalEntry } from "./runs.js";
import type { SelectedModel } from "./selection.js";
import { foldJournal } from "./unfinished.js";

/** An evaluation that has not come to its end. */
export const brokenOff: Evaluation = {
  status: "failed",
  batches: [],
  failures: [],
  skipped: [],
  replacedMeanwhile: [],
  queries: [],
};

export interface Restated {
  readonly plan: RestatementPlan;
  readonly asked: readonly SelectedModel[];
  readonly journal: readonly JournalEntry[];
  /** What this attempt did; null where nothing was left to restate. */
  readonly evaluation: Evaluation | null;
  readonly foreignCommits: RestatementResult["foreignCommits"];
}

/** What all attempts together have restated. */
export function restatementResult(restated: Restated): RestatementResult {
  const { plan, asked, journal, evaluation, foreignCommits } = restated;
  const { stored } = foldJournal(journal, plan);
  const isOver = evaluation !== null && evaluation.status !== "failed";
  return {
    status: evaluation?.status ?? "nothing-to-do",
    models: restatedModels(plan, journal, evaluation),
    failures: evaluation?.failures ?? [],
    digest: plan.digest,
    asked,
    leftOut: plan.leftOut,
    incomplete: plan.models
      .filter(({ model, batches }) => isOver && (stored.get(model)?.length ?? 0) < batches.length)
      .map(({ model }) => model),
    foreignCommits,
  };
}
