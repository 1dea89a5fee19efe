import { describe, expect, it } from "vitest";
import { slowdown } from "../../../src/notify/slowdown.js";
import { stale } from "../../../src/notify/stale.js";
import type { KnownModel } from "../../../src/restatement/known-models.js";
import { attempt, outcome, record, runResult } from "../report/fixtures.js";
import type { RunRecord } from "../../../src/restatement/runs.js";

const MINUTE = 60_000;
const rule = { factor: 2, atLeastMilliseconds: 10 * MINUTE };
const START = Date.UTC(2026, 10, 1);

/** A run on the n-th day that took so many minutes. */
const run = (day: number, minutes: number, change: Partial<RunRecord> = {}): RunRecord => {
  const startedAt = new Date(START + day * 24 * 60 * MINUTE);
  const endedAt = new Date(startedAt.getTime() + minutes * MINUTE).toISOString();
  return {
    ...record,
    id: `run-${day}`,
    status: "succeeded",
    startedAt: startedAt.toISOString(),
    attempts: [attempt(1, { startedAt: startedAt.toISOString(), endedAt })],
    ...change,
  };
};
const told = (minutes: number, ...earlier: readonly RunRecord[]) =>
  slowdown({ ...runResult, run: "run-20" }, { runs: [run(20, minutes), ...earlier], models: [] }, rule);
const usual = [run(4, 30), run(3, 20), run(2, 25)];

describe("a slow run", () => {
  it("took longer than runs of the same request usually do, by factor and by time", () => {
    expect(told(60, ...usual)).toMatchObject({
      event: "slowdown",
      title: "Run in prod took 2.4 times as long as usual",
      text: "It took 1 h 0 min; the last 3 of the same request took 25 min 0 s in the middle.",
    });
    expect(told(49, ...usual)).toBeNull();
    expect(told(9, run(4, 1), run(3, 1), run(2, 1))).toBeNull();
  });

  it("is not told before anything is usual", () => {
    expect(told(600, run(4, 30), run(3, 20))).toBeNull();
  });

  it("is measured against its like: not other requests, failures, or runs that took several attempts", () => {
    const unlike = [
      run(5, 1, { requestDigest: "another" }),
      run(6, 1, { scope: "another/trino" }),
      run(7, 1, { status: "failed" }),
      run(8, 1, { attempts: [attempt(1), attempt(2)] }),
      run(30, 1),
    ];
    expect(told(600, ...unlike)).toBeNull();
    expect(told(45, ...unlike, ...usual)).toBeNull();
  });

  it("names the models that took longest", () => {
    expect(told(60, ...usual)?.lists[0]?.lines[0]).toMatch(/^oso\./);
  });
});

describe("slow models", () => {
  const paced = (...minutes: readonly number[]): KnownModel => ({
    model: "oso.a",
    kind: "FULL",
    cron: "@daily",
    timezone: null,
    unit: "day",
    end: null,
    until: null,
    paces: minutes.map((one) => one * MINUTE),
  });
  const models = (batches: number, ...known: readonly KnownModel[]) =>
    slowdown(
      { ...runResult, run: "run-20", due: { ...none, models: [outcome("oso.a", batches, batches)] } },
      { runs: [run(20, 30), ...usual], models: known },
      rule,
    );
  const none = { status: "succeeded", models: [], failures: [] } as const;

  it("took longer for a batch than they usually do, by factor and by time over all batches", () => {
    expect(models(3, paced(8, 4, 3, 4))).toMatchObject({
      event: "slowdown",
      title: "1 model in prod took longer than usual",
      lists: [{ lines: ["oso.a: 8 min 0 s a batch, usually 4 min 0 s"] }],
    });
    expect(models(2, paced(8, 4, 3, 4))).toBeNull();
    expect(models(9, paced(7, 4, 4, 4))).toBeNull();
  });

  it("are not told before anything is usual, nor when this run has stored nothing of them", () => {
    expect(models(9, paced(80, 4, 4))).toBeNull();
    expect(models(0, paced(80, 4, 4, 4))).toBeNull();
  });

  it("are named beside a run that was slow as a whole", () => {
    const both = slowdown(
      { ...runResult, run: "run-20", due: { ...none, models: [outcome("oso.a", 3, 3)] } },
      { runs: [run(20, 60), ...usual], models: [paced(8, 4, 3, 4)] },
      rule,
    );
    expect(both?.title).toBe("Run in prod took 2.4 times as long as usual");
    expect(both?.lists.map(({ title }) => title)).toEqual(["Slower than usual", "Longest"]);
  });
});

describe("stale models", () => {
  it("are told with how far they are complete", () => {
    const models = [
      {
        model: "oso.b",
        cron: "@daily",
        until: "2026-11-18T00:00:00.000Z",
        behindMilliseconds: 3 * 24 * 60 * MINUTE,
      },
      { model: "oso.a", cron: "@weekly", until: null, behindMilliseconds: null },
    ];
    expect(stale(models, "prod")).toMatchObject({
      event: "stale",
      title: "2 models in prod are stale",
      lists: [
        {
          lines: [
            "oso.b: complete up to 2026-11-18 00:00, 3 d behind (@daily)",
            "oso.a: no data yet (@weekly)",
          ],
        },
      ],
    });
    expect(stale([], "prod")).toBeNull();
  });

  it("are the same news however late they get", () => {
    const model = {
      model: "oso.a",
      cron: "@daily",
      until: "2026-11-18T00:00:00.000Z",
      behindMilliseconds: 1,
    };
    const later = { ...model, behindMilliseconds: 2 };
    expect(stale([model], "prod")?.fingerprint).toBe(stale([later], "prod")?.fingerprint);
    expect(stale([{ ...model, model: "oso.b" }], "prod")?.fingerprint).not.toBe(
      stale([model], "prod")?.fingerprint,
    );
  });
});
