import { describe, expect, it } from "vitest";
import { slowdown } from "../../../src/notify/slowdown.js";
import { stale } from "../../../src/notify/stale.js";
import { attempt, record, runResult } from "../report/fixtures.js";
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
  slowdown({ ...runResult, run: "run-20" }, [run(20, minutes), ...earlier], rule);
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
