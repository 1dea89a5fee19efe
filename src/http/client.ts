import { Secret } from "../core/secret.js";
import { Redactor } from "../core/redactor.js";
import { basic, headerSafe, fixedAuthorizer, type Authorizer, type HttpAuth } from "./auth.js";
import { refusal, saying, unexpected } from "./failures.js";
import { parseJson, toJson } from "./json.js";
import { oauth2Authorizer } from "./oauth2.js";
import { baseAddress, type BaseAddress, type Peer } from "./peer.js";
import { createWire, type RetryPolicy, type WireReply } from "./wire.js";
import type { Tls } from "./tls.js";

export interface HttpOptions {
  /** The service's name in messages: `Nessie`. */
  readonly service: string;
  readonly baseUrl: string;
  readonly auth?: HttpAuth | undefined;
  /** For one attempt; 30 s where left out. */
  readonly timeoutMs?: number | undefined;
  readonly tls?: Tls | undefined;
  readonly userAgent?: string | undefined;
  /** Ends every request of this client. A PipelineError as its reason is what is thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Monotonic clock in milliseconds, for the life of tokens. */
  readonly now?: (() => number) | undefined;
}

export interface HttpRequest<T> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Joined to the base URL as it is: parts are encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What a success must look like; a zod schema fits. */
  readonly schema: Schema<T>;
  /** Whether sending it twice does no harm. GET always is. */
  readonly repeatable?: boolean | undefined;
}

export interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

/** A success, or a refusal that means something only to the room that asked (404, 409 …). */
export type HttpReply<T> =
  | { readonly ok: true; readonly status: number; readonly data: T }
  | {
      readonly ok: false;
      readonly status: number;
      /** Parsed where it is JSON. */
      readonly body: unknown;
      /** What the service said, redacted, on one line, with `: ` in front; or nothing. */
      readonly said: string;
      /** Whether the request was sent before: then what is refused may be what that one has done. */
      readonly isRepeated: boolean;
    };

export interface Http {
  /** Name and address for messages; no credentials. */
  readonly peer: Peer;
  /**
   * @throws PipelineError AUTHENTICATION_FAILED, PERMISSION_DENIED, SERVICE_UNAVAILABLE, TIMEOUT, INTERRUPTED (or
   *   what the signal was aborted with), CONFIG_INVALID where the address redirects elsewhere.
   */
  request<T>(request: HttpRequest<T>): Promise<HttpReply<T>>;
}

export const defaultRetry: RetryPolicy = { retries: 5, minWaitMs: 100, maxWaitMs: 5_000 };
const passing = [429, 502, 503, 504];

/** @throws PipelineError CONFIG_INVALID for an address or a token that cannot be used. */
export function createHttp(options: HttpOptions): Http {
  const { service, signal } = options;
  const redactor = new Redactor();
  const base = baseAddress(service, options.baseUrl);
  const peer: Peer = { service, address: base.url, redact: redactor.redact };
  const wireOptions = {
    timeoutMs: options.timeoutMs ?? 30_000,
    tls: options.tls,
    retry: { ...defaultRetry, ...options.retry },
  };
  const send = createWire({ ...wireOptions, peer });
  const authorizer = createAuthorizer(options, base, redactor, wireOptions);

  async function sendAuthorized<T>(
    request: HttpRequest<T>,
  ): Promise<{ reply: WireReply; authorization: string | undefined }> {
    const authorization = await authorizer.header();
    const repeatable = request.method === "GET" || request.repeatable === true;
    const reply = await send({
      method: request.method,
      url: `${base.url}${request.path}${queryString(request.query)}`,
      headers: {
        accept: "application/json",
        "user-agent": options.userAgent ?? "oso-pipeline",
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: request.body === undefined ? undefined : toJson(request.body),
      repeatable,
      retryStatuses: repeatable ? passing : [],
      signal,
    });
    return { reply, authorization };
  }

  return {
    peer,
    request: async (request) => {
      let { reply, authorization } = await sendAuthorized(request);
      if (reply.status === 401 && authorizer.renew(authorization)) {
        const { isRepeated } = reply;
        ({ reply } = await sendAuthorized(request));
        reply = { ...reply, isRepeated: isRepeated || reply.isRepeated };
      }
      return read(peer, reply, request.schema);
    },
  };
}

function createAuthorizer(
  options: HttpOptions,
  base: BaseAddress,
  redactor: Redactor,
  wireOptions: { timeoutMs: number; tls: Tls | undefined; retry: RetryPolicy },
): Authorizer {
  const { service } = options;
  const auth = withUserInfo(options.auth ?? { type: "none" }, base);
  if (auth.type === "none") return fixedAuthorizer(() => undefined);
  if (auth.type === "bearer") {
    return fixedAuthorizer(() => `Bearer ${redactor.keep(headerSafe(service, auth.token.reveal()))}`);
  }
  if (auth.type === "basic") {
    return fixedAuthorizer(() => basic(auth.username, redactor.keep(auth.password.reveal())));
  }
  const endpoint = baseAddress(`${service}'s token endpoint`, auth.tokenEndpoint);
  const peer = { service: `${service}'s token endpoint`, address: endpoint.url, redact: redactor.redact };
  return oauth2Authorizer(auth, {
    send: createWire({ ...wireOptions, peer }),
    peer,
    redactor,
    signal: options.signal,
    now: options.now ?? (() => performance.now()),
  });
}

/** `https://user:password@host` is basic authentication. */
function withUserInfo(auth: HttpAuth, { userInfo }: BaseAddress): HttpAuth {
  return auth.type === "none" && userInfo !== null
    ? { type: "basic", username: userInfo.username, password: Secret.of(userInfo.password) }
    : auth;
}

function read<T>(peer: Peer, reply: WireReply, schema: Schema<T>): HttpReply<T> {
  const refused = refusal(peer, reply);
  if (refused !== undefined) throw refused;
  const body = parsed(reply.body);
  const { status, isRepeated } = reply;
  if (status >= 400) return { ok: false, status, body, said: saying(peer, reply.body), isRepeated };
  const result = schema.safeParse(body);
  if (!result.success) throw unexpected(peer, reply, "something that is not its API");
  return { ok: true, status, data: result.data };
}

/** Undefined where it is not JSON: an empty answer, HTML, rubbish. The schema decides whether that will do. */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function queryString(query: HttpRequest<unknown>["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
