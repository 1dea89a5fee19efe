import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hash } from "../../../src/core/commit.js";
import { PipelineError } from "../../../src/core/errors.js";
import { UnfinishedGuard } from "../../../src/release/guard.js";
import type { GuardedRun } from "../../../src/release/ports.js";
import { errorOf } from "../../support/errors.js";
import { FakeReferenceStore, hash } from "../../support/fake-reference-store.js";

const main: Hash[] = Array.from({ length: 16 }, (_, index) => hash(`${index.toString(16)}c`));
const commit = (index: number): Hash => main[index] ?? hash("f");
const run = (start: number, end: number | null, id = "r"): GuardedRun => ({
  id,
  isUnfinished: end === null,
  mainAtStart: commit(start),
  mainAtEnd: end === null ? null : commit(end),
});

function setUp(...runs: GuardedRun[]) {
  const store = new FakeReferenceStore([...main]);
  const guard = new UnfinishedGuard({ runs: async () => runs }, store);
  const isRefused = async (base: number): Promise<boolean> => {
    try {
      await guard.check(commit(base));
      return false;
    } catch (thrown) {
      if (thrown instanceof PipelineError && thrown.code === "RUN_UNFINISHED") return true;
      throw thrown;
    }
  };
  return { store, runs, guard, isRefused };
}

describe("the guard of publishing", () => {
  it("refuses exactly the commits between the start of a run and its end, whatever runs there are", async () => {
    const index = fc.nat(main.length - 1);
    const anyRun = fc.oneof(
      index.map((start) => [start, null] as const),
      fc.tuple(index, index).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyRun, { maxLength: 5 }), index, async (ranges, base) => {
        const isInside = ranges.some(([start, end]) => start < base && (end === null || base < end));
        const { isRefused } = setUp(...ranges.map(([start, end], id) => run(start, end, `run-${id}`)));
        expect(await isRefused(base)).toBe(isInside);
      }),
    );
  });

  it("lets an earlier release through that main no longer has", async () => {
    const { guard } = setUp(run(3, null), run(0, 9));
    await expect(guard.check(hash("e4"))).resolves.toBeUndefined();
  });

  it("asks Nessie once for each finished run, and nothing again before the move", async () => {
    const { store, isRefused } = setUp(run(1, 4), run(4, 8), run(8, 12));
    expect(await isRefused(15)).toBe(false);
    expect(await isRefused(15)).toBe(false);
    expect(store.ancestryAsked).toHaveLength(3);
  });

  it("asks nothing for the very start and end of a run", async () => {
    const { store, isRefused } = setUp(run(5, 15), run(15, null));
    expect(await isRefused(15)).toBe(false);
    expect(store.ancestryAsked).toEqual([]);
  });

  it("looks at a run again that has ended in between", async () => {
    const { runs, isRefused } = setUp(run(9, null));
    expect(await isRefused(7)).toBe(false);
    runs.splice(0, 1, run(3, 12));
    expect(await isRefused(7)).toBe(true);
  });

  it("names what can be published instead of a commit in the midst of a run", async () => {
    const { guard } = setUp(run(3, 9, "20261121-142051-3f9a"));
    const error = await errorOf(() => guard.check(commit(5)));
    expect(error.message).toContain("20261121-142051-3f9a");
    expect(error.hint).toContain(commit(9).slice(0, 12));
    expect(error.hint).toContain(commit(3).slice(0, 12));
  });
});
