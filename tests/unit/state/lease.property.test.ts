import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  record,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";
import type { HeldLease } from "../../../src/restatement/ports.js";
import { FakeTime, settled } from "../../support/fake-clock.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { storedEntry, day } from "../../support/restatement-plans.js";
import { FakeMachines, FakeProcess, scope, ttl } from "../../support/state-store.js";

const names = ["one", "two", "three"] as const;
const who = constantFrom(...names);

const step = oneof(
  {
    weight: 6,
    arbitrary: record({ do: constant("pass" as const), time: integer({ min: 1, max: ttl }) }),
  },
  { weight: 3, arbitrary: record({ do: constant("acquire" as const), who }) },
  { weight: 4, arbitrary: record({ do: constant("write" as const), who }) },
  {
    weight: 3,
    arbitrary: record({ do: constant("stop" as const), who, gates: integer({ min: 0, max: 3 }) }),
  },
  { weight: 3, arbitrary: record({ do: constant("go on" as const), who }) },
  { weight: 1, arbitrary: record({ do: constant("release" as const), who }) },
  { weight: 1, arbitrary: record({ do: constant("take away" as const) }) },
);

type Step = typeof step extends Arbitrary<infer S> ? S : never;

/** A process that can be stopped between any two of its steps, before or after each thing it asks of the store. */
class Stoppable {
  /** Gates that are still passed; none once it has stopped. */
  #left = Infinity;
  #waiting: (() => void)[] = [];

  readonly gate = async (): Promise<void> => {
    this.#left -= 1;
    while (this.#left < 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  };

  stop(gates: number): void {
    this.#left = Math.min(this.#left, gates);
  }

  goOn(): void {
    this.#left = Infinity;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

interface Actor {
  readonly process: FakeProcess;
  readonly flow: Stoppable;
  lease: HeldLease | undefined;
  acquiring: boolean;
  /** Until when it may let its bridge write, in the time of all. */
  certainUntil: number;
  entries: number;
}

/** Plays the steps; calls `look` after each, and whenever one of them is let write. */
async function play(
  steps: readonly Step[],
  clocks: readonly number[],
  randoms: readonly number[],
  look: (actors: readonly Actor[], now: number) => void,
): Promise<FakeRecordStore> {
  const time = new FakeTime();
  const records = new FakeRecordStore();
  const machines = new FakeMachines();
  let next = 0;
  const random = (): number => randoms[(next += 1) % randoms.length] ?? 0.5;
  const actors = names.map((name, n): Actor => {
    const flow = new Stoppable();
    const client = records.client(flow.gate, flow.gate);
    const clock = time.clock({ ahead: clocks[n] ?? 0, random, gate: flow.gate });
    const process = new FakeProcess(name, { records: client, clock, machines });
    return { process, flow, lease: undefined, acquiring: false, certainUntil: -1, entries: 0 };
  });
  const operator = new FakeProcess("operator", { records: records.client(), clock: time.clock(), machines });
  const actor = (name: string): Actor => actors.find(({ process }) => process.name === name) as Actor;

  let interventions = 0;

  const acquire = async (one: Actor): Promise<void> => {
    const begun = interventions;
    one.acquiring = true;
    try {
      const lease = await one.process.acquire();
      one.lease = lease;
      lease.onRenewed((milliseconds) => {
        if (one.lease !== lease || begun !== interventions) return;
        one.certainUntil = time.now + milliseconds;
        look(actors, time.now);
      });
      lease.lost.addEventListener("abort", () => {
        one.lease = undefined;
        one.certainUntil = -1;
      });
    } catch {
      // Held by another: as good as not having tried.
    } finally {
      one.acquiring = false;
    }
  };

  for (const taken of steps) {
    if (taken.do === "pass") await time.advance(taken.time);
    else if (taken.do === "take away") {
      await operator.store.releaseLease(scope);
      // The bridge of the holder, and of one that does not know yet that it was one, may use up what it is given.
      interventions += 1;
      for (const one of actors) one.certainUntil = -1;
    } else {
      const one = actor(taken.who);
      if (taken.do === "acquire" && !one.acquiring && one.lease === undefined) void acquire(one);
      if (taken.do === "write") {
        one.lease?.append("run", storedEntry(one.process.name, day((one.entries += 1))));
        one.lease?.flush().catch(() => undefined);
      }
      if (taken.do === "stop") one.flow.stop(taken.gates);
      if (taken.do === "go on") one.flow.goOn();
      if (taken.do === "release") {
        one.lease?.release().catch(() => undefined);
        if (one.lease !== undefined) one.certainUntil = -1;
        one.lease = undefined;
      }
    }
    await settled();
    look(actors, time.now);
  }
  return records;
}

const world = [
  array(step, { minLength: 10, maxLength: 80 }),
  array(integer({ min: -1e9, max: 1e9 }), { minLength: 3, maxLength: 3 }),
  array(double({ min: 0, max: 0.999, noNaN: true }), { minLength: 5, maxLength: 5 }),
] as const;

type World = [readonly Step[], readonly number[], readonly number[]];

/** Plays many worlds; the first answer that is not `undefined` is what is wrong with one of them. */
async function wrong(judge: (...world: World) => Promise<string | undefined>): Promise<string | undefined> {
  let found: string | undefined;
  const property = asyncProperty(...world, async (...one) => (found = await judge(...one)) === undefined);
  await assert(property, { numRuns: 400 });
  return found;
}

describe("whatever two or three processes do, stop, sleep through and lose", { timeout: 60_000 }, () => {
  it("nobody writes once another has taken the lease", async () => {
    const strangers = await wrong(async (...one) => {
      const { writes } = await play(...one, () => undefined);
      let holder: string | undefined;
      for (const { key, value } of writes) {
        const { run, entries } = toldIn(value);
        if (key.startsWith("lease/")) holder = run;
        if (key.startsWith("journal/") && entries.at(-1) !== holder) return `${entries.at(-1)} for ${holder}`;
      }
      return undefined;
    });
    expect(strangers).toBeUndefined();
  });

  it("the journal holds each entry once, each process's in its order", async () => {
    const disorder = await wrong(async (...one) => {
      const records = await play(...one, () => undefined);
      const reader = new FakeProcess("reader", {
        records: records.client(),
        clock: new FakeTime().clock(),
        machines: new FakeMachines(),
      });
      const journal = (await reader.store.journal("run")).map((entry) => JSON.stringify(entry));
      const own = names.map((name) => journal.filter((entry) => entry.includes(`"${name}"`)));
      const isInOrder = own.every((texts) =>
        texts.every((text, n) => n === 0 || (texts[n - 1] ?? "") < text),
      );
      return isInOrder ? undefined : journal.join("\n");
    });
    expect(disorder).toBeUndefined();
  });

  it("at most one may let its bridge write at any time, unless an operator has stepped in", async () => {
    const together = await wrong(async (...one) => {
      let most = 0;
      await play(...one, (actors, now) => {
        most = Math.max(most, actors.filter(({ certainUntil }) => certainUntil > now).length);
      });
      return most > 1 ? `${most} at once` : undefined;
    });
    expect(together).toBeUndefined();
  });
});

/** The holder in a lease's record, the models in a journal's. */
function toldIn(value: string | null): { run: string | undefined; entries: string[] } {
  const json = JSON.parse(value ?? "{}") as { holder?: { run: string }; entries?: { model: string }[] };
  return { run: json.holder?.run, entries: (json.entries ?? []).map(({ model }) => model) };
}
