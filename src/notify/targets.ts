import { PipelineError } from "../core/errors.js";
import type { Secret } from "../core/secret.js";
import { baseAddress } from "../http/peer.js";
import { discordMessage } from "./discord.js";
import { sendMail } from "./email.js";
import type { Alert } from "./alert.js";
import type { Target, TargetSettings } from "./ports.js";
import { post } from "./post.js";
import { slackMessage } from "./slack.js";
import { signed, webhookBody } from "./webhook.js";

/** @param now milliseconds since 1970 */
export function createTarget(settings: TargetSettings, now: () => number): Target {
  const { name, type } = settings;
  const at = (): string => new Date(now()).toISOString();
  const posting = (url: Secret, bodyOf: (alert: Alert) => object): Target => ({
    name,
    type,
    check: () => mustBeAddress(name, url),
    send: async (alert, _, signal) =>
      post({ service: name, url: addressOf(url), body: JSON.stringify(bodyOf(alert)), signal }),
  });
  switch (settings.type) {
    case "discord":
      return posting(settings.url, (alert) => discordMessage(alert, at()));
    case "slack":
      return posting(settings.url, slackMessage);
    case "webhook":
      return {
        name,
        type,
        check: () => {
          baseAddress(name, addressOf(settings.url));
          settings.secret?.reveal();
        },
        send: async (alert, id, signal) => {
          const body = webhookBody(alert, id, at());
          const headers = signed(
            body,
            id,
            Math.floor(now() / 1000),
            settings.secret?.reveal().trim() ?? null,
          );
          await post({ service: name, url: addressOf(settings.url), body, headers, signal });
        },
      };
    case "email":
      return {
        name,
        type,
        check: () => {
          settings.password?.reveal();
        },
        send: async (alert, id, signal) => sendMail(settings, alert, id, signal),
      };
  }
}

/** Files end with a line break. */
const addressOf = (url: Secret): string => url.reveal().trim();

/** @throws PipelineError CONFIG_INVALID, without what stands there: it is a secret */
function mustBeAddress(name: string, url: Secret): void {
  baseAddress(name, addressOf(url));
  if (new URL(addressOf(url)).pathname !== "/") return;
  throw new PipelineError("CONFIG_INVALID", {
    message: `the address of ${name} is a host and no more`,
    hint: "copy the whole address of the webhook: it ends in a token",
  });
}
