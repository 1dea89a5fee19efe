import { afterAll, describe, expect, it } from "vitest";
import { dieAndRetry, everyEffectOf, restatedOnce, restateUndisturbed } from "../support/crash-recovery.js";
import { CrashWarehouse } from "../support/crash-warehouse.js";

const warehouse = await CrashWarehouse.build("crash_bridge");
const undisturbed = await restateUndisturbed(warehouse);

afterAll(() => warehouse.remove());

describe("a restatement happens exactly once, wherever the bridge dies", () => {
  for (const crash of everyEffectOf(undisturbed.effects).filter(({ victim }) => victim === "bridge")) {
    it(`${crash.when} ${crash.effect}`, async () => {
      const { outcome } = await dieAndRetry(warehouse, undisturbed, crash);
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});
