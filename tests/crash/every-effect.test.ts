import { afterAll, describe, expect, it } from "vitest";
import { dieAndRetry, everyEffectOf, restatedOnce, restateUndisturbed } from "../support/crash-recovery.js";
import { CrashWarehouse } from "../support/crash-warehouse.js";

const warehouse = await CrashWarehouse.build("crash_all");
const undisturbed = await restateUndisturbed(warehouse);

afterAll(() => warehouse.remove());

describe("a restatement happens exactly once, wherever it dies", () => {
  for (const crash of everyEffectOf(undisturbed)) {
    it(`the ${crash.victim} killed ${crash.when} ${crash.effect}`, async () => {
      const { outcome } = await dieAndRetry(warehouse, undisturbed, crash);
      expect(outcome).toEqual(restatedOnce(undisturbed));
    });
  }
});
