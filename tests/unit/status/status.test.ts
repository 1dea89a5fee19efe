import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { ContentChange } from "../../../src/release/ports.js";
import { StatusService, type StatusParts } from "../../../src/status/status.js";
import { releaseOf } from "../../support/releases.js";
import { failed } from "../report/fixtures.js";

const hash = (letters: string): string => letters.padEnd(64, "0");
const main = hash("99aa");
const base = hash("366b");
const sealed = hash("5ea1");
const table = (name: string): ContentChange => ({
  name,
  from: null,
  to: { kind: "table", rows: "1", columns: "1" },
});

const answers: StatusParts = {
  store: {
    findReference: async (name) =>
      name === "main" ? { type: "BRANCH", name, hash: main } : { type: "TAG", name, hash: sealed },
  },
  ledger: { releases: async () => [releaseOf(3, { base, sealed })] },
  comparison: {
    changes: async function* () {
      yield [table("oso.a"), table("oso__dev.b"), table("sqlmesh__oso.oso__c__123")];
    },
    kinds: async (_, names) =>
      new Map(names.filter((name) => name === "oso.c").map((name) => [name, "view"])),
  },
  history: { countCommits: async () => ({ count: 14, isAll: true }) },
  runs: { present: async () => ({ leases: [], unfinished: [], last: null }) },
  models: { knownModels: async () => [] },
  verifications: { newest: async () => [] },
  now: () => Date.parse("2026-11-21T14:20:00.000Z"),
  branch: "main",
  consumerTag: "consumer",
  environment: "prod",
};
const known = (environment: string, at: string, ...names: readonly string[]) => ({
  scope: "oso/trino",
  environment,
  run: "1",
  at,
  models: names.map((model) => ({
    model,
    kind: "FULL",
    cron: "@daily",
    timezone: null,
    unit: "day",
    end: null,
    until: null,
    paces: [],
  })),
});
const down = async (): Promise<never> => {
  throw new PipelineError("SERVICE_UNAVAILABLE", { message: "Nessie does not answer" });
};
const ask = (change: Partial<StatusParts> = {}) => new StatusService({ ...answers, ...change }).status();

describe("the status of a warehouse", () => {
  it("says what readers see since when, and what main has that they do not see", async () => {
    const { result, failure } = await ask();
    expect(failure).toBeUndefined();
    expect(result.consumer).toMatchObject({
      tag: "consumer",
      hash: sealed,
      base,
      release: 3,
      isVerified: true,
    });
    expect(result).toMatchObject({ main, unknown: [], ahead: { commits: { count: 14 } } });
    expect(result.ahead?.changed).toEqual({ names: ["oso.a", "oso.c", "oso__dev.b"], isAll: true });
    expect(result.next[0]?.command).toBe("oso-pipeline tag-consumer");
  });

  it("counts only models of the environment once a run has told which there are, by the newest that did", async () => {
    const { result } = await ask({
      models: {
        knownModels: async () => [
          known("prod", "2026-11-20", "oso.a"),
          known("prod", "2026-11-21", "oso.a", "oso.c"),
          known("dev", "2026-11-22", "oso__dev.b"),
        ],
      },
    });
    expect(result.ahead?.changed.names).toEqual(["oso.a", "oso.c"]);
    expect(result.freshness).toMatchObject({ at: "2026-11-21", models: 2 });
    expect(result.next[0]?.command).toBe("oso-pipeline run");
  });

  it("says of each question that nobody answers why, and answers the others", async () => {
    const { result, failure } = await ask({
      ledger: { releases: down },
      verifications: { newest: down },
    });
    expect(failure).toBeUndefined();
    expect(result.unknown).toEqual([
      { section: "release", code: "SERVICE_UNAVAILABLE", message: "Nessie does not answer" },
      { section: "verification", code: "SERVICE_UNAVAILABLE", message: "Nessie does not answer" },
    ]);
    // Which commit of main a sealed one is made of, the ledger alone knows.
    expect(result.ahead).toBeNull();
    expect(result.main).toBe(main);
    expect(result.next[0]?.command).toBe("oso-pipeline doctor");
  });

  it("fails where neither Nessie nor the records answer, and still has a result", async () => {
    const { result, failure } = await ask({ store: { findReference: down }, runs: { present: down } });
    expect(failure?.code).toBe("SERVICE_UNAVAILABLE");
    expect(result.unknown.map(({ section }) => section).toSorted()).toEqual(["readers", "runs"]);
  });

  it("hides neither a defect nor Ctrl-C", async () => {
    const broken = async (): Promise<never> => {
      throw new TypeError("x is not a function");
    };
    await expect(ask({ ledger: { releases: broken } })).rejects.toThrow("x is not a function");
    const stopped = async (): Promise<never> => {
      throw new PipelineError("INTERRUPTED", { message: "interrupted" });
    };
    await expect(ask({ runs: { present: stopped } })).rejects.toThrow("interrupted");
  });

  it("leads to what is unfinished first, and to failing checks before publishing", async () => {
    const unfinished = { leases: [], unfinished: [failed], last: failed };
    expect((await ask({ runs: { present: async () => unfinished } })).result.next).toEqual(failed.next);
    const verification = {
      base: main,
      release: null,
      verdict: "failed",
      by: { name: "ci", from: "configuration" },
      at: "2026-11-21T10:00:00.000Z",
      comparedWith: null,
      milliseconds: 1,
      checks: [],
      unpinned: [],
      until: null,
    } as const;
    const red = await ask({
      verifications: {
        newest: async () => [
          { ...verification, verdict: "passed", selected: ["oso.a"] },
          { ...verification, selected: [] },
        ],
      },
    });
    expect(red.result.verification).toMatchObject({ verdict: "failed", checks: { failed: 0 } });
    expect(red.result.next.map(({ command }) => command)).toEqual(["oso-pipeline verify"]);
  });

  it("says of a warehouse without readers how to get some", async () => {
    const { result } = await ask({
      store: {
        findReference: async (name) => (name === "main" ? { type: "BRANCH", name, hash: main } : null),
      },
    });
    expect(result).toMatchObject({ consumer: null, ahead: null });
    expect(result.next.map(({ command }) => command)).toEqual(["oso-pipeline tag-consumer --create"]);
  });
});
