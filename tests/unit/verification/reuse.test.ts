import { describe, expect, it } from "vitest";
import type { AttestedCheck } from "../../../src/verification/attestation.js";
import type { Check } from "../../../src/verification/check.js";
import type { Reading } from "../../../src/verification/pin.js";
import { inputsOf, passedBefore } from "../../../src/verification/reuse.js";
import { check, H, noBadRows, OLD, R, setUp } from "../../support/verifying.js";

const reading = (...inputs: readonly string[]): Reading => ({
  relation: { pinned: true, sql: "(SELECT 1)", expanded: true },
  inputs,
});
const live: Reading = { relation: { pinned: false, sql: "t", reason: "outside Nessie" }, inputs: null };
const drift = check({
  check: "drift",
  metric: "row_count",
  columns: [],
  direction: "any",
  warn: null,
  fail: { by: "percent", percent: 10 },
});

describe("what the result of a check depends on", () => {
  const of = (changed: Partial<Check> = {}, model = "oso.a", now = reading("t first")) =>
    inputsOf(model, { ...check(noBadRows), ...changed } as Check, now, undefined);

  it("is the rule, not how severe it is, what it is called, where it stands or which models it is for", () => {
    expect(of({ severity: "warn", name: "other", where: "y.yaml:2:2", selectors: ["oso.*"] })).toBe(of());
    expect(of({ sql: "SELECT 1 FROM {{model}}" })).not.toBe(of());
  });

  it("is the model and the content of all that it reads", () => {
    expect(of({}, "oso.b")).not.toBe(of());
    expect(of({}, "oso.a", reading("t second"))).not.toBe(of());
    expect(of({}, "oso.a", reading("t first", "u first"))).not.toBe(of());
  });

  it("cannot be told of live data, nor of a check that depends on time", () => {
    expect(of({}, "oso.a", live)).toBeNull();
    const fresh = check({ check: "freshness", column: "day", maxAgeMilliseconds: 1 });
    expect(inputsOf("oso.a", fresh, reading("t"), undefined)).toBeNull();
  });

  it("is also what readers see, for a check that compares with that", () => {
    const compared = (baseline: Reading | null) => inputsOf("oso.a", drift, reading("t"), baseline);
    expect(compared(reading("old"))).toBe(compared(reading("old")));
    expect(compared(reading("old"))).not.toBe(compared(reading("older")));
    expect(compared(reading("old"))).not.toBe(compared(null));
    expect(compared(live)).toBeNull();
  });
});

describe("results that were good once", () => {
  const attested = (inputs: string | null, more: Partial<AttestedCheck> = {}): AttestedCheck => ({
    model: "oso.a",
    check: "no bad rows",
    severity: "fail",
    outcome: "passed",
    expected: "no rows",
    observed: "none",
    inputs,
    from: null,
    where: "x.yaml:1:1",
    ...more,
  });
  const attestation = (base: string, ...checks: readonly AttestedCheck[]) => ({
    digest: "",
    base,
    configuration: "",
    comparedWith: null,
    by: { name: "alice", from: "login" } as const,
    at: "",
    until: "",
    verdict: "passed" as const,
    checks,
    unpinned: [],
  });

  it("are known by what they depend on, with the commit they were found at; the first word is taken", () => {
    const known = passedBefore([
      attestation(H, attested("one"), attested("two", { from: OLD })),
      attestation(R, attested("one"), attested("three")),
    ]);
    expect([...known].map(([inputs, { from }]) => [inputs, from])).toEqual([
      ["one", H],
      ["two", OLD],
      ["three", R],
    ]);
  });

  it("are none that were warned of or depend on more", () => {
    const checks = [attested("one", { outcome: "warned" }), attested(null)];
    expect(passedBefore([attestation(H, ...checks)]).size).toBe(0);
  });
});

describe("comparing with what readers see", () => {
  const target = { base: H, at: H, release: null };
  const seen = { base: OLD, at: R };
  const contents = {
    "oso.a": { type: "table", content: "a" },
    "oso.b": { type: "table", content: "b" },
  } as const;

  it("reads it as readers do, at the release's own commit", async () => {
    const { service, asked } = setUp({ checks: [drift], contents });
    await service.verify({ target, select: [], all: false, seen });
    expect(asked.some((sql) => sql.includes(`"a#${H}`))).toBe(true);
    expect(asked.some((sql) => sql.includes(`"a#${R}`))).toBe(true);
    expect(asked.some((sql) => sql.includes(`#${OLD}`))).toBe(false);
  });

  it("makes an attestation hold only while readers see the same", async () => {
    const { service } = setUp({ checks: [check(noBadRows), { ...drift, selectors: ["oso.b"] }], contents });
    const { result } = await service.verify({ target, select: [], all: false, seen });
    expect(result.verdict).toBe("passed");
    expect((await service.prove(H, seen)).result.attested).not.toBeNull();
    expect((await service.prove(H, { base: R, at: R })).result.attested).toBeNull();
  });

  it("leaves an attestation without such checks as it is", async () => {
    const { service } = setUp({ contents });
    await service.verify({ target, select: [], all: false, seen });
    expect((await service.prove(H, { base: R, at: R })).result.attested).not.toBeNull();
  });
});
