import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../src/core/duration.js";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1.5h", 5_400_000],
    ["7 d", 604_800_000],
    ["2w", 1_209_600_000],
  ])("reads %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(["", "10", "m", "-1m", "1y", "1m2s", "ten minutes"])("does not read %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [820, "0.8 s"],
    [12_400, "12 s"],
    [59_600, "1 min 0 s"],
    [184_000, "3 min 4 s"],
    [7_500_000, "2 h 5 min"],
    [172_740_000, "47 h 59 min"],
    [259_200_000, "3 d"],
    [4_212_900_000, "48 d 18 h"],
  ])("writes %i ms as people say it", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
