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
  /** What a batch took, in milliseconds, in the last runs that have stored any of it; newest first. */
  readonly paces: readonly number[];
}

/** Enough to tell what is usual. */
const PACES = 10;

/** @param outcomes of the run's steps, in their order: the last that stored something tells the pace */
export function learned(
  { coverage, outcomes }: { coverage: readonly ModelCoverage[]; outcomes: readonly ModelOutcome[] },
  earlier: Pick<KnownModels, "models"> | null,
): readonly KnownModel[] {
  const before = new Map(earlier?.models.map(({ model, paces }) => [model, paces]));
  const now = new Map(
    outcomes
      .filter(({ batches }) => batches.stored > 0)
      .map(({ model, batches, milliseconds }) => [model, Math.round(milliseconds / batches.stored)]),
  );
  return coverage.map((one) => {
    const latest = now.get(one.model);
    const paces = [...(latest === undefined ? [] : [latest]), ...(before.get(one.model) ?? [])];
    return { ...one, paces: paces.slice(0, PACES) };
  });
}

/** How long a batch of each model took. */
export const pacesOf = (known: Pick<KnownModels, "models"> | null): readonly ModelPace[] =>
  (known?.models ?? []).flatMap(({ model, paces: [latest] }) =>
    latest === undefined ? [] : [{ model, millisecondsPerBatch: latest }],
  );
