import { formatDuration } from "../core/duration.js";
import { commandLine } from "../restatement/command-line.js";
import type { RunResult } from "../restatement/run-result.js";
import type { RunRecord } from "../restatement/runs.js";
import type { Alert } from "./alert.js";
import { slowest } from "./run-alerts.js";
import { alertOf, facts } from "./telling.js";

export interface SlowdownRule {
  /** Times what is usual. */
  readonly factor: number;
  /** And by how much more at least, so that short runs do not cry wolf. */
  readonly atLeastMilliseconds: number;
}

/** With fewer there is nothing usual yet. */
const LEAST = 3;
const LOOKED_AT = 10;

/**
 * A run that took longer than runs of the same request usually do: the median of the last ones that succeeded at their
 * first attempt. Null where it did not, or where too few are remembered.
 * @param runs newest first, this one among them
 */
export function slowdown(result: RunResult, runs: readonly RunRecord[], rule: SlowdownRule): Alert | null {
  const own = runs.find(({ id }) => id === result.run);
  const took = own && durationOf(own);
  if (own === undefined || took === undefined) return null;
  const earlier = runs
    .filter(({ scope, requestDigest }) => scope === own.scope && requestDigest === own.requestDigest)
    .filter(({ id, startedAt }) => id !== own.id && startedAt <= own.startedAt)
    .flatMap((run) => durationOf(run) ?? [])
    .slice(0, LOOKED_AT);
  const usual = median(earlier);
  if (usual === undefined || earlier.length < LEAST) return null;
  if (took < usual * rule.factor || took - usual < rule.atLeastMilliseconds) return null;
  return alertOf({
    event: "slowdown",
    severity: "warning",
    subject: `slowdown ${own.scope} ${own.requestDigest}`,
    environment: result.environment,
    title: `Run in ${result.environment} took ${(took / usual).toFixed(1)} times as long as usual`,
    text: `It took ${formatDuration(took)}; the last ${earlier.length} of the same request took ${formatDuration(usual)} in the middle.`,
    facts: facts({ run: own.id }),
    lists: [slowest(result)],
    next: commandLine("show", own.id),
  });
}

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
