import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { errorOf } from "../../support/errors.js";
import { hash } from "../../support/fake-reference-store.js";
import { check, H, noBadRows, OLD, R, refused, rows, setUp, type SetUp } from "../../support/verifying.js";
import { view } from "../../support/verification.js";

const main = { base: H, at: H, release: null };
const whole = { target: main, select: [], all: false, seen: null };
const byModel = ({ checks }: { checks: readonly { model: string; outcome: string }[] }) =>
  checks.map(({ model, outcome }) => `${model} ${outcome}`);

describe("verifying a commit", () => {
  it("passes where every check holds, and is attested", async () => {
    const { service, store } = setUp();
    const { result, failure } = await service.verify(whole);
    expect(failure).toBeUndefined();
    expect(result).toMatchObject({ base: H, at: H, release: null, verdict: "passed", reused: 0 });
    expect(byModel(result)).toEqual(["oso.a passed", "oso.b passed"]);
    expect(await store.of(H)).toMatchObject({
      digest: result.attestation?.digest,
      until: result.attestation?.until,
      verdict: "passed",
      by: { name: "alice" },
    });
  });

  it("fails with exit 7 and is not attested", async () => {
    const { service, store } = setUp({ answer: (sql) => (sql.includes('"a#') ? rows(2) : rows(0)) });
    const { result, failure } = await service.verify(whole);
    expect(failure).toMatchObject({ code: "CHECKS_FAILED", exitCode: 7, where: "x.yaml:1:1" });
    expect(failure?.message).toBe("1 of 2 checks failed: oso.a no bad rows");
    expect(byModel(result)).toEqual(["oso.a failed", "oso.b passed"]);
    expect(result.attestation).toBeNull();
    expect(await store.of(H)).toBeNull();
  });

  it("is attested with its warnings where nothing but those is wrong", async () => {
    const { service, store } = setUp({
      checks: [check(noBadRows, { severity: "warn" })],
      answer: () => rows(2),
    });
    const { result, failure } = await service.verify(whole);
    expect(failure).toBeUndefined();
    expect(result.verdict).toBe("warned");
    expect((await store.of(H))?.checks.map(({ outcome }) => outcome)).toEqual(["warned", "warned"]);
  });

  it("is an error, exit 9, where a check cannot be evaluated, and the others are all the same", async () => {
    const { service } = setUp({
      answer: (sql) => (sql.includes('"a#') ? refused("no such column") : rows(0)),
    });
    const { result, failure } = await service.verify(whole);
    expect(byModel(result)).toEqual(["oso.a error", "oso.b passed"]);
    expect(failure).toMatchObject({ code: "QUERY_FAILED", exitCode: 9, hint: "no such column" });
    expect(result.attestation).toBeNull();
  });

  it("says of a model that is not in the commit, and checks the others", async () => {
    const { service } = setUp({ contents: { "oso.b": { type: "table", content: "b" } } });
    const { result } = await service.verify(whole);
    expect(byModel(result)).toEqual(["oso.a error", "oso.b passed"]);
    expect(result.checks[0]?.observed).toContain("oso.a is not in cdcd");
  });

  it("checks only what is selected, which is not attested", async () => {
    const { service, store } = setUp();
    const { result } = await service.verify({ ...whole, select: ["oso.b"] });
    expect(byModel(result)).toEqual(["oso.b passed"]);
    expect(result.attestation).toBeNull();
    expect(await store.of(H)).toBeNull();
    expect(await errorOf(() => service.verify({ ...whole, select: ["oso.c"] }))).toMatchObject({
      code: "SELECTOR_UNKNOWN",
    });
  });

  it("tells how many checks there are, and each result once", async () => {
    const { service, events } = setUp({ contents: { "oso.b": { type: "table", content: "b" } } });
    await service.verify(whole);
    expect(events.filter(({ type }) => type === "checks-planned")).toEqual([
      { type: "checks-planned", total: 2 },
    ]);
    expect(events.filter(({ type }) => type === "check-finished")).toHaveLength(2);
  });

  it("stops at once when Trino is not there", async () => {
    const gone = new PipelineError("SERVICE_UNAVAILABLE", { message: "Trino does not answer" });
    const { service, store } = setUp({ answer: () => gone });
    expect(await errorOf(() => service.verify(whole))).toBe(gone);
    expect(await store.of(H)).toBeNull();
  });

  it("gives up when its time is over, whatever the query makes of it", async () => {
    const { service } = setUp({ answer: () => "never", parts: { timeoutMilliseconds: 1 } });
    expect(await errorOf(() => service.verify(whole))).toMatchObject({ code: "TIMEOUT", exitCode: 5 });
  });

  it("ends with what it is interrupted by", async () => {
    const stop = new AbortController();
    const { service } = setUp({ answer: () => "never", parts: { signal: stop.signal } });
    const verifying = errorOf(() => service.verify(whole));
    stop.abort(new PipelineError("INTERRUPTED", { message: "interrupted" }));
    expect(await verifying).toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  });

  it("says so when nothing is checked at all", async () => {
    const { service, events } = setUp({ checks: [] });
    const { result } = await service.verify(whole);
    expect(result).toMatchObject({ verdict: "passed", checks: [] });
    expect(events).toContainEqual(expect.objectContaining({ type: "notice", level: "warning" }));
  });

  it.each([
    ["selector", { selectors: ["oso.c"] }, "oso.c"],
    ["embedded model", { selectors: ["oso.hidden"] }, "oso.hidden"],
    ["category", { selectors: [], categories: ["artifact"] }, "artifact"],
  ])("refuses a check whose %s matches nothing, with its place", async (_, scope, named) => {
    const { service } = setUp({ checks: [check(noBadRows, scope)] });
    const error = await errorOf(() => service.verify(whole));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", where: "x.yaml:1:1" });
    expect(error.message).toContain(named);
  });
});

describe("models that cannot be read as of the commit", () => {
  const contents = {
    "oso.a": view("SELECT * FROM {tpch.tiny.nation}"),
    "oso.b": { type: "table", content: "b" } as const,
  };
  const verified = async (unpinned: "fail" | "warn" | "allow") =>
    setUp({ contents, parts: { unpinned } }).service.verify(whole);

  it.each([
    ["allow", "passed"],
    ["warn", "warned"],
    ["fail", "failed"],
  ] as const)(
    "have their checks look at live data; with the policy %s that is %s",
    async (policy, verdict) => {
      const { result } = await verified(policy);
      expect(result.verdict).toBe(verdict);
      expect(byModel(result)).toEqual(["oso.a passed", "oso.b passed"]);
      expect(result.checks.map(({ pinned }) => pinned)).toEqual([false, true]);
      expect(result.unpinned).toEqual([
        { model: "oso.a", reason: "oso.a reads tpch.tiny.nation, which is outside Nessie" },
      ]);
    },
  );

  it("fail a verification by name where the policy says so", async () => {
    const { result, failure } = await verified("fail");
    expect(failure).toMatchObject({ code: "CHECKS_FAILED", exitCode: 7 });
    expect(failure?.message).toContain("oso.a");
    expect(result.attestation).toBeNull();
  });

  it("are found by what Trino says an expanded view reads", async () => {
    const expanded = { ...contents, "oso.a": view("SELECT a FROM {oso.b}") };
    const verify = async (table: string) =>
      (await setUp({ contents: expanded, read: [table] }).service.verify(whole)).result;
    expect((await verify(`b#${H}`)).unpinned).toEqual([]);
    expect((await verify("b")).unpinned).toEqual([
      { model: "oso.a", reason: "it would read iceberg.oso.b live" },
    ]);
  });
});

describe("custom SQL that reads more than its model", () => {
  const orphans = {
    check: "sql",
    sql: "SELECT * FROM {{model}} WHERE a NOT IN (SELECT b FROM oso.other)",
  } as const;
  const verified = async (unpinned: "fail" | "warn") => {
    const read = (sql: string) => (sql.includes("other") ? [`a#${H}`, "other"] : [`a#${H}`]);
    const checks = [check(orphans, { selectors: ["oso.a"], categories: [], name: "orphans" })];
    return setUp({ checks, read, parts: { unpinned } }).service.verify(whole);
  };

  it("is not pinned, though the model is, and the same policy decides", async () => {
    const { result } = await verified("warn");
    expect(result).toMatchObject({
      verdict: "warned",
      unpinned: [{ model: "oso.a", reason: "orphans reads other tables as they are now" }],
    });
    expect((await verified("fail")).failure).toMatchObject({ code: "CHECKS_FAILED" });
  });
});

describe("what has not changed since it was verified", () => {
  const table = (content: string) => ({ type: "table", content }) as const;
  const before = { [`${OLD} oso.a`]: table("a"), [`${OLD} oso.b`]: table("b") };
  const after = { ...before, [`${H} oso.a`]: table("a"), [`${H} oso.b`]: table("changed") };
  const old = { ...whole, target: { base: OLD, at: OLD, release: null } };

  const onTime = check({ ...noBadRows, sql: "SELECT * FROM {{model}} WHERE day > current_date" });

  async function verifiedOld(given: SetUp = {}) {
    const made = setUp({ contents: after, ...given });
    await made.service.verify(old);
    return made;
  }

  it("is taken over, and only what has changed is asked for again", async () => {
    const { service, asked } = setUp({ contents: after });
    await service.verify(old);
    asked.length = 0;
    const { result } = await service.verify(whole);
    expect(result.reused).toBe(1);
    expect(result.checks.map(({ model, from }) => [model, from])).toEqual([
      ["oso.a", OLD],
      ["oso.b", null],
    ]);
    expect(asked.filter((sql) => sql.includes('"a#'))).toEqual([]);
    expect(asked.some((sql) => sql.includes(`"b#${H}"`))).toBe(true);
  });

  it("says the commit it was looked at, however often it was taken over", async () => {
    const later = hash("ef");
    const { service } = setUp({
      contents: { ...after, [`${later} oso.a`]: table("a"), [`${later} oso.b`]: table("changed") },
    });
    await service.verify(old);
    await service.verify(whole);
    const { result } = await service.verify({ ...whole, target: { base: later, at: later, release: null } });
    expect(result.checks.map(({ from }) => from)).toEqual([OLD, H]);
  });

  it.each([
    ["another rule", [check(noBadRows)], [check({ ...noBadRows, sql: "SELECT 1 FROM {{model}} WHERE bad" })]],
    ["a check that depends on time", [onTime], [onTime]],
  ])("is looked at again for %s", async (_, earlier, now) => {
    const { records } = await verifiedOld({ checks: earlier });
    const { result } = await setUp({ contents: after, checks: now, records }).service.verify(whole);
    expect(result.reused).toBe(0);
  });

  it("is looked at again with --all, one row of each table read besides", async () => {
    const { records } = await verifiedOld();
    const { service, asked } = setUp({ contents: after, records });
    const { result } = await service.verify({ ...whole, all: true });
    expect(result.reused).toBe(0);
    expect(asked).toContain(`SELECT * FROM "iceberg"."oso"."a#${H}" LIMIT 1`);
  });

  it("is never taken over from what was only warned of", async () => {
    const checks = [check(noBadRows, { severity: "warn" })];
    const { records } = await verifiedOld({ checks, answer: () => rows(2) });
    const { result } = await setUp({ contents: after, checks, records }).service.verify(whole);
    expect(result.reused).toBe(0);
  });
});

describe("what readers see", () => {
  const contents = {
    [`${R} oso.a`]: view(`SELECT * FROM {iceberg.oso.b#${H}} AS b`),
    "oso.b": { type: "table", content: "b" } as const,
  };
  const release = { ...whole, target: { base: H, at: R, release: 7 } };

  it("is read at the release's own commit, anew, and a row of each model at that", async () => {
    const { service, asked, store } = setUp({ contents, read: [`b#${H}`] });
    const { result } = await service.verify(release);
    expect(result).toMatchObject({ base: H, at: R, release: 7, verdict: "passed", attestation: null });
    expect(asked).toContain(`SELECT * FROM "iceberg"."oso"."a#${R}" LIMIT 1`);
    expect(asked).toContain(`SELECT * FROM "iceberg"."oso"."b#${R}" LIMIT 1`);
    expect(await store.of(H)).toBeNull();
  });

  it("is an error of each check of a table whose files are gone", async () => {
    const { service } = setUp({
      contents,
      read: [`b#${H}`],
      checks: [check(noBadRows), check({ check: "row_count", min: 0, max: null })],
      answer: (sql) =>
        sql.includes(`"b#${R}"`) && !sql.includes("LIMIT 0")
          ? refused("Error opening Iceberg split")
          : rows(0),
    });
    const { result, failure } = await service.verify(release);
    expect(byModel(result)).toEqual(["oso.a passed", "oso.a passed", "oso.b error", "oso.b error"]);
    expect(result.checks.at(-1)?.observed).toBe("it cannot be read: Error opening Iceberg split");
    expect(failure?.exitCode).toBe(9);
  });
});

describe("proving a commit", () => {
  const later = (hours: number) => () => Date.UTC(2026, 10, 21, 12 + hours);

  it("goes by the attestation that holds, without asking Trino or SQLMesh", async () => {
    const { service, records } = setUp({ parts: { now: later(0) } });
    const { result: verified } = await service.verify(whole);
    const {
      service: again,
      asked,
      events,
    } = setUp({ records, parts: { now: later(23), directory: unasked } });
    const { result, failure } = await again.prove(H, null);
    expect(failure).toBeUndefined();
    expect(asked).toEqual([]);
    expect(result).toMatchObject({
      verdict: "passed",
      attestation: verified.attestation,
      attested: { by: { name: "alice" }, at: "2026-11-21T12:00:00.000Z" },
    });
    expect(result.checks.map(({ model, check: name, observed }) => [model, name, observed])).toEqual(
      verified.checks.map(({ model, check: name, observed }) => [model, name, observed]),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: "phase", text: expect.stringContaining("was verified by alice") }),
    );
  });

  it.each([
    ["is over", { parts: { now: later(24) } }],
    ["is for other checks", { checks: [check({ check: "row_count", min: 0, max: null })] }],
    ["let more stay live", { parts: { unpinned: "fail" as const } }],
  ])("verifies again where the attestation %s", async (_, change) => {
    const { service, records } = setUp({ parts: { now: later(0) } });
    await service.verify(whole);
    const made = setUp({ records, ...change });
    const { result } = await made.service.prove(H, null);
    expect(result.attested).toBeNull();
    expect(made.events).toContainEqual(expect.objectContaining({ type: "checks-planned" }));
  });

  it("verifies what nobody has, and leaves the attestation for the next", async () => {
    const { service, store } = setUp();
    const { result } = await service.prove(H, null);
    expect(result.attested).toBeNull();
    expect((await store.of(H))?.digest).toBe(result.attestation?.digest);
    expect((await service.prove(H, null)).result.attestation).toEqual(result.attestation);
  });

  const unasked = {
    models: async () => Promise.reject(new Error("SQLMesh is not to be asked")),
    select: async () => Promise.reject(new Error("SQLMesh is not to be asked")),
  };
});
