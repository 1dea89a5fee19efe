import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../../src/notify/alert.js";
import { nothingTold, remembered, type Memory } from "../../../src/notify/memory.js";
import type { NotificationSettings, QuietHours, Route } from "../../../src/notify/ports.js";
import { dispatches } from "../../../src/notify/routing.js";
import { Secret } from "../../../src/core/secret.js";
import { someAlert } from "./alerts.js";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 12);

const route = (to: readonly string[], change: Partial<Route> = {}): Route => ({
  to,
  events: null,
  severity: "info",
  environments: null,
  quietHours: null,
  ...change,
});

const settings = (...routes: readonly Route[]): NotificationSettings => ({
  targets: ["team", "ops"].map((name) => ({ type: "discord", name, url: Secret.of("https://x.example/t") })),
  routes,
  timeoutMilliseconds: 1_000,
  repeatMilliseconds: HOUR,
  slowdown: { factor: 2, atLeastMilliseconds: 0 },
  reportUrl: null,
});

const sent = (alert: Alert, routes: readonly Route[], memory: Memory = nothingTold, now = NOON): string[] =>
  dispatches([alert], settings(...routes), memory, now).map(
    ({ target, decision }) => `${target} ${decision}`,
  );

describe("routing", () => {
  it("sends each alert once to each target that a route names for it", () => {
    expect(sent(someAlert(), [route(["team", "ops"]), route(["ops"])])).toEqual(["team send", "ops send"]);
    expect(sent(someAlert(), [route(["ops"])])).toEqual(["ops send"]);
  });

  it("keeps to events, severities and environments", () => {
    const failed = someAlert({ event: "checks_failed", severity: "error", environment: "staging" });
    expect(sent(failed, [route(["team"], { events: ["published"] })])).toEqual([]);
    expect(sent(failed, [route(["team"], { events: ["published", "checks_failed"] })])).toEqual([
      "team send",
    ]);
    expect(sent(failed, [route(["team"], { environments: ["prod"] })])).toEqual([]);
    expect(sent({ ...failed, severity: "info" }, [route(["team"], { severity: "warning" })])).toEqual([]);
    expect(sent(failed, [route(["team"], { severity: "warning" })])).toEqual(["team send"]);
  });

  it("is quiet at night, by the clock of the people, but for what is severe", () => {
    const night: QuietHours = { from: 22 * 60, until: 7 * 60, timeZone: "Europe/Berlin", except: "error" };
    const quiet = [route(["team"], { quietHours: night })];
    const warning = someAlert({ severity: "warning" });
    const at = (hour: number, minute = 0): number => Date.UTC(2026, 10, 21, hour, minute);
    // Berlin is an hour ahead of UTC in November.
    expect(sent(warning, quiet, nothingTold, at(20, 59))).toEqual(["team send"]);
    expect(sent(warning, quiet, nothingTold, at(21, 0))).toEqual(["team quiet"]);
    expect(sent(warning, quiet, nothingTold, at(5, 59))).toEqual(["team quiet"]);
    expect(sent(warning, quiet, nothingTold, at(6, 0))).toEqual(["team send"]);
    expect(sent(someAlert({ severity: "error" }), quiet, nothingTold, at(23))).toEqual(["team send"]);
    expect(sent(warning, [...quiet, route(["team"])], nothingTold, at(23))).toEqual(["team send"]);
  });

  it("is quiet for as many minutes as are between the hours, whatever they are", () => {
    const minute = integer({ min: 0, max: 1439 });
    assert(
      property(
        minute,
        minute,
        constantFrom("UTC", "Asia/Kolkata", "America/St_Johns"),
        (from, until, timeZone) => {
          const routes = [route(["team"], { quietHours: { from, until, timeZone, except: "error" } })];
          const quiet = Array.from(
            { length: 96 },
            (_, quarter) => Date.UTC(2026, 5, 1) + quarter * 15 * 60_000,
          ).filter(
            (now) => sent(someAlert({ severity: "info" }), routes, nothingTold, now)[0] === "team quiet",
          );
          const length = (until - from + 1440) % 1440;
          expect(Math.abs(quiet.length - length / 15)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("what is remembered", () => {
  const alert = someAlert();
  const end = { subject: alert.subject, isFailure: true, title: "it failed" };
  const told = {
    target: "team",
    subject: alert.subject,
    fingerprint: alert.fingerprint,
    at: new Date(NOON).toISOString(),
  };
  const after = remembered(nothingTold, [end], [told], NOON, HOUR);

  it("keeps the same from being told again for a while, to that target alone", () => {
    const routes = [route(["team", "ops"])];
    expect(sent(alert, routes, after, NOON + HOUR - 1)).toEqual(["team repeated", "ops send"]);
    expect(sent(alert, routes, after, NOON + HOUR)).toEqual(["team send", "ops send"]);
    expect(sent({ ...alert, fingerprint: "other" }, routes, after)).toEqual(["team send", "ops send"]);
  });

  it("knows since when something fails, and forgets it with what was told once it is well", () => {
    const later = remembered(after, [end], [], NOON + 1000, HOUR);
    expect(later.failing).toEqual([{ subject: alert.subject, title: "it failed", since: told.at }]);
    const well = remembered(later, [{ ...end, isFailure: false }], [], NOON + 2000, HOUR);
    expect(well).toEqual(nothingTold);
  });

  it("forgets what is too old to matter, so that it does not grow", () => {
    expect(remembered(after, [], [], NOON + HOUR, HOUR).told).toEqual([]);
  });
});
