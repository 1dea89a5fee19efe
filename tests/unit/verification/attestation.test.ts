import { describe, expect, it } from "vitest";
import { attest, configurationDigest, holds, resultOf } from "../../../src/verification/attestation.js";
import type { Check } from "../../../src/verification/check.js";
import type { VerifiedCheck } from "../../../src/verification/verify.js";
import { check, H, noBadRows, OLD } from "../../support/verifying.js";

const noon = Date.UTC(2026, 10, 21, 12);
const hour = 3_600_000;
const verified = (more: Partial<VerifiedCheck> = {}): VerifiedCheck => ({
  model: "oso.a",
  check: "no bad rows",
  severity: "fail",
  outcome: "passed",
  expected: "no rows",
  observed: "none",
  failingRows: 0n,
  pinned: true,
  rowsQuery: null,
  sample: null,
  answeredBy: "own-query",
  holdsUntil: null,
  where: "x.yaml:1:1",
  from: null,
  inputs: "of its content",
  ...more,
});
const question = { base: H, configuration: "as configured", comparedWith: null };
const attested = (checks: readonly VerifiedCheck[], now = noon) => {
  const made = attest(
    { verdict: "passed", checks, unpinned: [{ model: "oso.live", reason: "outside" }] },
    { question, by: { name: "alice", from: "login" }, now, validForMilliseconds: 24 * hour },
  );
  if (!made) throw new Error("it was to be attested");
  return made;
};

describe("an attestation", () => {
  it("holds as long as configured, or as its freshness checks do if that is shorter", () => {
    expect(attested([verified()]).until).toBe("2026-11-22T12:00:00.000Z");
    const sooner = attested([
      verified({ holdsUntil: "2026-11-21T20:00:00.000Z" }),
      verified({ holdsUntil: "2026-11-21T18:30:00.000Z" }),
    ]);
    expect(sooner.until).toBe("2026-11-21T18:30:00.000Z");
  });

  it("holds for the same question, until its time is over", () => {
    const attestation = attested([verified()]);
    expect(holds(attestation, question, noon + 24 * hour - 1)).toBe(true);
    expect(holds(attestation, question, noon + 24 * hour)).toBe(false);
    expect(holds(attestation, { ...question, base: OLD }, noon)).toBe(false);
    expect(holds(attestation, { ...question, configuration: "otherwise" }, noon)).toBe(false);
    expect(holds(attestation, { ...question, comparedWith: OLD }, noon)).toBe(false);
  });

  it("has a digest over all but the clock", () => {
    const { digest } = attested([verified()]);
    expect(attested([verified()], noon + hour).digest).toBe(digest);
    expect(attested([verified({ observed: "1 row" })]).digest).not.toBe(digest);
    expect(attested([verified({ from: OLD })]).digest).not.toBe(digest);
  });

  it.each(["failed", "error"] as const)("is not given where the verdict is %s", (verdict) => {
    const request = {
      question,
      by: { name: "alice", from: "login" } as const,
      now: 0,
      validForMilliseconds: 1,
    };
    expect(attest({ verdict, checks: [], unpinned: [] }, request)).toBeNull();
  });

  it("tells the verification that it was made from", () => {
    const result = resultOf(attested([verified(), verified({ model: "oso.live", from: OLD })]), 3);
    expect(result).toMatchObject({ base: H, at: H, verdict: "passed", reused: 1, milliseconds: 3 });
    expect(
      result.checks.map(({ model, observed, pinned, where }) => [model, observed, pinned, where]),
    ).toEqual([
      ["oso.a", "none", true, "x.yaml:1:1"],
      ["oso.live", "none", false, "x.yaml:1:1"],
    ]);
  });
});

describe("the digest of a configuration", () => {
  const one = check(noBadRows);
  const other = check({ check: "accepted_values", column: "id", values: [9007199254740993n, "a"] });
  const digest = configurationDigest([one, other], "warn");

  it("is the same wherever and in whatever order checks and models are written", () => {
    const moved: Check = { ...one, where: "y.yaml:9:9", selectors: one.selectors.toReversed() };
    expect(configurationDigest([other, moved], "warn")).toBe(digest);
  });

  it.each([
    ["a check less", [one]],
    ["another severity", [one, { ...other, severity: "warn" }]],
    ["another selector", [one, { ...other, selectors: ["oso.c"] }]],
    [
      "another figure, beyond what a number can tell",
      [one, check({ check: "accepted_values", column: "id", values: [9007199254740992n, "a"] })],
    ],
  ] satisfies [string, readonly Check[]][])("is another one with %s", (_, checks) => {
    expect(configurationDigest(checks, "warn")).not.toBe(digest);
  });

  it("is another one where more or less may stay live", () => {
    expect(configurationDigest([one, other], "fail")).not.toBe(digest);
  });
});
