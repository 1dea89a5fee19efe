import { describe, expect, it } from "vitest";
import { earlierFigures, estimate, figuresIn } from "../../../src/restatement/estimate.js";
import { day, restated, storedEntry } from "../../support/restatement-plans.js";

describe("figures of earlier runs", () => {
  it("are those of the newest run that knows the model", () => {
    const newest = [storedEntry("oso.a", day(0), { rows: 5, milliseconds: 100 })];
    const older = [
      storedEntry("oso.a", day(0), { rows: 1, milliseconds: 1 }),
      storedEntry("oso.b", day(0), { rows: 7, milliseconds: 10 }),
      storedEntry("oso.b", day(1), { rows: 8, milliseconds: 20 }),
    ];
    expect(Object.fromEntries(earlierFigures([newest, older]))).toEqual({
      "oso.a": { rows: 5, milliseconds: 100, batches: 1 },
      "oso.b": { rows: 15, milliseconds: 30, batches: 2 },
    });
  });

  it("count a batch once that was written down or restated twice, as it was last", () => {
    const twice = [
      storedEntry("oso.a", day(0), { attempt: 2, rows: 5, milliseconds: 100 }),
      storedEntry("oso.a", day(0), { attempt: 1, rows: 3, milliseconds: 900 }),
      storedEntry("oso.a", day(0), { attempt: 2, rows: 5, milliseconds: 100 }),
    ];
    expect(earlierFigures([twice]).get("oso.a")).toEqual({ rows: 5, milliseconds: 100, batches: 1 });
  });

  it("have no rows where Trino told of none", () => {
    const [figures] = earlierFigures([[storedEntry("oso.a", day(0), { rows: null })]]).values();
    expect(figures).toEqual({ rows: null, milliseconds: 1_000, batches: 1 });
  });
});

describe("figures in a plan", () => {
  it("are those it was made with", () => {
    const earlier = { rows: 1, milliseconds: 1_000, batches: 2 };
    const models = [restated("oso.a", 4, { earlier }), restated("oso.b", 1)];
    expect([...figuresIn({ models })]).toEqual([["oso.a", earlier]]);
    expect(figuresIn(null).size).toBe(0);
  });
});

describe("an estimate", () => {
  it("scales what earlier runs took to as many batches, and counts the models that none has restated", () => {
    const models = [
      restated("oso.a", 4, { earlier: { rows: 1, milliseconds: 1_000, batches: 2 } }),
      restated("oso.b", 1, { earlier: { rows: 1, milliseconds: 500, batches: 1 } }),
      restated("oso.c", 3),
    ];
    expect(estimate({ models })).toEqual({ milliseconds: 2_500, unknown: 1 });
  });
});
