import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeLeft } from "../../../src/report/pace.js";

const work = (
  model: string,
  of: number,
  done: number,
  milliseconds: number,
  working: readonly number[] = [],
) => ({
  model,
  of,
  done,
  milliseconds,
  working,
});
const earlier = new Map([
  ["oso.a", 10_000],
  ["oso.b", 20_000],
]);

describe("the time left", () => {
  it("is not known before anything is known", () => {
    expect(timeLeft([work("oso.c", 3, 0, 0)], { earlier, elapsed: 5_000, now: 5_000 })).toBeNull();
    expect(timeLeft([], { earlier, elapsed: 0, now: 0 })).toBeNull();
  });

  it("is at first what earlier runs took", () => {
    const works = [work("oso.a", 3, 0, 0), work("oso.b", 1, 0, 0)];
    expect(timeLeft(works, { earlier, elapsed: 0, now: 0 })).toBe(50_000);
  });

  it("takes a model's own pace once it has one, and what is not known for what is usual", () => {
    const works = [work("oso.c", 4, 2, 12_000), work("oso.d", 1, 0, 0)];
    expect(timeLeft(works, { earlier, elapsed: 12_000, now: 12_000 })).toBe(18_000);
  });

  it("takes the others for as much slower as this run has been so far", () => {
    const works = [work("oso.a", 2, 2, 40_000), work("oso.b", 2, 0, 0)];
    expect(timeLeft(works, { earlier, elapsed: 40_000, now: 40_000 })).toBe(80_000);
  });

  it("is less where several are worked on at once", () => {
    const works = [work("oso.a", 4, 4, 40_000), work("oso.b", 2, 0, 0)];
    expect(timeLeft(works, { earlier, elapsed: 10_000, now: 10_000 })).toBe(10_000);
  });

  it("counts what is in work as done in part, and believes a batch that takes longer than ever before", () => {
    expect(timeLeft([work("oso.a", 2, 0, 0, [0])], { earlier, elapsed: 4_000, now: 4_000 })).toBe(16_000);
    expect(timeLeft([work("oso.a", 2, 0, 0, [0])], { earlier, elapsed: 30_000, now: 30_000 })).toBe(30_000);
  });

  it("is never negative and never without end, whatever is told", () => {
    const duration = fc.nat({ max: 10_000_000 });
    const any = fc.record({
      model: fc.constantFrom("oso.a", "oso.b", "oso.c"),
      of: fc.nat({ max: 50 }),
      done: fc.nat({ max: 50 }),
      milliseconds: duration,
      working: fc.array(duration, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(any), duration, (works, elapsed) => {
        const left = timeLeft(works, { earlier, elapsed, now: 10_000_000 });
        expect(left === null || (Number.isFinite(left) && left >= 0)).toBe(true);
      }),
    );
  });
});
