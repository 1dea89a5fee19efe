import type { RestatedModel, RestatementPlan } from "./restatement-plan.js";
import type { JournalEntry } from "./runs.js";
import { storedBatches } from "./unfinished.js";

/** Of each model that an earlier run has restated: its batches, and their rows and milliseconds together. */
export type EarlierFigures = ReadonlyMap<string, NonNullable<RestatedModel["earlier"]>>;

/** @param journals of runs that succeeded, newest first: the newest that knows a model tells of it */
export function earlierFigures(journals: readonly (readonly JournalEntry[])[]): EarlierFigures {
  const figures = new Map<string, NonNullable<RestatedModel["earlier"]>>();
  for (const journal of journals) {
    for (const [model, batches] of storedBatches(journal)) {
      if (figures.has(model)) continue;
      const rows = batches.flatMap((batch) => (batch.rows === null ? [] : [batch.rows]));
      figures.set(model, {
        rows: rows.length > 0 ? sum(rows) : null,
        milliseconds: sum(batches.map(({ milliseconds }) => milliseconds)),
        batches: batches.length,
      });
    }
  }
  return figures;
}

/** Those that a plan was made with: to read the journals again takes longer than all else that resuming does. */
export const figuresIn = (plan: Pick<RestatementPlan, "models"> | null): EarlierFigures =>
  new Map(plan?.models.flatMap(({ model, earlier }) => (earlier === null ? [] : [[model, earlier]])));

export interface Estimate {
  /** Work of all known models together, as earlier runs took for as many batches; those that run at once take less. */
  readonly milliseconds: number;
  /** Models that no earlier run has restated. */
  readonly unknown: number;
}

export function estimate({ models }: Pick<RestatementPlan, "models">): Estimate {
  const known = models.flatMap(({ earlier, batches }) =>
    earlier === null || earlier.batches === 0
      ? []
      : [(earlier.milliseconds / earlier.batches) * batches.length],
  );
  return { milliseconds: Math.round(sum(known)), unknown: models.length - known.length };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
