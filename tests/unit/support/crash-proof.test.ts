import { describe, expect, it } from "vitest";
import { inFlight, unaccountedFor } from "../../support/crash-proof.js";

const undisturbed = new Map([
  ["events", ["d1", "i1", "d2", "i2"]],
  ["steps", ["r1", "i2"]],
]);
const judge = (
  disturbed: Record<string, readonly string[]>,
  { lost = {}, rebuilt = [] }: { lost?: Record<string, number>; rebuilt?: readonly string[] } = {},
): readonly string[] =>
  unaccountedFor(undisturbed, new Map(Object.entries(disturbed)), {
    lost: [new Map(Object.entries(lost))],
    rebuilt,
  });

describe("what crashes account for", () => {
  it("as many statements as undisturbed, and those that were in flight more, are fine", () => {
    const lost = { events: 2 };
    expect(judge({ events: ["1", "2", "3", "4"], steps: ["1", "2"] }, { lost })).toEqual([]);
    expect(judge({ events: ["1", "2", "3", "4", "5", "6"], steps: ["1", "2"] }, { lost })).toEqual([]);
  });

  it("a statement more than were in flight is not", () => {
    expect(judge({ events: ["1", "2", "3", "4", "5"], steps: ["1", "2"] }, { lost: { events: 0 } })).toEqual([
      "events: 5 statements, not 4 to 4",
    ]);
    expect(
      judge({ events: ["1", "2", "3", "4"], steps: ["1", "2", "3"] }, { lost: { events: 1 } }),
    ).toHaveLength(1);
  });

  it("neither is a batch that was never written, nor a table that nothing should have touched", () => {
    expect(judge({ events: ["1", "2", "3", "4"] })).toEqual(["steps: 0 statements, not 2 to 2"]);
    expect(judge({ events: ["1", "2", "3", "4"], steps: ["1", "2"], other: ["1"] })).toHaveLength(1);
  });

  it("a model that a person had rebuilt may have been written as a whole again, each time, no other", () => {
    const twice = { events: ["1", "2", "3", "4"], steps: ["1", "2", "3", "4"] };
    expect(judge(twice, { rebuilt: ["steps"] })).toEqual([]);
    expect(judge(twice, { rebuilt: ["events"] })).toHaveLength(1);
    const thrice = { ...twice, steps: ["1", "2", "3", "4", "5", "6"] };
    expect(judge(thrice, { rebuilt: ["steps"] })).toHaveLength(1);
    expect(judge(thrice, { rebuilt: ["steps", "steps"] })).toEqual([]);
  });
});

describe("what is in flight when a run ends", () => {
  it("is what was sent of each table since a batch of it was last stored", () => {
    const effects = [
      "before bridge sends DELETE events#1",
      "after bridge sends DELETE events#1",
      "before bridge sends INSERT events#1",
      "before bridge stores events#1",
      "after bridge stores events#1",
      "before bridge sends DELETE events#2",
      "before bridge sends CREATE OR REPLACE TABLE steps#1",
      "before bridge sends INSERT events#2",
      "before bridge stores steps#1",
    ];
    expect(Object.fromEntries(inFlight(effects))).toEqual({ events: 2, steps: 1 });
    expect(Object.fromEntries(inFlight([...effects, "after bridge stores steps#1"]))).toEqual({ events: 2 });
  });
});
