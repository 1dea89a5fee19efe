import { describe, expect, it } from "vitest";
import { unaccountedFor } from "../../support/crash-proof.js";

const undisturbed = new Map([
  ["events", ["d1", "i1", "d2", "i2"]],
  ["steps", ["r1", "i2"]],
]);
const judge = (
  disturbed: Record<string, readonly string[]>,
  { crashes = 1, rebuilt = [] }: { crashes?: number; rebuilt?: readonly string[] } = {},
): readonly string[] => unaccountedFor(undisturbed, new Map(Object.entries(disturbed)), { crashes, rebuilt });

describe("what crashes account for", () => {
  it("as many statements as undisturbed, and one batch in flight more, are fine", () => {
    expect(judge({ events: ["1", "2", "3", "4"], steps: ["1", "2"] })).toEqual([]);
    expect(judge({ events: ["1", "2", "3", "4", "5", "6"], steps: ["1", "2", "3"] })).toEqual([]);
  });

  it("a second batch that was written again is not", () => {
    expect(judge({ events: ["1", "2", "3", "4", "5", "6", "7"], steps: ["1", "2"] })).toEqual([
      "events: 7 statements, not 4 to 6",
    ]);
    expect(judge({ events: ["1", "2", "3", "4"], steps: ["1", "2", "3", "4"] })).toHaveLength(1);
  });

  it("neither is a batch that was never written, nor a table that nothing should have touched", () => {
    expect(judge({ events: ["1", "2", "3", "4"] })).toEqual(["steps: 0 statements, not 2 to 3"]);
    expect(judge({ events: ["1", "2", "3", "4"], steps: ["1", "2"], other: ["1", "2"] })).toHaveLength(1);
  });

  it("a model that a person had rebuilt may have been written as a whole again, no other", () => {
    const twice = { events: ["1", "2", "3", "4"], steps: ["1", "2", "3", "4"] };
    expect(judge(twice, { rebuilt: ["steps"] })).toEqual([]);
    expect(judge(twice, { rebuilt: ["events"] })).toHaveLength(1);
  });
});
