import type { Tally } from "./activity.js";

type Work = Pick<Tally, "model" | "of" | "done" | "milliseconds" | "working">;

export interface Pace {
  /** Milliseconds of one batch of a model, by earlier runs. */
  readonly earlier: ReadonlyMap<string, number>;
  /** Since the work began. */
  readonly elapsed: number;
  readonly now: number;
}

/**
 * Milliseconds until the rest is done: what is left by this run's own pace where a model has shown it, else by earlier
 * runs as much slower or faster as this run is, spread over as many batches at once as have been worked on so far. Null
 * while nothing is known.
 */
export function timeLeft(works: readonly Work[], { earlier, elapsed, now }: Pace): number | null {
  const compared = works.filter(({ done, model }) => done > 0 && (earlier.get(model) ?? 0) > 0);
  const before = sum(compared.map(({ model, done }) => (earlier.get(model) ?? 0) * done));
  const slower = before > 0 ? sum(compared.map(({ milliseconds }) => milliseconds)) / before : 1;
  const known = works.flatMap((work) => perBatch(work, earlier, slower) ?? []);
  if (known.length === 0) return null;
  const usual = sum(known) / known.length;
  const left = sum(
    works.map((work) => {
      const ages = work.working.map((since) => now - since);
      // A batch that already takes longer than any before it tells how long the others will take.
      const each = Math.max(perBatch(work, earlier, slower) ?? usual, ...ages);
      const untouched = Math.max(0, work.of - work.done - ages.length);
      return untouched * each + sum(ages.map((age) => each - age));
    }),
  );
  const worked = sum(works.map((work) => work.milliseconds + sum(work.working.map((since) => now - since))));
  return left / Math.max(1, elapsed > 0 ? worked / elapsed : 1);
}

function perBatch(
  { model, done, milliseconds }: Work,
  earlier: ReadonlyMap<string, number>,
  slower: number,
): number | undefined {
  if (done > 0) return milliseconds / done;
  const before = earlier.get(model);
  return before === undefined ? undefined : before * slower;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
