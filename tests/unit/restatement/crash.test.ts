import { array, assert, asyncProperty, integer } from "fast-check";
import { describe, expect, it } from "vitest";
import { unsurrounded } from "../../../src/core/stage.js";
import type { PipelineError } from "../../../src/core/errors.js";
import type { RunRequest } from "../../../src/restatement/request.js";
import { RunService } from "../../../src/restatement/run.js";
import type { ResumeOptions, RunOptions } from "../../../src/restatement/run-options.js";
import type { RunResult } from "../../../src/restatement/run-result.js";
import { createStateStore } from "../../../src/state/store.js";
import { FakeTime } from "../../support/fake-clock.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import {
  SimulatedEngine,
  type SimulatedModel,
  SimulatedWarehouse,
} from "../../support/simulated-warehouse.js";
import { FakeMachines } from "../../support/state-store.js";

const models: readonly SimulatedModel[] = [
  { name: "oso.events", kind: "INCREMENTAL_BY_TIME_RANGE", batches: 3, repetition: "each", parents: [] },
  {
    name: "oso.log",
    kind: "INCREMENTAL_UNMANAGED",
    batches: 3,
    repetition: "whole",
    parents: ["oso.events"],
  },
  { name: "oso.history", kind: "SCD_TYPE_2_BY_TIME", batches: 3, repetition: "last", parents: ["oso.log"] },
  { name: "oso.totals", kind: "FULL", batches: 1, repetition: "each", parents: ["oso.history"] },
];
const request: RunRequest = {
  environment: "prod",
  restateModels: ["oso.events"],
  restateCategories: [],
  start: null,
  end: null,
  skipTests: false,
  allowDestructiveModels: [],
};
const options: RunOptions & ResumeOptions = {
  waitMilliseconds: 0,
  approval: null,
  yes: true,
  confirm: null,
  runKey: null,
  force: false,
  plan: null,
  written: [],
  rebuild: [],
};

const batches = models.reduce((sum, model) => sum + model.batches, 0);

/** One warehouse and one state store, and processes that come and die. */
class World {
  readonly warehouse = new SimulatedWarehouse(models);
  private readonly records = new FakeRecordStore();
  private readonly time = new FakeTime();
  private readonly machines = new FakeMachines();
  private processes = 0;

  /** Runs a process until it ends, or until it dies at its n-th step. */
  async process<R>(
    work: (runs: RunService) => Promise<R>,
    dieAt = Infinity,
  ): Promise<{ ended: R } | { died: string; steps: number } | { refused: PipelineError }> {
    const pid = (this.processes += 1);
    this.machines.start("here", pid);
    let steps = 0;
    let die: (step: string) => void = () => undefined;
    const death = new Promise<string>((resolve) => {
      die = resolve;
    });
    const forever = new Promise<never>(() => undefined);
    const checkpoint = async (step: string): Promise<void> => {
      if (steps >= dieAt) return forever;
      steps += 1;
      if (steps < dieAt) return;
      this.machines.end("here", pid);
      die(step);
      return forever;
    };
    const records = this.records.client(
      (operation, key) => checkpoint(`${operation} ${key}`),
      () => checkpoint("answered"),
    );
    const runs = new RunService({
      engine: new SimulatedEngine(this.warehouse, checkpoint),
      state: createStateStore({
        records,
        ttlMilliseconds: 60_000,
        keepRuns: 10,
        clock: this.time.clock(),
        host: this.machines.host("here"),
      }),
      main: this.warehouse.history(checkpoint),
      queries: this.warehouse.trino(checkpoint),
      policy: {
        mode: "prompt",
        environments: ["prod"],
        freeUpTo: { models: null, batches: null },
        byAnother: false,
        expiresMilliseconds: null,
      },
      trigger: async () => ({
        source: "key",
        key: "weekly",
        by: { name: "tester", from: "login" },
        link: null,
      }),
      report: () => undefined,
      signal: new AbortController().signal,
      now: () => this.warehouse.moment(),
      monotonic: () => this.time.now,
      sleep: async () => undefined,
      surround: unsurrounded,
      random: () => (pid % 1000) / 1000,
      host: { name: "here", pid },
      clientTimeoutMilliseconds: 1000,
    });
    const ended = work(runs).then(
      (result) => ({ ended: result }),
      (thrown: PipelineError) => ({ refused: thrown }),
    );
    const outcome = await Promise.race([ended, death.then((died) => ({ died, steps }))]);
    this.machines.end("here", pid);
    return outcome;
  }

  run(dieAt?: number) {
    return this.process(async (runs) => runs.run(request, options), dieAt);
  }

  resume(more: Partial<ResumeOptions>) {
    return this.process(async (runs) => runs.resume(null, { ...options, ...more }));
  }

  /** How often each batch was written, beyond the once that it has to be. */
  writtenMoreThanOnce(): readonly string[] {
    const seen = new Map<string, number>();
    for (const { model, batch } of this.warehouse.written) {
      seen.set(`${model} ${batch}`, (seen.get(`${model} ${batch}`) ?? 0) + 1);
    }
    return [...seen].flatMap(([batch, times]) => (times > 1 ? [`${batch} ${times} times`] : []));
  }
}

/** The same command until it is done; a person decides where nothing else can. */
async function untilDone(world: World): Promise<{ result: RunResult; decisions: number }> {
  let outcome = await world.run();
  let decisions = 0;
  for (; "ended" in outcome && outcome.ended.failure?.code === "RUN_UNDECIDED"; decisions += 1) {
    outcome = await world.resume({ rebuild: ["oso.log"] });
  }
  if (!("ended" in outcome)) throw new Error(`it did not end: ${JSON.stringify(outcome)}`);
  expect(outcome.ended.failure).toBeUndefined();
  return { result: outcome.ended.result, decisions };
}

function expectWhole(world: World, decisions: number): void {
  const { tables, written, cleared } = world.warehouse;
  for (const { name, batches: planned } of models) {
    const rows = [...(tables.get(name)?.values() ?? [])];
    expect(rows, `${name} holds every batch once`).toEqual(Array.from({ length: planned }, () => 1));
  }
  expect(new Set(written.map(({ model, batch }) => `${model} ${batch}`)).size).toBe(batches);
  expect(cleared.at(-1)).toEqual(models.map(({ name }) => name));
  // A model that a person has rebuilt is written anew as a whole.
  const most = decisions === 0 ? 1 : batches;
  expect(world.writtenMoreThanOnce().length).toBeLessThanOrEqual(most);
}

/** Steps of an undisturbed run. */
async function countSteps(): Promise<number> {
  const world = new World();
  let count = 0;
  const outcome = await world.run();
  expect("ended" in outcome && outcome.ended.failure).toBeUndefined();
  expectWhole(world, 0);
  for (;;) {
    const other = await new World().run(count + 1);
    if (!("died" in other)) return count;
    count += 1;
  }
}

const steps = await countSteps();

describe("a restatement whose process dies", () => {
  it("has many steps to die at", () => {
    expect(steps).toBeGreaterThan(50);
  });

  it.each(Array.from({ length: steps }, (_, index) => index + 1))(
    "at step %i is whole after the same command again",
    async (step) => {
      const world = new World();
      const first = await world.run(step);
      expect(first).toHaveProperty("died");
      const { result, decisions } = await untilDone(world);
      expect(result.status).toMatch(/succeeded|nothing-to-do|already-done/);
      expectWhole(world, decisions);
    },
  );

  it("again and again, at whatever steps, is whole in the end, one repetition at most for each death", async () => {
    await assert(
      asyncProperty(
        array(integer({ min: 1, max: steps }), { minLength: 2, maxLength: 5 }),
        async (deaths) => {
          const world = new World();
          for (const step of deaths) {
            const outcome = await world.run(step);
            if ("ended" in outcome && !outcome.ended.failure) return; // It was done before that step.
          }
          const { decisions } = await untilDone(world);
          const { tables } = world.warehouse;
          for (const { name, batches: planned } of models) {
            expect([...(tables.get(name)?.values() ?? [])]).toEqual(Array.from({ length: planned }, () => 1));
          }
          const again = world.warehouse.written.length - batches;
          expect(again).toBeLessThanOrEqual(
            decisions === 0 ? deaths.length : deaths.length + decisions * batches,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
