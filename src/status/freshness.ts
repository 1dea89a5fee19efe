import { ticksOf } from "../core/cadence.js";
import type { ModelKind } from "../core/model.js";
import type { KnownModel, KnownModels } from "../restatement/known-models.js";

/** How models stand against their cadence, by what the last run knew of them. */
export interface Freshness {
  /** The run that told it, and when. What other tools have run since is not known. */
  readonly run: string;
  readonly at: string;
  /** Models with a cadence of their own. */
  readonly models: number;
  /** Complete up to the last tick of their cadence. */
  readonly fresh: number;
  /** Their cadence has come up since they were last run, once. */
  readonly due: number;
  /** A whole cadence was missed; the longest behind first. */
  readonly stale: readonly StaleModel[];
  /** Their cadence cannot be read, so nobody knows. */
  readonly unknown: readonly string[];
}

export interface StaleModel {
  readonly model: string;
  readonly cron: string;
  /** Up to where its data is complete, ISO 8601 UTC; null where it has none. */
  readonly until: string | null;
  /** How much is missing up to the last tick of its cadence, in milliseconds; null where it has no data. */
  readonly behindMilliseconds: number | null;
}

/** Their data does not age by a cadence of their own: they are read live, or made from a file. */
const AGELESS: ReadonlySet<ModelKind> = new Set(["VIEW", "SEED", "EXTERNAL", "EMBEDDED", "MANAGED"]);

/** By what was told of an environment last; null where nothing was. @param now milliseconds since 1970 */
export function freshnessIn(
  environment: string,
  known: readonly KnownModels[],
  now: number,
): Freshness | null {
  const newest = newestIn(environment, known);
  return newest && freshnessOf(newest, now);
}

/** Of one environment there may be several: each SQLMesh state has its own. */
export const newestIn = (environment: string, known: readonly KnownModels[]): KnownModels | null =>
  known.filter((one) => one.environment === environment).toSorted((a, b) => (a.at < b.at ? 1 : -1))[0] ??
  null;

/** @param now milliseconds since 1970 */
export function freshnessOf({ run, at, models }: KnownModels, now: number): Freshness {
  const aging = models.filter(({ kind }) => !AGELESS.has(kind));
  const judged = aging.map((model) => ({ model, standing: standingOf(model, now) }));
  const of = (standing: Standing): readonly KnownModel[] =>
    judged.filter((one) => one.standing === standing).map(({ model }) => model);
  return {
    run,
    at,
    models: aging.length,
    fresh: of("fresh").length,
    due: of("due").length,
    stale: of("stale")
      .map((model) => stale(model, now))
      .toSorted((a, b) => behind(b) - behind(a) || (a.model < b.model ? -1 : 1)),
    unknown: of("unknown").map(({ model }) => model),
  };
}

type Standing = "fresh" | "due" | "stale" | "unknown";

function standingOf(model: KnownModel, now: number): Standing {
  const ticks = ticksOf(model, now);
  if (ticks === null) return "unknown";
  if (model.until === null) return "stale";
  const complete = Date.parse(model.until);
  if (complete >= wanted(ticks.last, model)) return "fresh";
  return complete >= wanted(ticks.beforeLast, model) ? "due" : "stale";
}

/** No further than the model goes at all. */
const wanted = (tick: number, { end }: KnownModel): number =>
  end === null ? tick : Math.min(tick, Date.parse(end));

function stale(model: KnownModel, now: number): StaleModel {
  const { model: name, cron, until } = model;
  const last = wanted(ticksOf(model, now)?.last ?? now, model);
  return { model: name, cron, until, behindMilliseconds: until === null ? null : last - Date.parse(until) };
}

/** What has no data at all is the longest behind. */
const behind = ({ behindMilliseconds }: StaleModel): number => behindMilliseconds ?? Infinity;
