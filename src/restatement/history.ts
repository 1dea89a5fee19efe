import type { ErrorCode, NextCommand } from "../core/errors.js";
import type { ModelFailure } from "../core/events.js";
import { PRODUCTION } from "../core/model.js";
import { commandLine, runCommand } from "./command-line.js";
import { type ModelOutcome, restatedModels, type StepResult } from "./result.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { JournalEntry, RunRecord } from "./runs.js";
import type { LeaseStatus } from "../core/lease.js";
import { foldJournal, type JournalFacts } from "./unfinished.js";

/** One line of `runs`. */
export interface RunSummary {
  readonly run: RunRecord;
  /** What the record and the lease say together: a `running` run without a living holder has died. */
  readonly state: "running" | "died" | "failed" | "interrupted" | "succeeded" | "abandoned";
  /** Batches of the restatement; null for a run without one. */
  readonly batches: { readonly planned: number; readonly stored: number } | null;
}

/** What `runs` lists: the newest, and how many there are. */
export interface RunList {
  readonly runs: readonly RunSummary[];
  readonly total: number;
}

/** What one attempt did in one step. */
export interface StepReport extends Omit<StepResult, "status"> {
  readonly attempt: number;
}

export interface RunFailure extends ModelFailure {
  readonly attempt: number;
}

/** What `show` tells of one run. */
export interface RunDetails extends RunSummary {
  readonly plan: RestatementPlan | null;
  /** Local changes that were applied, and models built by it; null when there were none, or nothing is known. */
  readonly deployment: StepReport | null;
  /** Restated models in the plan's order, with what the journal knows of each; what is left has `skipped` or fewer stored. */
  readonly models: readonly ModelOutcome[];
  /** Of restated models. */
  readonly failures: readonly RunFailure[];
  /** What was due by cadence; null when it did not come to that. */
  readonly due: StepReport | null;
  readonly holder: LeaseStatus | null;
  /** What makes sense next, most likely first. */
  readonly next: readonly NextCommand[];
}

/** What `status` tells: the present of one warehouse. */
export interface RunsStatus {
  readonly leases: readonly LeaseStatus[];
  /** Newest first. */
  readonly unfinished: readonly RunDetails[];
  readonly last: RunDetails | null;
}

export function summarise(
  run: RunRecord,
  plan: RestatementPlan | null,
  journal: readonly JournalEntry[],
  leases: readonly LeaseStatus[],
): RunSummary {
  return { run, state: stateOf(run, leases), batches: plan && batchesOf(plan, foldJournal(journal, plan)) };
}

export function describeRun(
  run: RunRecord,
  plan: RestatementPlan | null,
  journal: readonly JournalEntry[],
  leases: readonly LeaseStatus[],
): RunDetails {
  const summary = summarise(run, plan, journal, leases);
  const facts = foldJournal(journal, plan ?? { models: [] });
  const failures = failuresOf(plan ?? { models: [] }, journal, facts);
  return {
    ...summary,
    plan,
    deployment: stepOf(journal, "deploy"),
    models: plan ? restatedModels(plan, journal, { failures }) : [],
    failures,
    due: stepOf(journal, "due"),
    holder: leases.find((lease) => lease.run === run.id) ?? null,
    next: nextCommands(summary),
  };
}

function stateOf(run: RunRecord, leases: readonly LeaseStatus[]): RunSummary["state"] {
  if (run.status !== "running") return run.status;
  return leases.some((lease) => lease.run === run.id && lease.holder !== "dead") ? "running" : "died";
}

const batchesOf = ({ models }: RestatementPlan, { stored }: JournalFacts): RunSummary["batches"] => ({
  planned: sum(models.map(({ batches }) => batches.length)),
  stored: sum([...stored.values()].map((batches) => batches.length)),
});

/** What the last attempt that came to the end of a step did in it. */
function stepOf(journal: readonly JournalEntry[], wanted: "deploy" | "due"): StepReport | null {
  const ends = journal
    .filter((entry) => entry.type === "step-ended")
    .filter(({ step }) => step === wanted)
    .toSorted((a, b) => a.attempt - b.attempt);
  const last = ends.at(-1);
  return last ? { attempt: last.attempt, models: last.models, failures: last.failures } : null;
}

/** The last failure of each model that is not complete, unless it has stored something in a later attempt. */
function failuresOf(
  { models }: Pick<RestatementPlan, "models">,
  journal: readonly JournalEntry[],
  { failures, stored }: JournalFacts,
): readonly RunFailure[] {
  const complete = models.filter(({ model, batches }) => stored.get(model)?.length === batches.length);
  const mended = new Set(complete.map(({ model }) => model));
  const told = new Set([...failures.values()].filter(({ model }) => !mended.has(model)));
  return journal
    .filter((entry) => entry.type === "model-failed")
    .filter(({ failure }) => told.has(failure))
    .map(({ failure, attempt }) => ({ ...failure, attempt }));
}

function nextCommands({ run, state }: RunSummary): readonly NextCommand[] {
  switch (state) {
    case "running":
      return [{ command: commandLine("lease", "show"), does: "tells who is at work" }];
    case "died":
    case "interrupted":
    case "failed":
      return [
        ...waysOn(run.id, run.attempts.at(-1)?.failure),
        { command: commandLine("resume", run.id, "--abandon"), does: "gives it up" },
      ];
    case "succeeded":
      return run.environment === PRODUCTION
        ? [{ command: commandLine("tag-consumer"), does: "verifies main and publishes it" }]
        : [];
    case "abandoned":
      return [{ command: runCommand(run.request), does: "asks for the same again" }];
  }
}

/** What takes a run up again after this failure of its last attempt: without a person's word some would only fail again. */
export function waysOn(
  run: string,
  failure: { readonly code: ErrorCode; readonly next: readonly NextCommand[] } | null | undefined,
): readonly NextCommand[] {
  const resume = { command: commandLine("resume", run), does: "does what is left" };
  return [...(failure?.next ?? []), ...(failure?.code === "RUN_UNDECIDED" ? [] : [resume])];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
