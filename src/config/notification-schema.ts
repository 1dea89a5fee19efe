import * as z from "zod";
import { alertEvents, severities } from "../notify/alert.js";
import { duration, httpUrl, secret, text, timeout } from "./words.js";

const targetName = {
  name: text.describe("What routes and results call it."),
};

const port = z.int().min(1).max(65_535);

const target = z.discriminatedUnion("type", [
  z
    .strictObject({
      type: z.literal("discord"),
      ...targetName,
      url: secret.describe("Address of the webhook."),
    })
    .describe("A webhook of a Discord channel."),
  z
    .strictObject({
      type: z.literal("slack"),
      ...targetName,
      url: secret.describe("Address of the webhook."),
    })
    .describe("An incoming webhook of Slack."),
  z
    .strictObject({
      type: z.literal("webhook"),
      ...targetName,
      url: secret.describe("Address that takes JSON by POST."),
      secret: secret.optional().describe("Signs what is sent (standardwebhooks.com). Left out: not signed."),
    })
    .describe("Any service that takes JSON."),
  z
    .strictObject({
      type: z.literal("email"),
      ...targetName,
      host: text.describe("SMTP server."),
      port: port.optional().describe("Default: 465 with `tls`, 587 with `starttls`, 25 with `none`."),
      security: z
        .enum(["starttls", "tls", "none"])
        .default("starttls")
        .describe(
          "`starttls` and `tls` send nothing unencrypted; `none` is for servers on the same machine.",
        ),
      user: text.optional().describe("User to sign in as. Left out: no sign-in."),
      password: secret.optional().describe("Password of that user."),
      from: text.describe("Sender, e.g. `Pipeline <pipeline@example.org>`."),
      to: z.array(text).min(1, { error: "must not be empty" }).describe("Receivers."),
    })
    .refine(({ user, password }) => (user === undefined) === (password === undefined), {
      error: "user and password belong together: give both or neither",
    })
    .describe("Mail through an SMTP server."),
]);

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day in quotes, e.g. "22:00"' });

const timeZone = text.refine(isTimeZone, { error: "must be the name of a time zone, e.g. Europe/Berlin" });

const route = z.strictObject({
  to: z.array(text).min(1, { error: "must not be empty" }).describe("Names of targets."),
  events: z.array(z.enum(alertEvents)).optional().describe("Only these. Default: all."),
  severity: z.enum(severities).default("info").describe("The least severe that is sent."),
  environments: z.array(text).optional().describe("Only of these SQLMesh environments. Default: all."),
  quiet_hours: z
    .strictObject({
      from: clock.describe("Time of day."),
      until: clock.describe("Time of day; of the next day where it is earlier."),
      time_zone: timeZone.default("UTC").describe("Whose time of day."),
      except: z.enum(severities).default("error").describe("The least severe that is sent all the same."),
    })
    .optional()
    .describe("When nothing is sent. What is held back then is not sent later."),
});

export const notificationsSchema = z
  .strictObject({
    targets: z.array(target).default([]).describe("Where alerts can go."),
    routes: z.array(route).default([]).describe("Which alerts go where. Without any, all go to all targets."),
    timeout: timeout
      .default("20s")
      .describe("How long sending may hold up the end of a command, all targets together."),
    repeat_after: duration
      .default("1h")
      .describe("How long the same alert is not sent to a target again, unless it has been well meanwhile."),
    slowdown: z
      .strictObject({
        factor: z
          .number()
          .min(1)
          .default(2)
          .describe("Times what runs of the same request, or batches of a model, usually take."),
        at_least: duration.default("10m").describe("And longer by at least this."),
      })
      .prefault({})
      .describe("When a run, or a model in it, counts as slow. Three earlier ones must be remembered."),
    report_url: httpUrl()
      .optional()
      .describe("Where reports are published, `{run}` in place of the run's id, to be linked to."),
  })
  .superRefine(({ targets, routes }, context) => {
    const known = new Set<string>();
    for (const [index, { name }] of targets.entries()) {
      if (known.has(name))
        context.addIssue({
          code: "custom",
          path: ["targets", index, "name"],
          message: "is another target's name too",
        });
      known.add(name);
    }
    for (const [index, { to }] of routes.entries())
      for (const [position, name] of to.entries())
        if (!known.has(name))
          context.addIssue({
            code: "custom",
            path: ["routes", index, "to", position],
            message: `names no target: there is ${known.size === 0 ? "none" : [...known].join(", ")}`,
          });
  })
  .describe("Who is told of what, outside the command's own output.");

function isTimeZone(written: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: written }));
  } catch {
    return false;
  }
}
