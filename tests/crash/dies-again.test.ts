import { afterAll, describe, expect, it } from "vitest";
import {
  dieAndRetry,
  everyEffectOf,
  restatedOnce,
  restateUndisturbed,
  resumptionAfter,
} from "../support/crash-recovery.js";
import { type Crash, CrashWarehouse } from "../support/crash-warehouse.js";

const warehouse = await CrashWarehouse.build("crash_again");
const undisturbed = await restateUndisturbed(warehouse);

// Leaves batches that are stored, and a statement at work for longer than all of this takes.
const atWork: Crash = { when: "after", effect: "bridge sends INSERT events#3", victim: "both" };
const slow = "events@2025-01-07=600";
const takenUp = await resumptionAfter(warehouse, atWork, "run", { slow });
// From there on it is a restatement like any other.
const untilItWrites = takenUp.slice(0, takenUp.indexOf("before engine.apply#1") + 1);

// Leaves a batch of which only a person can say what is to become.
const unknown: Crash = { when: "after", effect: "bridge INSERT steps#1", victim: "bridge" };
const rebuilding = await resumptionAfter(warehouse, unknown, "resume");
// Before, it is like taking up any other; after the two batches that are rebuilt, like any other restatement.
const untilItIsRebuilt = rebuilding.slice(
  rebuilding.indexOf("before engine.stored#1"),
  rebuilding.indexOf("after engine batch-finished#2") + 1,
);

/** Which other models were left when the first death came is a matter of time. */
const isOfAnotherModel = (effect: string): boolean =>
  effect.startsWith("bridge ") && !effect.includes(" steps#");

afterAll(() => warehouse.remove());

describe("a restatement happens exactly once, wherever it dies again while it is taken up", () => {
  for (const crash of everyEffectOf(untilItWrites)) {
    it(`the ${crash.victim} ${crash.when} ${crash.effect}`, async () => {
      const again = { ...crash, within: "run" } as const;
      const { outcome } = await dieAndRetry(warehouse, undisturbed, atWork, { slow, again });
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});

describe("a restatement happens exactly once, wherever it dies again while a model is rebuilt", () => {
  for (const crash of everyEffectOf(untilItIsRebuilt)) {
    it(`the ${crash.victim} ${crash.when} ${crash.effect}`, async () => {
      const again = { ...crash, within: "resume", mayNotCome: isOfAnotherModel(crash.effect) } as const;
      const { rebuilt, outcome } = await dieAndRetry(warehouse, undisturbed, unknown, { again });
      expect(new Set(rebuilt)).toEqual(new Set(["steps"]));
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});
