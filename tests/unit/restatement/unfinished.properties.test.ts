import { deepStrictEqual, strictEqual } from "node:assert";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  Repetition,
  RestatedModel,
  RestatementPlan,
} from "../../../src/restatement/restatement-plan.js";
import { decide, foldJournal, type Left, whatIsLeft } from "../../../src/restatement/unfinished.js";
import { DyingWarehouse, type Fate, keyOf } from "../../support/dying-warehouse.js";
import { restated, restatementPlan } from "../../support/restatement-plans.js";

const plans: fc.Arbitrary<RestatementPlan> = fc
  .array(
    fc.record({
      batches: fc.integer({ min: 1, max: 5 }),
      repetition: fc.constantFrom<Repetition>("each", "last", "whole"),
      parents: fc.array(fc.nat(10), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((models) =>
    restatementPlan(
      models.map(({ batches, repetition, parents }, index) =>
        restated(`m${index}`, batches, {
          repetition,
          downstreamOf: index === 0 ? [] : [...new Set(parents.map((parent) => `m${parent % index}`))],
        }),
      ),
    ),
  );

const fates: fc.Arbitrary<Fate> = fc.record({
  steps: fc.nat(40),
  choices: fc.array(fc.nat(30), { minLength: 1, maxLength: 12 }),
  lateEntries: fc.boolean(),
  lateRow: fc.boolean(),
  twice: fc.boolean(),
  fails: fc.option(fc.nat(5), { freq: 3 }),
});
const undisturbed: Fate = {
  steps: Infinity,
  choices: [0],
  lateEntries: false,
  lateRow: false,
  twice: false,
  fails: null,
};

/** One run from its first attempt to its last, with a person who knows what is in each table. */
class Run {
  readonly warehouse: DyingWarehouse;
  /** Attempt of the last rebuild that each model is touched by. */
  private readonly rebuilt = new Map<string, number>();
  private number = 0;
  /** Batches that were said to be repeated. */
  repeated = 0;

  constructor(
    private readonly plan: RestatementPlan,
    private readonly prefersRebuild: boolean,
    inOrder = false,
  ) {
    this.warehouse = new DyingWarehouse(plan, inOrder);
  }

  attempt(fate: Fate): ReturnType<DyingWarehouse["attempt"]> {
    this.number += 1;
    let left = this.look();
    if (left.undecided.length > 0) {
      this.decide(left);
      left = this.look();
      deepStrictEqual(left.undecided, []);
    }
    this.warehouse.arrive();
    return this.warehouse.attempt(this.number, left, fate);
  }

  /** What the attempt decides, after it is checked against what really is. */
  look(): Left {
    const { warehouse, plan } = this;
    const found = warehouse.found();
    const left = whatIsLeft({
      plan,
      found,
      journal: warehouse.journal,
      attempt: this.number,
      unaccounted: warehouse.unaccounted(),
    });
    warehouse.journal.push(
      ...left.newlyFound.map((range) => ({ type: "batch-found" as const, attempt: this.number, ...range })),
    );
    const ranges = new Map(left.left.map(({ model, interval }) => [model, interval]));
    const repeated = new Set(left.repeated.map(({ model, interval }) => keyOf(model, interval)));
    const undecided = new Set(left.undecided.map(({ model }) => model));
    for (const model of plan.models) {
      const range = ranges.get(model.model);
      for (const batch of model.batches) {
        const key = keyOf(model.model, batch);
        const isLeft = range !== undefined && batch.start >= range.start && batch.end <= range.end;
        if (!isLeft && !undecided.has(model.model))
          deepStrictEqual([key, this.wasStored(model, key)], [key, true]);
        if (isLeft && !repeated.has(key)) deepStrictEqual([key, this.isRecorded(model, key)], [key, false]);
        if (repeated.has(key)) deepStrictEqual([key, isLeft, model.repetition], [key, true, "each"]);
      }
    }
    this.repeated += left.repeated.length;
    return left;
  }

  /** Whether it was written to its end since the last rebuild, or a person says so. */
  private wasStored({ model }: RestatedModel, key: string): boolean {
    const since = this.rebuilt.get(model) ?? 0;
    const row = this.warehouse.rows.get(key);
    const entries = this.warehouse.journal.some(
      (entry) =>
        entry.type === "batch-stored" && keyOf(entry.model, entry.interval) === key && entry.attempt >= since,
    );
    return entries || (row !== undefined && row.attempt >= since);
  }

  /** Whether the journal tells of it, or SQLMesh's state does and it could not be an older row. */
  private isRecorded({ model }: RestatedModel, key: string): boolean {
    const since = this.rebuilt.get(model) ?? 0;
    const entries = this.warehouse.journal.filter(
      (entry) => entry.type === "batch-stored" && keyOf(entry.model, entry.interval) === key,
    );
    if (entries.some(({ attempt }) => attempt >= since)) return true;
    return since === 0 && this.warehouse.rows.has(key);
  }

  private decide(left: Left): void {
    const said = left.undecided.map(({ model, interval }) => ({
      model,
      decision:
        this.warehouse.isLastIn(model, interval) && !this.prefersRebuild
          ? ("written" as const)
          : ("rebuild" as const),
    }));
    const decisions = decide(said, left.undecided, this.number);
    strictEqual(decisions.length, said.length);
    this.warehouse.journal.push(...decisions);
    for (const { model, interval, decision } of decisions) {
      if (decision === "rebuild") this.rebuild(model);
      else if (interval) this.warehouse.accept(model, interval, this.number);
    }
  }

  private rebuild(model: string): void {
    this.rebuilt.set(model, this.number);
    for (const child of this.plan.models) if (child.downstreamOf.includes(model)) this.rebuild(child.model);
  }
}

/** Tables that must not be written twice hold each batch once. */
function expectEachBatchOnce(plan: RestatementPlan, warehouse: DyingWarehouse): void {
  for (const { model, batches, repetition } of plan.models) {
    if (repetition === "each") continue;
    expect(warehouse.contentsOf(model).toSorted()).toEqual(
      batches.map((batch) => keyOf(model, batch)).toSorted(),
    );
  }
}

describe("a restatement that dies anywhere, any number of times, with entries lost, late and doubled,", () => {
  it("forgets no batch, repeats none that is recorded, and ends with each stored once", () => {
    fc.assert(
      fc.property(plans, fc.array(fates, { maxLength: 6 }), fc.boolean(), (plan, deaths, prefersRebuild) => {
        const run = new Run(plan, prefersRebuild);
        for (const fate of deaths) run.attempt(fate);
        expect(run.attempt(undisturbed)).toBe("done");
        const { left, stored, planned, undecided } = run.look();
        expect({ left, undecided, stored }).toEqual({ left: [], undecided: [], stored: planned });
        expectEachBatchOnce(plan, run.warehouse);
      }),
      { numRuns: 500 },
    );
  });

  it("repeats one batch in flight per model and death where batches are written in order, and no stored one", () => {
    const allRepeatable = plans.map((plan) => ({
      ...plan,
      models: plan.models.map((model) => ({ ...model, repetition: "each" as const })),
    }));
    const deaths = fc
      .array(fates, { maxLength: 6 })
      .map((all) => all.map((fate): Fate => ({ ...fate, lateRow: false, fails: null })));
    fc.assert(
      fc.property(allRepeatable, deaths, (plan, dying) => {
        const run = new Run(plan, false, true);
        const ends = [...dying.map((fate) => run.attempt(fate)), run.attempt(undisturbed)];
        const killed = ends.filter((end) => end === "killed").length;
        for (const { model, batches } of plan.models) {
          const writes = run.warehouse.writes.filter((write) => write.model === model);
          expect(writes.length).toBeLessThanOrEqual(batches.length + killed);
        }
        expect(run.repeated).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the journal of such a restatement", () => {
  it("says the same in any order, and however often an entry is there", () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(fates, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        (plan, deaths, prefersRebuild, random) => {
          const run = new Run(plan, prefersRebuild);
          for (const fate of deaths) run.attempt(fate);
          const { journal } = run.warehouse;
          const shuffled = [...journal, ...journal.filter((_, index) => index % 2 === 0)]
            .map((entry) => ({ entry, rank: random.next().value }))
            .toSorted((a, b) => a.rank - b.rank)
            .map(({ entry }) => entry);
          const [facts, again] = [foldJournal(journal, plan), foldJournal(shuffled, plan)];
          expect(again.stored).toEqual(facts.stored);
          expect(again.rebuilt).toEqual(facts.rebuilt);
          expect(new Set(again.failures.keys())).toEqual(new Set(facts.failures.keys()));
        },
      ),
      { numRuns: 200 },
    );
  });
});
