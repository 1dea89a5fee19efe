import type { FinishedBatch, PipelineEvent, Report } from "../core/events.js";
import type { HeldLease } from "./ports.js";
import type { JournalEntry, RunRecord } from "./runs.js";

/** The journal of a run, as one attempt finds it and goes on with it. */
export class AttemptJournal {
  private readonly all: JournalEntry[];
  private readonly run: string;
  private readonly attempt: number;

  /** @param known what earlier attempts have written */
  constructor(
    private readonly lease: HeldLease,
    { id, attempts }: RunRecord,
    known: readonly JournalEntry[],
  ) {
    this.run = id;
    this.attempt = attempts.length;
    this.all = [...known];
  }

  entries(): readonly JournalEntry[] {
    return this.all;
  }

  /** Durable once the lease has flushed. */
  note(...entries: readonly JournalEntry[]): void {
    this.all.push(...entries);
    this.lease.append(this.run, ...entries);
  }

  /** Writes down what becomes of each batch and model, and passes everything on. */
  keepingUp(report: Report): Report {
    return (event) => {
      const entry = this.entryOf(event);
      if (entry) this.note(entry);
      report(event);
    };
  }

  private entryOf(event: PipelineEvent): JournalEntry | undefined {
    const { attempt } = this;
    if (event.type === "batch-finished") return stored(event.batch, attempt);
    if (event.type === "model-failed") return { type: "model-failed", attempt, failure: event.failure };
    return undefined;
  }
}

function stored(batch: FinishedBatch, attempt: number): JournalEntry {
  const { model, interval, rows, milliseconds, auditsPassed, auditsFailed, queries } = batch;
  return {
    type: "batch-stored",
    attempt,
    model,
    interval,
    rows,
    milliseconds,
    auditsPassed,
    auditsFailed,
    queries,
  };
}
