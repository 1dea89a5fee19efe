import type { Comparison } from "../../release/diff.js";
import type { ModelOutcome } from "../../restatement/result.js";
import type { JournalEntry } from "../../restatement/runs.js";
import { storedBatches } from "../../restatement/unfinished.js";
import { queryLink } from "./links.js";
import type { Compared, EarlierRun, RunMemory } from "./memory.js";
import type { EarlierFigures, ModelReport, StepName } from "./report.js";

/** Trino's pages of the statements that wrote one model; of a history in many batches the last ones. */
const QUERIES = 5;

/** What was deployed, then what was restated, then what was due: each as the run left it. */
export function modelReports({ details, ...memory }: RunMemory): readonly ModelReport[] {
  const { plan, models, deployment, due } = details;
  const planned = new Map(plan?.models.map((one) => [one.model, one] as const));
  const { journal, comparison, earlier } = memory;
  const figures = earlier.map(({ run, journal: own }) => ({ run: run.id, models: figuresIn(own) }));
  const report = (step: StepName, queries: ReadonlyMap<string, readonly string[]>) => {
    return (outcome: ModelOutcome): ModelReport => {
      const { model } = outcome;
      const own = step === "restated" ? planned.get(model) : undefined;
      return {
        model,
        step,
        kind: own?.kind ?? null,
        outcome: outcome.outcome === "skipped" ? "left" : outcome.outcome,
        asked: (own?.askedBy.length ?? 0) > 0,
        reads: own?.downstreamOf ?? [],
        batches: outcome.batches,
        rows: outcome.rows,
        milliseconds: outcome.milliseconds,
        audits: outcome.audits,
        earlier: step === "restated" ? earlierOf(outcome, figures) : [],
        readers: readersOf(model, comparison),
        queries: (queries.get(model) ?? []).slice(-QUERIES).map((query) => queryLink(memory.trinoUrl, query)),
      };
    };
  };
  return [
    ...(deployment?.models ?? []).map(report("deployed", queriesOfStep(journal, "deploy"))),
    ...models.map(report("restated", queriesOfRestatement(journal))),
    ...(due?.models ?? []).map(report("due", queriesOfStep(journal, "due"))),
  ];
}

type Figures = ReadonlyMap<
  string,
  { readonly rows: number | null; readonly milliseconds: number; readonly batches: number }
>;

export function figuresIn(journal: EarlierRun["journal"]): Figures {
  return new Map(
    [...storedBatches(journal)].map(([model, batches]) => [
      model,
      {
        rows: batches.every(({ rows }) => rows === null) ? null : sum(batches.map(({ rows }) => rows ?? 0)),
        milliseconds: sum(batches.map(({ milliseconds }) => milliseconds)),
        batches: batches.length,
      },
    ]),
  );
}

/** Only those that restated as much of it can be compared with. */
function earlierOf(
  { model, batches }: ModelOutcome,
  runs: readonly { readonly run: string; readonly models: Figures }[],
): readonly EarlierFigures[] {
  return runs
    .flatMap(({ run, models }) => {
      const found = models.get(model);
      if (found === undefined || found.batches !== batches.planned) return [];
      return [{ run, rows: found.rows, milliseconds: found.milliseconds }];
    })
    .toReversed();
}

function readersOf(model: string, compared: Compared): ModelReport["readers"] {
  if ("missing" in compared) return null;
  const difference = differenceOf(model, compared.comparison);
  if (difference === undefined) return "same";
  if (!difference.looked) return null;
  return { seen: difference.from?.rows ?? null, now: difference.to?.rows ?? null };
}

const differenceOf = (model: string, { differences }: Comparison) =>
  differences.find(({ name }) => name === model.toLowerCase() || name === model);

function queriesOfRestatement(journal: readonly JournalEntry[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...storedBatches(journal)].map(([model, batches]) => [model, batches.flatMap(({ queries }) => queries)]),
  );
}

function queriesOfStep(
  journal: readonly JournalEntry[],
  step: "deploy" | "due",
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const entry of journal) {
    if (entry.type !== "step-ended" || entry.step !== step) continue;
    for (const { model, queries } of entry.batches ?? [])
      found.set(model, [...(found.get(model) ?? []), ...queries]);
  }
  return found;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
