import { discordMessage } from "./discord.js";
import { sendMail } from "./email.js";
import type { Target, TargetSettings } from "./ports.js";
import { post } from "./post.js";
import { slackMessage } from "./slack.js";
import { signed, webhookBody } from "./webhook.js";

/** @param now milliseconds since 1970 */
export function createTarget(settings: TargetSettings, now: () => number): Target {
  const { name, type } = settings;
  const at = (): string => new Date(now()).toISOString();
  switch (settings.type) {
    case "discord":
      return {
        name,
        type,
        send: async (alert, _, signal) =>
          post({
            service: name,
            url: settings.url.reveal(),
            body: JSON.stringify(discordMessage(alert, at())),
            signal,
          }),
      };
    case "slack":
      return {
        name,
        type,
        send: async (alert, _, signal) =>
          post({
            service: name,
            url: settings.url.reveal(),
            body: JSON.stringify(slackMessage(alert)),
            signal,
          }),
      };
    case "webhook":
      return {
        name,
        type,
        send: async (alert, id, signal) => {
          const body = webhookBody(alert, id, at());
          const headers = signed(body, id, Math.floor(now() / 1000), settings.secret?.reveal() ?? null);
          await post({ service: name, url: settings.url.reveal(), body, headers, signal });
        },
      };
    case "email":
      return { name, type, send: async (alert, id, signal) => sendMail(settings, alert, id, signal) };
  }
}
