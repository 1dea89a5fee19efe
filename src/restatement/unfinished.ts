import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Interval, ModelFailure } from "../core/events.js";
import { didYouMean } from "../core/nearest.js";
import { few } from "../core/words.js";
import type { UnaccountedCommit } from "./foreign.js";
import type { ModelRange } from "./ports.js";
import type { RestatedModel, RestatementPlan } from "./restatement-plan.js";
import type { JournalEntry } from "./runs.js";

export type StoredBatch = Extract<JournalEntry, { type: "batch-stored" }>;
export type Decided = Extract<JournalEntry, { type: "decided" }>;

/** What a journal says of a plan. The same whatever the order of its entries, and however often each is there. */
export interface JournalFacts {
  /** Of each model of the plan, its batches that count as stored, in the plan's order. */
  readonly stored: ReadonlyMap<string, readonly Interval[]>;
  /** Models whose stored batches have ceased to count by a rebuild, and are not all stored again. */
  readonly rebuilt: readonly string[];
  /** The last failure of each model that has stored nothing in a later attempt. */
  readonly failures: ReadonlyMap<string, ModelFailure>;
  /** Partly stored models of which the next batch must not be written again if it may have been already. */
  readonly delicate: ReadonlySet<string>;
  /** Commits of main that a person has decided about. */
  readonly explained: ReadonlySet<Hash>;
}

export function foldJournal(
  journal: readonly JournalEntry[],
  plan: Pick<RestatementPlan, "models">,
): JournalFacts {
  const evidence = evidenceOf(journal, plan.models);
  const last = lastAttempts(journal);
  const stored = new Map(plan.models.map((model) => [model.model, storedOf(model, evidence)]));
  return {
    stored,
    delicate: new Set(
      plan.models
        .filter((model) =>
          isDelicate(model, lengthOf(stored, model.model), evidence.rebuilt.has(model.model)),
        )
        .map(({ model }) => model),
    ),
    rebuilt: plan.models
      .filter(({ model, batches }) => evidence.void.has(model) && lengthOf(stored, model) < batches.length)
      .map(({ model }) => model),
    failures: new Map(
      journal
        .filter((entry) => entry.type === "model-failed")
        .toSorted((a, b) => a.attempt - b.attempt)
        .filter(({ attempt, failure }) => attempt >= (last.get(failure.model) ?? 0))
        .map(({ failure }) => [failure.model, failure]),
    ),
    explained: new Set(journal.filter((entry) => entry.type === "decided").flatMap(({ commits }) => commits)),
  };
}

/** Of each model, what the journal tells of each stored batch: of one stored several times, the last attempt's. */
export function storedBatches(journal: readonly JournalEntry[]): ReadonlyMap<string, readonly StoredBatch[]> {
  const byModel = new Map<string, Map<string, StoredBatch>>();
  for (const entry of journal) {
    if (entry.type !== "batch-stored") continue;
    const batches = byModel.get(entry.model) ?? new Map<string, StoredBatch>();
    const before = batches.get(keyOf(entry.interval));
    if (!before || before.attempt < entry.attempt) batches.set(keyOf(entry.interval), entry);
    byModel.set(entry.model, batches);
  }
  return new Map([...byModel].map(([model, batches]) => [model, [...batches.values()]]));
}

/** A batch of which nothing tells whether it was written, of a model that cannot bear a repetition. */
export interface Undecided {
  readonly model: string;
  /** The first batch of the model that is not stored. */
  readonly interval: Interval;
  /** Commits on the model's table that no journalled batch explains, oldest first. */
  readonly commits: readonly UnaccountedCommit[];
}

export interface Left {
  /** What is to be restated: of each unfinished model one range, in the plan's order. Undecided models are not in it. */
  readonly left: readonly ModelRange[];
  /** Batches in these ranges that are stored already, and are restated again; their kind bears it. */
  readonly repeated: readonly ModelRange[];
  /** Stored batches that only SQLMesh's state tells of as yet, for the journal. */
  readonly newlyFound: readonly ModelRange[];
  readonly undecided: readonly Undecided[];
  /** Models that are restated from their start although batches of them were stored: they were to be rebuilt. */
  readonly rebuilt: readonly string[];
  readonly stored: number;
  readonly planned: number;
  /** Of the stored, those known from SQLMesh's state only. */
  readonly found: number;
}

export interface LeftRequest {
  readonly plan: Pick<RestatementPlan, "models">;
  /** As it is under the lease of this attempt: earlier ones can write nothing down any more. */
  readonly journal: readonly JournalEntry[];
  /** Number of the attempt that asks. */
  readonly attempt: number;
  /** Batches that SQLMesh's state holds as stored since the run began. Those that are not planned batches are passed over. */
  readonly found: readonly ModelRange[];
  /** Commits since the run's start that no stored batch accounts for, of models that must not be written twice. */
  readonly unaccounted: ReadonlyMap<string, readonly UnaccountedCommit[]>;
}

/**
 * What an attempt has to restate. No batch that counts as stored is in it but for `repeated`, and every other one is
 * in it or undecided.
 *
 * A stored child keeps counting while a batch of its parent is repeated, which writes the same again; a rebuilt parent
 * is another table, so that everything downstream of it is restated as well.
 */
export function whatIsLeft({ plan, journal, attempt, found, unaccounted }: LeftRequest): Left {
  const known = evidenceOf(journal, plan.models);
  const rows = found.map((range) => ({ type: "batch-found" as const, attempt, ...range }));
  const all = evidenceOf([...journal, ...rows], plan.models);
  const { explained, rebuilt, delicate } = foldJournal([...journal, ...rows], plan);

  const outcomes = plan.models.map((model) => {
    const missing = model.batches.filter((batch) => !all.counts(model.model, batch));
    const commits = (unaccounted.get(model.model) ?? []).filter(({ hash }) => !explained.has(hash));
    const mayBeThere = delicate.has(model.model) && commits.length > 0;
    return { model, missing, undecided: undecidedOf(model, missing, commits, mayBeThere) };
  });
  const ranges = outcomes.flatMap(({ model, missing, undecided }) => {
    const [first, last] = [missing[0], missing.at(-1)];
    if (undecided || !first || !last) return [];
    return [{ model, range: { start: first.start, end: last.end } }];
  });
  const stored = plan.models.flatMap((model) =>
    storedOf(model, all).map((interval) => ({ model: model.model, interval })),
  );
  return {
    left: ranges.map(({ model, range }) => ({ model: model.model, interval: range })),
    repeated: ranges.flatMap(({ model, range }) =>
      storedOf(model, all)
        .filter(({ start, end }) => start >= range.start && end <= range.end)
        .map((interval) => ({ model: model.model, interval })),
    ),
    newlyFound: stored.filter(({ model, interval }) => !known.counts(model, interval)),
    undecided: outcomes.flatMap(({ undecided }) => undecided ?? []),
    rebuilt,
    stored: stored.length,
    planned: plan.models.reduce((sum, { batches }) => sum + batches.length, 0),
    found: stored.filter(({ model, interval }) => !all.isTold(model, interval)).length,
  };
}

/**
 * With nothing stored a model is restated from its first batch, which replaces the table. The batch written last is the
 * first that is missing, if SQLMesh's rows tell of all before it, and after a rebuild they do not count.
 */
function isDelicate({ repetition, batches }: RestatedModel, stored: number, isRebuilt: boolean): boolean {
  if (stored === 0 || stored === batches.length) return false;
  return repetition === "whole" || (repetition === "last" && isRebuilt);
}

/** A model of which not each batch may be repeated is written in order, so that what is stored is its beginning. */
function undecidedOf(
  { model, batches, repetition }: RestatedModel,
  missing: readonly Interval[],
  commits: readonly UnaccountedCommit[],
  mayBeThere: boolean,
): Undecided | undefined {
  const [first] = missing;
  if (repetition === "each" || !first) return undefined;
  const hasHole = batches.slice(-missing.length).some((batch, index) => batch !== missing[index]);
  return hasHole || mayBeThere ? { model, interval: first, commits } : undefined;
}

/** @throws PipelineError USAGE for a model that the run does not restate, or of which both is said */
export function refuseUnfounded(
  said: readonly Pick<Decided, "model" | "decision">[],
  models: readonly RestatedModel[],
): void {
  for (const { model, decision } of said) {
    if (!models.some((planned) => planned.model === model)) {
      const names = models.map((planned) => planned.model);
      throw new PipelineError("USAGE", {
        message: `the run restates no model ${model}`,
        hint: didYouMean(model, names) ?? `it restates ${few(names)}`,
      });
    }
    if (said.some((other) => other.model === model && other.decision !== decision)) {
      throw new PipelineError("USAGE", {
        message: `both --written and --rebuild are said of ${model}`,
        hint: "--written takes the undecided batch as written, --rebuild restates the model from its start",
      });
    }
  }
}

/**
 * The journal's entries for what a person says of undecided batches: `written`, that the commits in question wrote this
 * batch or earlier ones, and none after it; `rebuild`, that the model is to be restated from its start. Of a model about
 * which nothing is undecided there is none: the command that said it is being repeated.
 */
export function decide(
  said: readonly Pick<Decided, "model" | "decision">[],
  undecided: readonly Undecided[],
  attempt: number,
): readonly Decided[] {
  return undecided.flatMap(({ model, interval, commits }) => {
    const decision = said.find((one) => one.model === model)?.decision;
    if (decision === undefined) return [];
    return {
      type: "decided" as const,
      attempt,
      model,
      decision,
      interval: decision === "written" ? interval : null,
      commits: commits.map(({ hash }) => hash),
    };
  });
}

interface Evidence {
  counts(model: string, batch: Interval): boolean;
  /** Whether the journal or a person tells of it, and not SQLMesh's state alone. */
  isTold(model: string, batch: Interval): boolean;
  /** Models that were rebuilt, or that read such a one. */
  readonly rebuilt: ReadonlySet<string>;
  /** Models of which something has ceased to count. */
  readonly void: ReadonlySet<string>;
}

function evidenceOf(journal: readonly JournalEntry[], models: readonly RestatedModel[]): Evidence {
  const rebuiltIn = rebuilds(journal, models);
  const counting = new Set<string>();
  const told = new Set<string>();
  const voided = new Set<string>();
  for (const entry of journal) {
    if (!isEvidence(entry) || entry.interval === null) continue;
    const key = keyOf(entry.interval, entry.model);
    if (!countsAfter(rebuiltIn.get(entry.model) ?? 0, entry)) {
      voided.add(entry.model);
      continue;
    }
    counting.add(key);
    if (entry.type !== "batch-found") told.add(key);
  }
  return {
    counts: (model, batch) => counting.has(keyOf(batch, model)),
    isTold: (model, batch) => told.has(keyOf(batch, model)),
    rebuilt: new Set([...rebuiltIn].flatMap(([model, attempt]) => (attempt > 0 ? [model] : []))),
    void: voided,
  };
}

type EvidenceEntry = Extract<JournalEntry, { type: "batch-stored" | "batch-found" | "decided" }>;

const isEvidence = (entry: JournalEntry): entry is EvidenceEntry =>
  entry.type === "batch-stored" || entry.type === "batch-found" || entry.type === "decided";

/** Whether what an entry tells of still holds, of a model that this attempt was told to rebuild, or 0. */
function countsAfter(rebuild: number, { type, attempt }: EvidenceEntry): boolean {
  switch (type) {
    case "batch-stored":
      return attempt >= rebuild;
    case "decided":
      // Of two words of one attempt, on a model and on what it reads, the rebuild makes the other void.
      return attempt > rebuild;
    case "batch-found":
      // The row may be one from before the rebuild that came late, and the batch would be forgotten.
      return rebuild === 0;
  }
}

/** Of each model the last attempt that had it rebuilt, itself or a model that it reads, directly or not. */
function rebuilds(
  journal: readonly JournalEntry[],
  models: readonly RestatedModel[],
): ReadonlyMap<string, number> {
  const decided = new Map<string, number>();
  for (const entry of journal) {
    if (entry.type !== "decided" || entry.decision !== "rebuild") continue;
    decided.set(entry.model, Math.max(entry.attempt, decided.get(entry.model) ?? 0));
  }
  if (decided.size === 0) return decided;
  const parents = new Map(models.map(({ model, downstreamOf }) => [model, downstreamOf]));
  const known = new Map<string, number>();
  const rebuiltIn = (model: string): number => {
    const before = known.get(model);
    if (before !== undefined) return before;
    known.set(model, 0); // Ends a circle, which SQLMesh does not let happen.
    const attempt = Math.max(decided.get(model) ?? 0, ...(parents.get(model) ?? []).map(rebuiltIn));
    known.set(model, attempt);
    return attempt;
  };
  return new Map(models.map(({ model }) => [model, rebuiltIn(model)]));
}

/** Of each model the last attempt that stored a batch of it. */
function lastAttempts(journal: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const entry of journal) {
    if (entry.type === "batch-stored")
      last.set(entry.model, Math.max(entry.attempt, last.get(entry.model) ?? 0));
  }
  return last;
}

const storedOf = ({ model, batches }: RestatedModel, evidence: Evidence): readonly Interval[] =>
  batches.filter((batch) => evidence.counts(model, batch));

const lengthOf = (stored: ReadonlyMap<string, readonly Interval[]>, model: string): number =>
  stored.get(model)?.length ?? 0;

const keyOf = ({ start, end }: Interval, model = ""): string => `${model} ${start} ${end}`;
