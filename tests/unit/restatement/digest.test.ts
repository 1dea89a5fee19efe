import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, matchesDigest, requestDigest, shortDigest } from "../../../src/restatement/digest.js";
import type { RestatementPlan } from "../../../src/restatement/restatement-plan.js";
import { bob, day, days, restated, restatementPlan, runRequest } from "../../support/restatement-plans.js";

const plan = restatementPlan([restated("oso.a", 2), restated("oso.b")]);
const [first, second] = plan.models;
if (!first || !second) throw new Error("the plan has two models");

describe("the digest of a plan", () => {
  it.each<[string, Partial<RestatementPlan>]>([
    [
      "when it was made",
      { createdAt: "2027-01-01T00:00:00.000Z", executionTime: "2027-01-01T00:00:00.000Z" },
    ],
    ["who made it", { createdBy: bob }],
    [
      "what earlier runs took",
      { models: [{ ...first, earlier: { rows: 1, milliseconds: 1, batches: 1 } }, second] },
    ],
    ["the order of its models", { models: [second, first] }],
    ["what is left out", { leftOut: [{ model: "oso.seed", reason: "seed" }] }],
    ["leaving out unit tests", { request: runRequest({ skipTests: true }) }],
    [
      "saying a selector twice",
      { request: runRequest({ restateModels: ["oso.stg_events", "oso.stg_events"] }) },
    ],
  ])("does not depend on %s", (_, change) => {
    expect(digestOf({ ...plan, ...change })).toBe(plan.digest);
  });

  it.each<[string, Partial<RestatementPlan>]>([
    ["environment", { environment: "dev" }],
    ["SQLMesh state", { scope: "oso/other" }],
    ["SQLMesh version", { sqlmeshVersion: "0.236.5" }],
    ["selector", { request: runRequest({ restateModels: ["oso.*"] }) }],
    ["category", { request: runRequest({ restateCategories: ["project"] }) }],
    ["start", { request: runRequest({ start: "2024-01-01" }) }],
    ["end", { request: runRequest({ end: "2024-01-01" }) }],
    ["allowed destructive change", { request: runRequest({ allowDestructiveModels: ["oso.a"] }) }],
    ["model", { models: [first] }],
    ["version", { models: [{ ...first, version: "1" }, second] }],
    ["fingerprint", { models: [{ ...first, fingerprint: "1" }, second] }],
    ["kind", { models: [{ ...first, kind: "FULL" }, second] }],
    ["interval", { models: [{ ...first, interval: day(7) }, second] }],
    ["cut into batches", { models: [{ ...first, batches: [first.interval] }, second] }],
  ])("is another for another %s", (_, change) => {
    expect(digestOf({ ...plan, ...change })).not.toBe(plan.digest);
  });

  it("is the same for models in any order", () => {
    const models = days(4).map((_, index) => restated(`oso.m${index}`, index + 1));
    fc.assert(
      fc.property(fc.shuffledSubarray(models, { minLength: 4 }), (shuffled) => {
        expect(digestOf({ ...plan, models: shuffled })).toBe(digestOf({ ...plan, models }));
      }),
    );
  });

  it("cannot be met by moving a word from the selectors to the categories", () => {
    expect(requestDigest(runRequest({ restateModels: ["project"] }))).not.toBe(
      requestDigest(runRequest({ restateModels: [], restateCategories: ["project"] })),
    );
  });
});

describe("the digest of a request", () => {
  it("is the same whatever the order of the words, and with or without unit tests", () => {
    expect(requestDigest(runRequest({ restateModels: ["a", "b"], skipTests: true }))).toBe(
      requestDigest(runRequest({ restateModels: ["b", "a", "b"] })),
    );
  });

  it("is another for another environment", () => {
    expect(requestDigest(runRequest({ environment: "dev" }))).not.toBe(requestDigest(runRequest()));
  });
});

describe("a digest that a person typed", () => {
  const { digest } = plan;
  it.each([digest, shortDigest(digest), digest.slice(0, 8), ` ${digest.toUpperCase()} `])(
    "is met by %s",
    (asked) => {
      expect(matchesDigest(asked, digest)).toBe(true);
    },
  );

  it.each([digest.slice(0, 7), "", digest.slice(1, 12), `${digest}0`])("is not met by %s", (asked) => {
    expect(matchesDigest(asked, digest)).toBe(false);
  });
});
