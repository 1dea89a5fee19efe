import type { Interval } from "../../src/core/events.js";
import type { UnaccountedCommit } from "../../src/restatement/foreign.js";
import type { ModelRange } from "../../src/restatement/ports.js";
import type { RestatedModel, RestatementPlan } from "../../src/restatement/restatement-plan.js";
import type { JournalEntry } from "../../src/restatement/runs.js";
import type { Left } from "../../src/restatement/unfinished.js";
import { storedEntry } from "./restatement-plans.js";

type StoredEntry = Extract<JournalEntry, { type: "batch-stored" }>;

interface Write {
  readonly model: string;
  readonly batch: string;
  readonly attempt: number;
  readonly query: string;
}

/** What becomes of an attempt: how far it gets, and what is lost of it or comes late. */
export interface Fate {
  /** Steps after which the process is killed: each is a write, SQLMesh's row of it, its entry, or the journal's write. */
  readonly steps: number;
  /** What happens first wherever several things may. */
  readonly choices: readonly number[];
  /**
   * Entries that were on their way come after the next attempt has begun, instead of being lost. The journal's fence
   * lets none come so, and for models that must not be written twice everything rests on it; the others can bear it.
   */
  readonly lateEntries: boolean;
  /** SQLMesh's last row comes after the next attempt has begun. */
  readonly lateRow: boolean;
  /** The journal's writes are repeated, as after a lost reply. */
  readonly twice: boolean;
  /** Which model's audit fails, once it has been written. */
  readonly fails: number | null;
}

/** Tables, SQLMesh's rows and the journal, as dying attempts leave them behind. */
export class DyingWarehouse {
  /** What is durable. */
  readonly journal: JournalEntry[] = [];
  readonly rows = new Map<string, Write>();
  readonly writes: Write[] = [];
  /** What is in each table that must not be written twice, batch by batch. */
  private readonly contents = new Map<string, string[]>();
  private buffer: StoredEntry[] = [];
  private late: { entries: StoredEntry[]; row: [string, Write] | undefined } = {
    entries: [],
    row: undefined,
  };

  /** @param inOrder every model writes one batch after the other; else only those that must not be written twice do */
  constructor(
    private readonly plan: RestatementPlan,
    private readonly inOrder: boolean,
  ) {}

  found(): ModelRange[] {
    return this.plan.models.flatMap(({ model, batches }) =>
      batches.filter((batch) => this.rows.has(keyOf(model, batch))).map((interval) => ({ model, interval })),
    );
  }

  /** Commits on tables that must not be written twice which no journalled query made. */
  unaccounted(): Map<string, UnaccountedCommit[]> {
    const known = new Set(
      this.journal.flatMap((entry) => (entry.type === "batch-stored" ? entry.queries : [])),
    );
    return new Map(
      this.plan.models
        .filter(({ repetition }) => repetition !== "each")
        .map(({ model, table }) => [
          model,
          this.writes
            .filter((write) => write.model === model && !known.has(write.query))
            .map(({ query }) => ({ hash: query, table: table ?? "", queryId: query, by: "unknown" })),
        ]),
    );
  }

  /** What a person sees who looks into the table: whether it ends with this batch. */
  isLastIn(model: string, batch: Interval): boolean {
    return this.contents.get(model)?.at(-1) === keyOf(model, batch);
  }

  contentsOf(model: string): readonly string[] {
    return this.contents.get(model) ?? [];
  }

  /** SQLMesh's own count of a batch as done. */
  accept(model: string, batch: Interval, attempt: number): void {
    this.rows.set(keyOf(model, batch), { model, batch: batch.start, attempt, query: "" });
  }

  /** What was late of the attempt before arrives. */
  arrive(): void {
    this.journal.push(...this.late.entries);
    const { row } = this.late;
    if (row && !this.rows.has(row[0])) this.rows.set(...row);
    this.late = { entries: [], row: undefined };
  }

  /** Restates as SQLMesh does: parents before children, and each model's batches in order where its kind asks for it. */
  attempt(number: number, left: Left, fate: Fate): "done" | "failed" | "killed" {
    let steps = fate.steps;
    let turn = 0;
    const choose = (among: number): number => (fate.choices[turn++ % fate.choices.length] ?? 0) % among;
    const ranges = new Map(left.left.map(({ model, interval }) => [model, interval]));
    const todo = new Map(
      this.plan.models.map((model) => [model.model, within(model, ranges.get(model.model))]),
    );
    const broken = new Set<string>();
    const open: { model: RestatedModel; batch: Interval; step: "write" | "row" | "entry"; query: string }[] =
      [];
    let lastRow: [string, Write] | undefined;
    const isFree = ({ model, downstreamOf, repetition }: RestatedModel): boolean =>
      !broken.has(model) &&
      (todo.get(model) ?? []).length > 0 &&
      downstreamOf.every((parent) => isFinished(parent)) &&
      ((repetition === "each" && !this.inOrder) || !open.some((one) => one.model.model === model));
    const isFinished = (model: string): boolean =>
      !broken.has(model) &&
      (todo.get(model) ?? []).length === 0 &&
      !open.some((one) => one.model.model === model);

    for (;;) {
      for (const model of this.plan.models) {
        if (model.downstreamOf.some((parent) => broken.has(parent))) broken.add(model.model);
      }
      for (const model of this.plan.models.filter(isFree)) {
        const batch = todo.get(model.model)?.shift();
        if (batch)
          open.push({ model, batch, step: "write", query: `q${this.writes.length}-${open.length}-${turn}` });
      }
      if (open.length === 0) break;
      if (steps-- === 0) return this.die(fate, lastRow);
      const task = open[choose(open.length)];
      if (!task) break;
      const { model, batch, query } = task;
      const key = keyOf(model.model, batch);
      const write: Write = { model: model.model, batch: batch.start, attempt: number, query };
      switch (task.step) {
        case "write":
          this.write(model, batch, write, left);
          task.step = "row";
          if (fate.fails !== null && this.plan.models[fate.fails % this.plan.models.length] === model) {
            broken.add(model.model);
            open.splice(open.indexOf(task), 1);
            this.journal.push({
              type: "model-failed",
              attempt: number,
              failure: { model: model.model, reason: "audit", message: "", audits: [] },
            });
          }
          break;
        case "row":
          // Rows are added, so that one of an earlier attempt stays.
          lastRow = this.rows.has(key) ? undefined : [key, write];
          this.rows.set(key, write);
          task.step = "entry";
          break;
        case "entry":
          this.buffer.push(storedEntry(model.model, batch, { attempt: number, queries: [query] }));
          open.splice(open.indexOf(task), 1);
          if (choose(3) === 0) this.flush(fate.twice);
          break;
      }
    }
    this.flush(fate.twice);
    return broken.size > 0 ? "failed" : "done";
  }

  private write(
    { model, repetition, batches }: RestatedModel,
    batch: Interval,
    write: Write,
    left: Left,
  ): void {
    this.writes.push(write);
    if (repetition === "each") return;
    const whole = left.left.find((one) => one.model === model)?.interval.start === batches[0]?.start;
    const before = whole && batch === batches[0] ? [] : (this.contents.get(model) ?? []);
    if (repetition === "last" && before.at(-1) === keyOf(model, batch)) return;
    this.contents.set(model, [...before, keyOf(model, batch)]);
  }

  private canBearRepetition(name: string): boolean {
    return this.plan.models.some(({ model, repetition }) => model === name && repetition === "each");
  }

  private flush(twice: boolean): void {
    this.journal.push(...this.buffer, ...(twice ? this.buffer : []));
    this.buffer = [];
  }

  private die(fate: Fate, lastRow: [string, Write] | undefined): "killed" {
    // SQLMesh waits for a row before it goes on with the model, where batches depend on each other.
    const isOvertaken = (row: Write): boolean =>
      !this.canBearRepetition(row.model) &&
      this.writes.findLast(({ model }) => model === row.model)?.query !== row.query;
    const isLate =
      fate.lateRow &&
      lastRow !== undefined &&
      this.rows.get(lastRow[0]) === lastRow[1] &&
      !isOvertaken(lastRow[1]);
    if (isLate) this.rows.delete(lastRow[0]);
    this.late = {
      entries: fate.lateEntries ? this.buffer.filter(({ model }) => this.canBearRepetition(model)) : [],
      row: isLate ? lastRow : undefined,
    };
    this.buffer = [];
    return "killed";
  }
}

export const keyOf = (model: string, { start }: Pick<Interval, "start">): string => `${model} ${start}`;

const within = ({ batches }: RestatedModel, range: Interval | undefined): Interval[] =>
  range ? batches.filter(({ start, end }) => start >= range.start && end <= range.end) : [];
