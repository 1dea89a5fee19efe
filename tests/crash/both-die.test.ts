import { afterAll, describe, expect, it } from "vitest";
import { dieAndRetry, everyEffectOf, restatedOnce, restateUndisturbed } from "../support/crash-recovery.js";
import { CrashWarehouse } from "../support/crash-warehouse.js";

const warehouse = await CrashWarehouse.build("crash_both");
const undisturbed = await restateUndisturbed(warehouse);

afterAll(() => warehouse.remove());

describe("a restatement happens exactly once, whatever statement is on its way when everything dies", () => {
  for (const crash of everyEffectOf(undisturbed.effects).filter(({ victim }) => victim === "both")) {
    it(`${crash.when} ${crash.effect}`, async () => {
      const { outcome } = await dieAndRetry(warehouse, undisturbed, crash);
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});
