import type { AtWork, FinishedBatch, PipelineEvent } from "../core/events.js";

/** How far one model has come in the evaluation at work. */
export interface Tally {
  readonly model: string;
  of: number;
  done: number;
  /** Null while no batch tells. */
  rows: number | null;
  /** Of the batches that are done. */
  milliseconds: number;
  /** When each batch was begun that is in work; on the clock of whoever counts. */
  working: readonly number[];
  state: "open" | "failed" | "skipped";
}

export interface Evaluation {
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly startedAt: number;
}

export interface Checks {
  readonly total: number;
  readonly startedAt: number;
  done: number;
  /** Those that did not pass. */
  notPassed: number;
}

export interface Ended {
  readonly evaluation: Evaluation | null;
  readonly checks: Checks | null;
}

const nothing: Ended = { evaluation: null, checks: null };

/** What a command is doing at this moment, as its events tell it; for bars, lines and signs of life alike. */
export class Activity {
  phase: { readonly text: string; readonly since: number };
  evaluation: Evaluation | null = null;
  checks: Checks | null = null;
  /** What the last event has brought to its end. */
  ended: Ended = nothing;
  /** Milliseconds of one batch by earlier runs. */
  readonly paces = new Map<string, number>();
  private tallies = new Map<string, Tally>();

  /** @param now milliseconds on any clock that goes forward */
  constructor(private readonly now: () => number) {
    this.phase = { text: "", since: now() };
  }

  take(event: PipelineEvent): void {
    this.ended = nothing;
    switch (event.type) {
      case "phase":
        this.phase = { text: event.text, since: this.now() };
        this.end();
        break;
      case "pace-known":
        for (const { model, millisecondsPerBatch } of event.models)
          this.paces.set(model, millisecondsPerBatch);
        break;
      case "evaluation-planned":
        this.plan(event.models);
        break;
      case "batch-started":
        this.of(event.model).working = [...this.of(event.model).working, this.now()];
        break;
      case "batch-stopped":
        this.oneLess(event.model);
        break;
      case "batch-finished":
        this.finish(event.batch);
        break;
      case "model-failed":
        this.of(event.failure.model).state = "failed";
        break;
      case "model-skipped":
        this.of(event.model).state = "skipped";
        break;
      case "evaluation-finished":
        this.end();
        break;
      case "checks-planned":
        this.checks = { total: event.total, done: 0, notPassed: 0, startedAt: this.now() };
        break;
      case "check-finished":
        if (this.checks === null) break;
        this.checks.done += 1;
        if (event.outcome !== "passed") this.checks.notPassed += 1;
        break;
      case "notice":
      case "waiting":
      case "still-working":
      case "download":
      case "service":
      case "hook":
      case "hook-output":
        break;
    }
  }

  /** Nothing of what was in work goes on. */
  end(): void {
    this.ended = { evaluation: this.evaluation, checks: this.checks };
    this.evaluation = null;
    this.checks = null;
  }

  tally(model: string): Tally | undefined {
    return this.evaluation?.tallies.get(model);
  }

  /** Models with batches in work, the one that has waited longest for its batch first. */
  atWork(): readonly AtWork[] {
    const now = this.now();
    return [...(this.evaluation?.tallies.values() ?? [])]
      .filter(({ working }) => working.length > 0)
      .map(({ model, done, of, working }) => ({
        model,
        stored: done,
        of,
        milliseconds: now - Math.min(...working),
      }))
      .toSorted((a, b) => b.milliseconds - a.milliseconds);
  }

  /** SQLMesh works in stages and may tell of each alone, so what is known of a model stays. */
  private plan(models: readonly { readonly model: string; readonly batches: number }[]): void {
    this.begin();
    for (const { model, batches } of models) this.of(model).of = batches;
  }

  private begin(): Evaluation {
    if (this.evaluation !== null) return this.evaluation;
    this.tallies = new Map();
    this.evaluation = { tallies: this.tallies, startedAt: this.now() };
    return this.evaluation;
  }

  private of(model: string): Tally {
    this.begin();
    const tally: Tally = this.tallies.get(model) ?? {
      model,
      of: 0,
      done: 0,
      rows: null,
      milliseconds: 0,
      working: [],
      state: "open",
    };
    this.tallies.set(model, tally);
    return tally;
  }

  private finish({ model, of, rows, milliseconds }: FinishedBatch): void {
    const tally = this.of(model);
    tally.of = Math.max(tally.of, of);
    tally.done += 1;
    tally.milliseconds += milliseconds;
    if (rows !== null) tally.rows = (tally.rows ?? 0) + rows;
    this.oneLess(model);
  }

  /** Batches of a model are alike: the one that has been in work the longest counts as the one that ended. */
  private oneLess(model: string): void {
    const tally = this.of(model);
    tally.working = tally.working.slice(1);
  }
}
