import type { ModelPace } from "../core/events.js";
import type { ModelCoverage } from "./ports.js";
import type { ModelOutcome } from "./result.js";

/** What the last run knew of an environment's models, for whoever asks without starting SQLMesh. */
export interface KnownModels {
  /** SQLMesh's project and gateway. */
  readonly scope: string;
  readonly environment: string;
  /** The run that learned it, and when. */
  readonly run: string;
  readonly at: string;
  readonly models: readonly KnownModel[];
}

export interface KnownModel extends ModelCoverage {
  /** Of the last run that has stored batches of it; null where none is known. */
  readonly pace: { readonly batches: number; readonly milliseconds: number } | null;
}

/** @param outcomes of the run's steps, in their order: the last that stored something tells the pace */
export function learned(
  { coverage, outcomes }: { coverage: readonly ModelCoverage[]; outcomes: readonly ModelOutcome[] },
  earlier: Pick<KnownModels, "models"> | null,
): readonly KnownModel[] {
  const before = new Map(earlier?.models.map(({ model, pace }) => [model, pace]));
  const now = new Map(
    outcomes
      .filter(({ batches }) => batches.stored > 0)
      .map(({ model, batches, milliseconds }) => [model, { batches: batches.stored, milliseconds }]),
  );
  return coverage.map((one) => ({ ...one, pace: now.get(one.model) ?? before.get(one.model) ?? null }));
}

/** How long a batch of each model took. */
export const pacesOf = (known: Pick<KnownModels, "models"> | null): readonly ModelPace[] =>
  (known?.models ?? []).flatMap(({ model, pace }) =>
    pace === null ? [] : [{ model, millisecondsPerBatch: pace.milliseconds / pace.batches }],
  );
