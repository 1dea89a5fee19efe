import { afterAll, describe, expect, it } from "vitest";
import {
  dieAndRetry,
  everyEffectOf,
  restatedOnce,
  restateUndisturbed,
  resumptionAfter,
} from "../support/crash-recovery.js";
import { type Crash, CrashWarehouse } from "../support/crash-warehouse.js";

const warehouse = await CrashWarehouse.build("crash_both");
const undisturbed = await restateUndisturbed(warehouse);

// Leaves the most to find: batches that are stored and not journalled, a table partly appended to, a query at work.
const first: Crash = { when: "after", effect: "bridge sends INSERT steps#1", victim: "both" };
const slow = "steps@2025-01-05=600";
const resumption = await resumptionAfter(warehouse, first, { slow });
// From there on it is a restatement like any other.
const beforeItWrites = resumption.slice(0, resumption.indexOf("before engine.apply#1") + 1);

afterAll(() => warehouse.remove());

describe("a restatement happens exactly once, whatever statement is on its way when everything dies", () => {
  for (const crash of everyEffectOf(undisturbed.effects).filter(({ victim }) => victim === "both")) {
    it(`${crash.when} ${crash.effect}`, async () => {
      const { outcome } = await dieAndRetry(warehouse, undisturbed, crash);
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});

describe("a restatement happens exactly once, wherever it dies again when it is taken up", () => {
  for (const again of everyEffectOf(beforeItWrites)) {
    it(`the ${again.victim} ${again.when} ${again.effect}`, async () => {
      const { outcome } = await dieAndRetry(warehouse, undisturbed, first, { slow, again });
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});
