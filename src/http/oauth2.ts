import { PipelineError } from "../core/errors.js";
import type { Redactor } from "../core/redactor.js";
import { basic, type Authorizer, type HttpAuth } from "./auth.js";
import { field, refusal, saying, unexpected } from "./failures.js";
import { parseJson } from "./json.js";
import type { Peer } from "./peer.js";
import type { Send, WireReply } from "./wire.js";

type ClientCredentials = Extract<HttpAuth, { type: "oauth2" }>;

interface Token {
  readonly header: string;
  /** On the monotonic clock, in milliseconds. */
  readonly renewAt: number;
}

interface Parts {
  readonly send: Send;
  readonly peer: Peer;
  readonly redactor: Redactor;
  readonly signal: AbortSignal | undefined;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

/** A token is replaced this long before it expires; one that lives shorter than ten times this, at nine tenths. */
const marginMs = 30_000;

/** Client credentials grant: one token, shared by concurrent requests, fetched anew shortly before it expires. */
export function oauth2Authorizer(credentials: ClientCredentials, parts: Parts): Authorizer {
  let held: Token | undefined;
  let asking: Promise<Token> | undefined;

  return {
    header: async () => {
      if (held === undefined || parts.now() >= held.renewAt) {
        asking ??= fetchToken(credentials, parts).finally(() => (asking = undefined));
        held = await asking;
      }
      return held.header;
    },
    renew: (refused) => {
      if (held?.header === refused) held = undefined;
      return true;
    },
  };
}

async function fetchToken(
  credentials: ClientCredentials,
  { send, peer, redactor, signal, now }: Parts,
): Promise<Token> {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (typeof credentials.scope === "string") form.set("scope", credentials.scope);
  const askedAt = now();
  const reply = await send({
    method: "POST",
    url: credentials.tokenEndpoint,
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      // RFC 6749, 2.3.1: both are form-encoded before they are joined.
      authorization: basic(
        encodeURIComponent(credentials.clientId),
        encodeURIComponent(redactor.keep(credentials.clientSecret.reveal())),
      ),
    },
    body: form.toString(),
    repeatable: true,
    retryStatuses: [429, 502, 503, 504],
    signal,
  });
  if (reply.status >= 400 && reply.status < 500 && reply.status !== 429)
    throw refusedCredentials(peer, reply);
  const refused = refusal(peer, reply);
  if (refused !== undefined) throw refused;
  const { token, livesMs } = readToken(peer, reply);
  redactor.keep(token);
  return { header: `Bearer ${token}`, renewAt: askedAt + livesMs - Math.min(marginMs, livesMs / 10) };
}

function refusedCredentials(peer: Peer, reply: WireReply): PipelineError {
  return new PipelineError("AUTHENTICATION_FAILED", {
    message: `${peer.service} at ${peer.address} refused the client credentials (HTTP ${reply.status})${saying(peer, reply.body)}`,
    hint: "check the client id, the client secret and the scope",
  });
}

function readToken(peer: Peer, reply: WireReply): { token: string; livesMs: number } {
  let answer: unknown;
  try {
    answer = parseJson(reply.body);
  } catch {
    answer = undefined;
  }
  const token = field(answer, "access_token");
  // The body may hold a token under another name: it is not shown.
  if (typeof token !== "string" || token === "")
    throw unexpected(peer, { ...reply, body: "" }, "no access token");
  // Some servers send expires_in as text; RFC 6749 lets it be left out, then a refusal tells.
  const seconds = Number(field(answer, "expires_in"));
  return { token, livesMs: seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY };
}
