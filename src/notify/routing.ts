import { type Alert, isAtLeast } from "./alert.js";
import { isToldAlready, type Memory } from "./memory.js";
import type { NotificationSettings, QuietHours, Route } from "./ports.js";

/** What becomes of an alert at one target. */
export interface Dispatch {
  readonly alert: Alert;
  readonly target: string;
  /** `quiet`: in quiet hours; `repeated`: told the same a short while ago. */
  readonly decision: "send" | "quiet" | "repeated";
}

/**
 * Which alerts go where. A target that several routes name is sent an alert once, and is quiet only where each of them
 * is. Targets in the order of the configuration.
 */
export function dispatches(
  alerts: readonly Alert[],
  { targets, routes, repeatMilliseconds }: NotificationSettings,
  memory: Memory,
  now: number,
): readonly Dispatch[] {
  return alerts.flatMap((alert) =>
    targets.flatMap(({ name: target }): Dispatch[] => {
      const ways = routes.filter((route) => route.to.includes(target) && isFor(route, alert));
      if (ways.length === 0) return [];
      if (isToldAlready(memory, target, alert, now, repeatMilliseconds))
        return [{ alert, target, decision: "repeated" }];
      const isQuiet = ways.every(
        ({ quietHours }) => quietHours !== null && keepsQuiet(quietHours, alert, now),
      );
      return [{ alert, target, decision: isQuiet ? "quiet" : "send" }];
    }),
  );
}

const isFor = ({ events, severity, environments }: Route, alert: Alert): boolean =>
  (events === null || events.includes(alert.event)) &&
  isAtLeast(alert.severity, severity) &&
  (environments === null || alert.environment === null || environments.includes(alert.environment));

function keepsQuiet({ from, until, timeZone, except }: QuietHours, alert: Alert, now: number): boolean {
  if (isAtLeast(alert.severity, except)) return false;
  const minute = minuteOfDay(now, timeZone);
  return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
}

function minuteOfDay(now: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(now);
  const of = (type: "hour" | "minute"): number => Number(parts.find((part) => part.type === type)?.value);
  return of("hour") * 60 + of("minute");
}
