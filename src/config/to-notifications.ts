import { parseDuration } from "../core/duration.js";
import type { NotificationSettings, QuietHours, Route, TargetSettings } from "../notify/ports.js";
import type { Surroundings } from "./to-config.js";
import type { FileContent } from "./schema.js";

type Content = FileContent["notifications"];

export function toNotifications(content: Content, around: Surroundings): NotificationSettings {
  const { targets, routes, timeout, repeat_after: repeat, slowdown, report_url: reportUrl } = content;
  return {
    targets: targets.map((target, index) => toTarget(target, `notifications.targets[${index}]`, around)),
    routes: routes.length === 0 ? [everything(targets)] : routes.map(toRoute),
    timeoutMilliseconds: milliseconds(timeout),
    repeatMilliseconds: milliseconds(repeat),
    slowdown: { factor: slowdown.factor, atLeastMilliseconds: milliseconds(slowdown.at_least) },
    reportUrl: reportUrl ?? null,
  };
}

const everything = (targets: Content["targets"]): Route => ({
  to: targets.map(({ name }) => name),
  events: null,
  severity: "info",
  environments: null,
  quietHours: null,
});

const ports = { tls: 465, starttls: 587, none: 25 } as const;

function toTarget(target: Content["targets"][number], at: string, around: Surroundings): TargetSettings {
  const { name } = target;
  const secret: Surroundings["secret"] = (reference, setting) => around.secret(reference, setting);
  switch (target.type) {
    case "discord":
    case "slack":
      return { type: target.type, name, url: secret(target.url, `${at}.url`) };
    case "webhook":
      return {
        type: target.type,
        name,
        url: secret(target.url, `${at}.url`),
        secret: target.secret === undefined ? null : secret(target.secret, `${at}.secret`),
      };
    case "email": {
      const { type, host, security, from, to, user, password } = target;
      return {
        type,
        name,
        host,
        security,
        from,
        to,
        port: target.port ?? ports[security],
        user: user ?? null,
        password: password === undefined ? null : secret(password, `${at}.password`),
      };
    }
  }
}

const toRoute = ({
  to,
  events,
  severity,
  environments,
  quiet_hours: quiet,
}: Content["routes"][number]): Route => ({
  to,
  severity,
  events: events ?? null,
  environments: environments ?? null,
  quietHours: quiet === undefined ? null : toQuietHours(quiet),
});

const toQuietHours = ({
  from,
  until,
  time_zone: timeZone,
  except,
}: NonNullable<Content["routes"][number]["quiet_hours"]>): QuietHours => ({
  from: minuteOfDay(from),
  until: minuteOfDay(until),
  timeZone,
  except,
});

function minuteOfDay(clock: string): number {
  const [hour, minute] = clock.split(":").map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

/** The schema has let only durations through. */
const milliseconds = (written: string): number => parseDuration(written) ?? 0;
