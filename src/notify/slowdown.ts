import { formatDuration } from "../core/duration.js";
import { count } from "../core/words.js";
import { commandLine } from "../restatement/command-line.js";
import type { KnownModel } from "../restatement/known-models.js";
import type { RunResult } from "../restatement/run-result.js";
import type { RunRecord } from "../restatement/runs.js";
import type { Alert } from "./alert.js";
import { slowest, stepsOf } from "./run-alerts.js";
import { alertOf, facts } from "./telling.js";

export interface SlowdownRule {
  /** Times what is usual. */
  readonly factor: number;
  /** And by how much more at least, so that short runs do not cry wolf. */
  readonly atLeastMilliseconds: number;
}

/** What a run is compared with. */
export interface Earlier {
  /** Newest first, the run itself among them. */
  readonly runs: readonly RunRecord[];
  /** What the run has learned of its models. */
  readonly models: readonly KnownModel[];
}

/** With fewer there is nothing usual yet. */
const LEAST = 3;
const LOOKED_AT = 10;

/**
 * A run that took longer than runs of the same request usually do, or models of it that did: the median of the last ones.
 * Of runs those count that succeeded at their first attempt. Null where nothing was slow, or too little is remembered.
 */
export function slowdown(result: RunResult, { runs, models }: Earlier, rule: SlowdownRule): Alert | null {
  const own = runs.find(({ id }) => id === result.run);
  if (own === undefined) return null;
  const slow = slowModels(result, models, rule);
  const whole = slowRun(own, runs, rule);
  if (whole === null && slow.length === 0) return null;
  const { environment } = result;
  const named = {
    title: "Slower than usual",
    lines: slow.map(
      ({ model, now, usual }) => `${model}: ${formatDuration(now)} a batch, usually ${formatDuration(usual)}`,
    ),
  };
  const said =
    whole === null
      ? {
          title: `${count(slow.length, "model")} in ${environment} took longer than usual`,
          text: `What a batch takes is compared with the last runs that stored any of the same model.`,
        }
      : {
          title: `Run in ${environment} took ${(whole.took / whole.usual).toFixed(1)} times as long as usual`,
          text: `It took ${formatDuration(whole.took)}; the last ${whole.of} of the same request took ${formatDuration(whole.usual)} in the middle.`,
        };
  return alertOf({
    event: "slowdown",
    severity: "warning",
    subject: `slowdown ${own.scope} ${own.requestDigest}`,
    environment,
    ...said,
    facts: facts({ run: own.id }),
    lists: [...(slow.length === 0 ? [] : [named]), ...(whole === null ? [] : [slowest(result)])],
    next: commandLine("show", own.id),
  });
}

interface SlowRun {
  readonly took: number;
  readonly usual: number;
  /** Earlier runs it was compared with. */
  readonly of: number;
}

function slowRun(own: RunRecord, runs: readonly RunRecord[], rule: SlowdownRule): SlowRun | null {
  const took = durationOf(own);
  const earlier = runs
    .filter(({ scope, requestDigest }) => scope === own.scope && requestDigest === own.requestDigest)
    .filter(({ id, startedAt }) => id !== own.id && startedAt <= own.startedAt)
    .flatMap((run) => durationOf(run) ?? [])
    .slice(0, LOOKED_AT);
  const usual = usually(earlier);
  if (took === undefined || usual === undefined) return null;
  return isSlow(took, usual, took - usual, rule) ? { took, usual, of: earlier.length } : null;
}

interface SlowModel {
  readonly model: string;
  /** Milliseconds a batch took, and usually takes. */
  readonly now: number;
  readonly usual: number;
  readonly lost: number;
}

/** Those that have cost the most time come first. */
function slowModels(
  result: RunResult,
  models: readonly KnownModel[],
  rule: SlowdownRule,
): readonly SlowModel[] {
  const stored = new Map(
    stepsOf(result)
      .flatMap((step) => step.models)
      .map(({ model, batches }) => [model, batches.stored]),
  );
  return models
    .flatMap(({ model, paces: [now, ...earlier] }) => {
      const batches = stored.get(model) ?? 0;
      const usual = usually(earlier);
      if (batches === 0 || now === undefined || usual === undefined) return [];
      const lost = (now - usual) * batches;
      return isSlow(now, usual, lost, rule) ? [{ model, now, usual, lost }] : [];
    })
    .toSorted((a, b) => b.lost - a.lost);
}

const isSlow = (
  took: number,
  usual: number,
  lost: number,
  { factor, atLeastMilliseconds }: SlowdownRule,
): boolean => took >= usual * factor && lost >= atLeastMilliseconds;

const usually = (earlier: readonly number[]): number | undefined =>
  earlier.length < LEAST ? undefined : median(earlier);

/** From the first attempt to its end; undefined for a run that took several, or did not succeed. */
function durationOf({ status, attempts }: RunRecord): number | undefined {
  const [only, ...others] = attempts;
  if (status !== "succeeded" || only === undefined || only.endedAt === null || others.length > 0)
    return undefined;
  return Date.parse(only.endedAt) - Date.parse(only.startedAt);
}

function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
