import type { FinishedBatch, PipelineEvent, Report } from "../core/events.js";
import type { HeldLease } from "./ports.js";
import type { JournalEntry, RunRecord, StepBatch } from "./runs.js";

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
    /** Milliseconds since 1970. */
    private readonly now: () => number,
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

  /** Gathers the batches of a step, for the entry with which it ends, and passes everything on. */
  gathering(batches: StepBatch[], report: Report): Report {
    return (event) => {
      if (event.type === "batch-finished") {
        const { model, interval, rows, milliseconds, queries } = event.batch;
        batches.push({ model, interval, rows, milliseconds, queries, at: this.time() });
      }
      report(event);
    };
  }

  private entryOf(event: PipelineEvent): JournalEntry | undefined {
    const { attempt } = this;
    const at = this.time();
    if (event.type === "batch-finished") return { ...stored(event.batch, attempt), at };
    if (event.type === "model-failed") return { type: "model-failed", attempt, failure: event.failure, at };
    return undefined;
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}

function stored(batch: FinishedBatch, attempt: number) {
  const { model, interval, rows, milliseconds, auditsPassed, auditsFailed, queries } = batch;
  return {
    type: "batch-stored" as const,
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
