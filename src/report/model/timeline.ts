import type { JournalEntry, RunRecord } from "../../restatement/runs.js";
import type { AttemptSpan, Bar, Lane, StepName, Timeline } from "./report.js";

/** When what was stored, by the journal. Null where no entry says when: in runs of older releases. */
export function timelineOf(
  run: Pick<RunRecord, "attempts" | "endedAt">,
  journal: readonly JournalEntry[],
): Timeline | null {
  const bars = journal.flatMap(barsOf);
  if (bars.length === 0) return null;
  const byLane = new Map<string, { model: string; step: StepName; bars: Bar[] }>();
  for (const { model, step, ...bar } of bars) {
    const key = `${step} ${model}`;
    const lane = byLane.get(key) ?? { model, step, bars: [] };
    lane.bars.push(bar);
    byLane.set(key, lane);
  }
  const first = ({ bars: own }: Lane): number => Math.min(...own.map(({ start }) => start));
  return {
    attempts: run.attempts.map((attempt) => spanOf(attempt, bars, run.endedAt)),
    lanes: [...byLane.values()].toSorted((a, b) => first(a) - first(b)),
  };
}

type PlacedBar = Bar & { readonly model: string; readonly step: StepName };

function barsOf(entry: JournalEntry): readonly PlacedBar[] {
  switch (entry.type) {
    case "batch-stored":
      return entry.at === undefined ? [] : [stored({ ...entry, at: entry.at }, "restated", entry.attempt)];
    case "step-ended": {
      const step = entry.step === "deploy" ? "deployed" : "due";
      return (entry.batches ?? []).map((batch) => stored(batch, step, entry.attempt));
    }
    case "model-failed": {
      if (entry.at === undefined) return [];
      const at = Date.parse(entry.at);
      const { model } = entry.failure;
      const bar = { start: at, end: at, attempt: entry.attempt, interval: null, rows: null };
      return [{ ...bar, model, step: "restated", outcome: "failed" }];
    }
    case "batch-found":
    case "decided":
    case "queries-drained":
      return [];
  }
}

function stored(
  batch: Pick<PlacedBar, "model" | "rows"> & {
    readonly interval: NonNullable<Bar["interval"]>;
    readonly milliseconds: number;
    readonly at: string;
  },
  step: StepName,
  attempt: number,
): PlacedBar {
  const { model, interval, rows, milliseconds } = batch;
  const end = Date.parse(batch.at);
  return { model, step, start: end - milliseconds, end, attempt, outcome: "stored", interval, rows };
}

/** One that died has no end of its own: it was at work at least until its last batch. */
function spanOf(
  { number, startedAt, endedAt, failure }: RunRecord["attempts"][number],
  bars: readonly Bar[],
  runEndedAt: string | null,
): AttemptSpan {
  const own = bars.filter(({ attempt }) => attempt === number);
  const start = Math.min(Date.parse(startedAt), ...own.map((bar) => bar.start));
  const known = endedAt ?? runEndedAt;
  const end = Math.max(
    ...(known === null ? [] : [Date.parse(known)]),
    ...own.map((bar) => bar.end),
    Date.parse(startedAt),
  );
  return { number, start, end, failure: failure?.message ?? null };
}
