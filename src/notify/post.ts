import { PipelineError } from "../core/errors.js";
import { Redactor } from "../core/redactor.js";
import { refusal, saying } from "../http/failures.js";
import { baseAddress, type Peer } from "../http/peer.js";
import { createWire } from "../http/wire.js";

export interface Post {
  /** Of the target, for messages. */
  readonly service: string;
  /** A secret: nothing of its path or query gets into a message. */
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

/** For one try, from connecting to the last byte. */
const ATTEMPT_MS = 10_000;
const RETRY = { retries: 4, minWaitMs: 500, maxWaitMs: 4_000 } as const;
/** A message that comes twice is better than one that does not come. */
const WORTH_ANOTHER_TRY = [408, 429, 500, 502, 503, 504];

/** @throws PipelineError without any part of the address but its host */
export async function post({ service, url, body, headers, signal }: Post): Promise<void> {
  const redactor = new Redactor();
  const { url: address, userInfo } = baseAddress(service, url);
  const { origin, pathname, search } = new URL(url);
  for (const part of [search.slice(1), pathname, ...pathname.split("/").filter(isTelling)])
    redactor.keep(part);
  redactor.keep(userInfo?.password ?? "");
  const peer: Peer = { service, address: origin, redact: redactor.redact };
  const send = createWire({ peer, timeoutMs: ATTEMPT_MS, retry: RETRY });
  const credentials = userInfo && Buffer.from(`${userInfo.username}:${userInfo.password}`).toString("base64");
  const reply = await send({
    method: "POST",
    url: `${address}${search}`,
    headers: {
      "content-type": "application/json",
      "user-agent": "oso-pipeline",
      ...(credentials === null ? {} : { authorization: `Basic ${redactor.keep(credentials)}` }),
      ...headers,
    },
    body,
    repeatable: true,
    retryStatuses: WORTH_ANOTHER_TRY,
    signal,
  });
  const refused = refusal(peer, reply);
  if (refused !== undefined) throw refused;
  if (reply.status < 400) return;
  throw new PipelineError("CONFIG_INVALID", {
    message: `${service} at ${origin} does not take the alert (HTTP ${reply.status})${saying(peer, reply.body)}`,
    hint: "check that its address is whole and that the webhook still exists",
  });
}

/** Tokens and ids; `api` and `webhooks` stand in any address. */
const isTelling = (segment: string): boolean =>
  segment.length >= 8 && segment !== "webhooks" && segment !== "services";
