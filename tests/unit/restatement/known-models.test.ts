import { describe, expect, it } from "vitest";
import { learned, pacesOf } from "../../../src/restatement/known-models.js";
import type { ModelCoverage } from "../../../src/restatement/ports.js";
import { FakeTime } from "../../support/fake-clock.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { FakeMachines, FakeProcess, scope } from "../../support/state-store.js";
import { outcome } from "../report/fixtures.js";

const covered = (model: string, until = "2026-11-21T00:00:00.000Z"): ModelCoverage => ({
  model,
  kind: "FULL",
  cron: "@daily",
  timezone: null,
  unit: "day",
  end: null,
  until,
});

describe("what a run learns of its models", () => {
  it("is how far each is complete now, and the pace of the last run that stored any of it", () => {
    const first = learned(
      {
        coverage: [covered("oso.a"), covered("oso.b")],
        outcomes: [outcome("oso.a", 4, 4), outcome("oso.b", 0, 2)],
      },
      null,
    );
    expect(pacesOf({ models: first })).toEqual([{ model: "oso.a", millisecondsPerBatch: 2_500 }]);
    const later = "2026-11-22T00:00:00.000Z";
    const second = learned(
      {
        coverage: [covered("oso.a", later), covered("oso.b", later)],
        outcomes: [outcome("oso.b", 2, 2), { ...outcome("oso.b", 1, 1), milliseconds: 900 }],
      },
      { models: first },
    );
    expect(second.map(({ until }) => until)).toEqual([later, later]);
    expect(pacesOf({ models: second })).toEqual([
      { model: "oso.a", millisecondsPerBatch: 2_500 },
      { model: "oso.b", millisecondsPerBatch: 900 },
    ]);
  });

  it("is the pace of several runs, newest first, and of the last ten only", () => {
    const after = Array.from({ length: 12 }, (_, run) => ({
      ...outcome("oso.a", 2, 2),
      milliseconds: run * 100,
    })).reduce<ReturnType<typeof learned>>(
      (models, one) => learned({ coverage: [covered("oso.a")], outcomes: [one] }, { models }),
      [],
    );
    expect(after[0]?.paces).toEqual([550, 500, 450, 400, 350, 300, 250, 200, 150, 100]);
  });

  it("forgets models that are gone", () => {
    const before = learned(
      { coverage: [covered("oso.a"), covered("oso.b")], outcomes: [outcome("oso.a", 1, 1)] },
      null,
    );
    const after = learned({ coverage: [covered("oso.b")], outcomes: [] }, { models: before });
    expect(after.map(({ model }) => model)).toEqual(["oso.b"]);
  });

  it("is remembered for each environment, the last word of each, and written under the lease only", async () => {
    const parts = {
      records: new FakeRecordStore(),
      clock: new FakeTime().clock(),
      machines: new FakeMachines(),
    };
    const process = new FakeProcess("a", parts);
    const lease = await process.acquire();
    const known = (environment: string, run: string) => ({
      scope,
      environment,
      run,
      at: "2026-11-21T14:20:00.000Z",
      models: learned({ coverage: [covered("oso.a")], outcomes: [outcome("oso.a", 1, 1)] }, null),
    });
    await lease.saveKnownModels(known("prod", "1"));
    await lease.saveKnownModels(known("dev", "2"));
    await lease.saveKnownModels(known("prod", "3"));
    expect((await process.store.knownModels()).toSorted((a, b) => (a.run < b.run ? -1 : 1))).toEqual([
      known("dev", "2"),
      known("prod", "3"),
    ]);
    await process.store.releaseLease(scope);
    await expect(lease.saveKnownModels(known("prod", "4"))).rejects.toMatchObject({ code: "LEASE_LOST" });
  });
});
