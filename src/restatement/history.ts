import type { ModelFailure } from "../core/events.js";
import { PRODUCTION } from "../core/model.js";
import { commandLine, runCommand } from "./command-line.js";
import type { ModelOutcome } from "./result.js";
import type { RestatedModel, RestatementPlan } from "./restatement-plan.js";
import type { JournalEntry, LeaseStatus, RunRecord } from "./runs.js";
import { foldJournal, type JournalFacts, type StoredBatch, storedBatches } from "./unfinished.js";

/** One line of `runs`. */
export interface RunSummary {
  readonly run: RunRecord;
  /** What the record and the lease say together: a `running` run without a living holder has died. */
  readonly state: "running" | "died" | "failed" | "interrupted" | "succeeded" | "abandoned";
  /** Batches of the restatement; null for a run without one. */
  readonly batches: { readonly planned: number; readonly stored: number } | null;
}

/** What `show` tells of one run. */
export interface RunDetails extends RunSummary {
  readonly plan: RestatementPlan | null;
  /** Restated models in the plan's order, with what the journal knows of each; what is left has `skipped` or fewer stored. */
  readonly models: readonly ModelOutcome[];
  readonly failures: readonly ModelFailure[];
  readonly holder: LeaseStatus | null;
  /** The commands that make sense next, most likely first. */
  readonly next: readonly string[];
}

/** What `status` tells: the present of one warehouse. */
export interface RunsStatus {
  readonly leases: readonly LeaseStatus[];
  /** Newest first. */
  readonly unfinished: readonly RunDetails[];
  readonly last: RunSummary | null;
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
  const known = storedBatches(journal);
  return {
    ...summary,
    plan,
    models: (plan?.models ?? []).map((model) => outcomeOf(model, facts, known.get(model.model) ?? [])),
    failures: [...facts.failures.values()],
    holder: leases.find((lease) => lease.run === run.id) ?? null,
    next: [...decisionsAsked(summary, plan, facts), ...nextCommands(summary)],
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

function outcomeOf(
  { model, batches }: RestatedModel,
  { stored, failures }: JournalFacts,
  known: readonly StoredBatch[],
): ModelOutcome {
  const done = stored.get(model) ?? [];
  const counting = new Set(done.map(({ start }) => start));
  const told = known.filter(({ interval }) => counting.has(interval.start));
  const rows = told.flatMap((batch) => (batch.rows === null ? [] : [batch.rows]));
  const isDone = done.length === batches.length;
  return {
    model,
    outcome: isDone ? "done" : failures.has(model) ? "failed" : "skipped",
    batches: { stored: done.length, planned: batches.length },
    rows: rows.length > 0 ? sum(rows) : null,
    milliseconds: sum(told.map(({ milliseconds }) => milliseconds)),
    audits: {
      passed: sum(told.map(({ auditsPassed }) => auditsPassed)),
      failed: sum(told.map(({ auditsFailed }) => auditsFailed)),
    },
  };
}

/** Of an attempt that a person has to decide about: what can be said of the models that it may be about. */
function decisionsAsked(
  { run, state }: RunSummary,
  plan: RestatementPlan | null,
  { stored }: JournalFacts,
): readonly string[] {
  if (state !== "failed" || run.attempts.at(-1)?.failure?.code !== "RUN_UNDECIDED") return [];
  return (plan?.models ?? [])
    .filter(({ model, repeatable, batches }) => {
      const done = stored.get(model)?.length ?? 0;
      return !repeatable && done > 0 && done < batches.length;
    })
    .flatMap(({ model }) =>
      ["--written", "--rebuild"].map((said) => commandLine("resume", run.id, said, model)),
    );
}

function nextCommands({ run, state }: RunSummary): readonly string[] {
  switch (state) {
    case "running":
      return [commandLine("show", run.id), commandLine("lease", "show")];
    case "died":
    case "interrupted":
    case "failed": {
      const isUnapproved = run.attempts.at(-1)?.failure?.code === "APPROVAL_MISSING";
      return [
        ...(isUnapproved && run.planDigest !== null ? [commandLine("approve", run.planDigest)] : []),
        commandLine("resume", run.id),
        commandLine("resume", run.id, "--abandon"),
      ];
    }
    case "succeeded":
      return run.environment === PRODUCTION ? [commandLine("tag-consumer")] : [];
    case "abandoned":
      return [runCommand(run.request)];
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
