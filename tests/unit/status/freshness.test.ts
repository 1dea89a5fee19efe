import { describe, expect, it } from "vitest";
import type { KnownModel, KnownModels } from "../../../src/restatement/known-models.js";
import { freshnessOf } from "../../../src/status/freshness.js";

/** A Saturday afternoon. */
const now = Date.parse("2026-11-21T14:20:00.000Z");

const model = (name: string, change: Partial<KnownModel>): KnownModel => ({
  model: name,
  kind: "INCREMENTAL_BY_TIME_RANGE",
  cron: "@daily",
  timezone: null,
  unit: "day",
  end: null,
  until: "2026-11-21T00:00:00.000Z",
  paces: [],
  ...change,
});
const known = (...models: readonly KnownModel[]): KnownModels => ({
  scope: "oso/trino",
  environment: "prod",
  run: "20261121-060002-b1c2",
  at: "2026-11-21T06:00:00.000Z",
  models,
});
const standing = (change: Partial<KnownModel>, at = now): string => {
  const { fresh, due, stale, unknown } = freshnessOf(known(model("oso.a", change)), at);
  return `${fresh} fresh, ${due} due, ${stale.length} stale, ${unknown.length} unknown`;
};
const [fresh, due, stale, unknown] = [
  "1 fresh, 0 due, 0 stale, 0 unknown",
  "0 fresh, 1 due, 0 stale, 0 unknown",
  "0 fresh, 0 due, 1 stale, 0 unknown",
  "0 fresh, 0 due, 0 stale, 1 unknown",
];

describe("freshness against cadence", () => {
  it.each([
    ["complete up to the last tick", {}, fresh],
    ["one tick behind: the next run is due", { until: "2026-11-20T00:00:00.000Z" }, due],
    ["a whole cadence missed", { until: "2026-11-19T00:00:00.000Z" }, stale],
    ["never stored", { until: null }, stale],
    ["weekly, since Sunday", { cron: "@weekly", until: "2026-11-15T00:00:00.000Z" }, fresh],
    ["weekly, a week ago", { cron: "@weekly", until: "2026-11-08T00:00:00.000Z" }, due],
    ["weekly, three weeks ago", { cron: "@weekly", until: "2026-11-01T00:00:00.000Z" }, stale],
    ["hourly", { cron: "@hourly", unit: "hour", until: "2026-11-21T14:00:00.000Z" }, fresh],
    ["daily at six: whole days are stored", { cron: "0 6 * * *" }, fresh],
    [
      "monthly in units of months",
      { cron: "0 5 3 * *", unit: "month", until: "2026-11-01T00:00:00.000Z" },
      fresh,
    ],
    [
      "midnight in Tokyo, which is 15:00 UTC",
      { timezone: "Asia/Tokyo", unit: "hour", until: "2026-11-20T15:00:00.000Z" },
      fresh,
    ],
    [
      "at its end for good",
      { cron: "@monthly", unit: "month", end: "2025-07-01T00:00:00.000Z", until: "2025-07-01T00:00:00.000Z" },
      fresh,
    ],
    ["a cadence that is none", { cron: "now and then" }, unknown],
    ["a date that never comes", { cron: "0 0 30 2 *" }, unknown],
  ])("%s", (_, change, expected) => {
    expect(standing(change)).toBe(expected);
  });

  it("takes a tick in this very moment for one that has come", () => {
    expect(standing({}, Date.parse("2026-11-21T00:00:00.000Z"))).toBe(fresh);
    expect(standing({ until: "2026-11-20T00:00:00.000Z" }, Date.parse("2026-11-21T00:00:00.000Z"))).toBe(due);
  });

  it("does not speak of what ages by no cadence of its own", () => {
    const ageless = ["VIEW", "SEED", "EXTERNAL", "EMBEDDED", "MANAGED"].map((kind) =>
      model(`oso.${kind}`, { kind, until: null }),
    );
    expect(freshnessOf(known(...ageless, model("oso.a", {})), now)).toMatchObject({ models: 1, stale: [] });
  });

  it("names what is behind, the longest first, and says by what", () => {
    const {
      stale: found,
      at,
      run,
    } = freshnessOf(
      known(
        model("oso.b", { until: "2026-11-18T00:00:00.000Z" }),
        model("oso.c", { until: "2026-11-16T00:00:00.000Z" }),
        model("oso.a", { until: null }),
      ),
      now,
    );
    expect(found.map(({ model: name, behindMilliseconds }) => [name, behindMilliseconds])).toEqual([
      ["oso.a", null],
      ["oso.c", 5 * 86_400_000],
      ["oso.b", 3 * 86_400_000],
    ]);
    expect([at, run]).toEqual(["2026-11-21T06:00:00.000Z", "20261121-060002-b1c2"]);
  });
});
