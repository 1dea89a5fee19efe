import { createHmac } from "node:crypto";
import type { Alert } from "./alert.js";
import { fit } from "./fit.js";

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
const VERSION = 1;

/** Most lines of a list, and units of a text: what receivers take without complaint. */
export const webhookLimits = { lines: 100, text: 4000 } as const;

/** The alert as JSON, for programs. */
export function webhookBody(alert: Alert, id: string, at: string): string {
  const { lines, text } = webhookLimits;
  const cut = (said: string): string => fit(said, text);
  return JSON.stringify({
    version: VERSION,
    id,
    at,
    event: alert.event,
    severity: alert.severity,
    subject: alert.subject,
    environment: alert.environment,
    title: cut(alert.title),
    text: cut(alert.text),
    facts: Object.fromEntries(alert.facts.map(({ name, value }) => [name, cut(value)])),
    lists: alert.lists.map((list) => ({
      title: cut(list.title),
      lines: list.lines.slice(0, lines).map(cut),
      total: list.lines.length,
    })),
    links: alert.links,
    next: alert.next,
  });
}

const PREFIX = "whsec_";

/**
 * Headers by which a receiver knows that it is us, and when: those of the Standard Webhooks specification
 * (standardwebhooks.com), HMAC-SHA256 over `id.timestamp.body`.
 * @param secret `whsec_` and base64, or any text
 * @param seconds since 1970
 */
export function signed(
  body: string,
  id: string,
  seconds: number,
  secret: string | null,
): Record<string, string> {
  const identity = { "webhook-id": id, "webhook-timestamp": String(seconds) };
  if (secret === null) return identity;
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), "base64")
    : Buffer.from(secret);
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { ...identity, "webhook-signature": `v1,${signature}` };
}
