import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { statementsSince } from "../support/crash-proof.js";
import {
  dieAndRetry,
  restatedOnce,
  restateUndisturbed,
  type Undisturbed,
} from "../support/crash-recovery.js";
import { CrashWarehouse } from "../support/crash-warehouse.js";
import { hashOf } from "../support/warehouse.js";

// One of each class of deaths; tests/crash has them all.
describe("a restatement happens exactly once, whatever dies", () => {
  let warehouse: CrashWarehouse;
  let undisturbed: Undisturbed;

  beforeAll(async () => {
    warehouse = await CrashWarehouse.build("crash");
    undisturbed = await restateUndisturbed(warehouse);
  });
  afterAll(() => warehouse.remove());

  it("the command line dies between two batches: nothing half-restated is published, a retry does the rest, and a further one nothing", async () => {
    const { first, outcome } = await dieAndRetry(
      warehouse,
      undisturbed,
      { when: "after", effect: "engine batch-finished#2", victim: "cli" },
      {
        meanwhile: async (crashed) => {
          const refused = await crashed.run(["tag-consumer"]);
          expect(refused.json).toMatchObject({ exitCode: 8, error: { code: "RUN_UNFINISHED" } });
        },
        afterwards: async (crashed) => {
          const since = await hashOf("main");
          expect(await crashed.ask(crashed.restate)).toMatchObject({ status: "already-done" });
          expect(await statementsSince(since, warehouse.schema)).toEqual(new Map());
        },
      },
    );
    expect(first.signal).toBe("SIGKILL");
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("the command line dies when its plan is saved and the run is not yet", async () => {
    const { first, outcome } = await dieAndRetry(warehouse, undisturbed, {
      when: "before",
      effect: "lease.saveRun#1",
      victim: "cli",
    });
    expect(first.signal).toBe("SIGKILL");
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("the command line dies when all is done but the lease is not given back", async () => {
    const { first, outcome } = await dieAndRetry(warehouse, undisturbed, {
      when: "before",
      effect: "lease.release#1",
      victim: "cli",
    });
    expect(first.signal).toBe("SIGKILL");
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("the bridge dies between what a batch deletes and what it inserts", async () => {
    const { first, outcome } = await dieAndRetry(warehouse, undisturbed, {
      when: "after",
      effect: "bridge DELETE events#3",
      victim: "bridge",
    });
    expect(first.exitCode).toBe(5);
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("the bridge dies when SQLMesh has stored a batch that nobody has been told of", async () => {
    const { first, outcome } = await dieAndRetry(warehouse, undisturbed, {
      when: "after",
      effect: "bridge stores events#2",
      victim: "bridge",
    });
    expect(first.exitCode).toBe(5);
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("the bridge dies when rows are appended and nothing else knows: a person has to decide", async () => {
    const { first, rebuilt, outcome } = await dieAndRetry(warehouse, undisturbed, {
      when: "after",
      effect: "bridge INSERT steps#1",
      victim: "bridge",
    });
    expect(first.exitCode).toBe(5);
    expect(rebuilt).toEqual(["steps"]);
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("the bridge dies when everything is written and the environment is not finalized", async () => {
    const { first, outcome } = await dieAndRetry(warehouse, undisturbed, {
      when: "before",
      effect: "bridge finalizes#1",
      victim: "bridge",
    });
    expect(first.exitCode).toBe(5);
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("both die, and production's record in SQLMesh's state with them: what is built is not taken for new", async () => {
    const { first, outcome } = await dieAndRetry(
      warehouse,
      undisturbed,
      { when: "after", effect: "bridge stores events#2", victim: "both" },
      { meanwhile: async (crashed) => crashed.loseEnvironment() },
    );
    expect(first.signal).toBe("SIGKILL");
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });

  it("both die with an INSERT on its way: it is ended before the batch is restated, and no row is there twice", async () => {
    const { first, rebuilt, outcome } = await dieAndRetry(
      warehouse,
      undisturbed,
      { when: "after", effect: "bridge sends INSERT events#3", victim: "both" },
      { slow: "events@2025-01-07=600" },
    );
    expect(first.signal).toBe("SIGKILL");
    expect(rebuilt).toEqual([]);
    expect(outcome).toEqual(restatedOnce(undisturbed));
  });
});
