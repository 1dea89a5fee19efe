import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dieAndRetry, restateUndisturbed, type Undisturbed } from "../support/crash-recovery.js";
import { CrashWarehouse } from "../support/crash-warehouse.js";

describe("a restatement happens exactly once, whatever dies", () => {
  let warehouse: CrashWarehouse;
  let undisturbed: Undisturbed;

  beforeAll(async () => {
    warehouse = await CrashWarehouse.build("crash");
    undisturbed = await restateUndisturbed(warehouse);
  });
  afterAll(() => warehouse.remove());

  it("the command line killed between two batches; meanwhile nothing half-restated is published", async () => {
    const { first } = await dieAndRetry(
      warehouse,
      undisturbed,
      { when: "after", effect: "engine batch-finished#2", victim: "cli" },
      {
        meanwhile: async (crashed) => {
          const refused = await crashed.run(["tag-consumer"]);
          expect(refused.json).toMatchObject({ exitCode: 8, error: { code: "RUN_UNFINISHED" } });
        },
      },
    );
    expect(first.signal).toBe("SIGKILL");
  });

  it("the bridge killed between two batches", async () => {
    const { first } = await dieAndRetry(warehouse, undisturbed, {
      when: "after",
      effect: "engine batch-finished#5",
      victim: "bridge",
    });
    expect(first.exitCode).toBe(5);
  });
});
