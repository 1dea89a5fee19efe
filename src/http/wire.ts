import { setTimeout as sleep } from "node:timers/promises";
import axios from "axios";
import pRetry from "p-retry";
import { deadline } from "./deadline.js";
import { AttemptFailure, attemptFailure, interrupted, unreachable } from "./failures.js";
import type { Peer } from "./peer.js";
import { tlsAgent, type Tls } from "./tls.js";

export interface RetryPolicy {
  readonly retries: number;
  /** Wait before the first retry, in milliseconds; doubles with each. */
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
}

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whether sending it twice does no harm: then a connection lost on the way is retried too. */
  readonly repeatable: boolean;
  /** Statuses that are worth another try. */
  readonly retryStatuses: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the request was sent before, and got no answer or one that is passing: it may have been done then. */
  readonly isRepeated: boolean;
}

/**
 * Sends one request, with retries, and gives whatever the service answered, refusals included.
 * @throws PipelineError SERVICE_UNAVAILABLE where nothing answered, TIMEOUT, or what the signal was aborted with.
 */
export type Send = (request: WireRequest) => Promise<WireReply>;

export interface WireOptions {
  readonly peer: Peer;
  /** For one attempt, from connecting to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  readonly tls?: Tls | undefined;
  readonly retry: RetryPolicy;
}

/** A service that asks for a longer pause is reported instead of waited for. */
const longestPauseMs = 60_000;

export function createWire({ peer, timeoutMs, tls, retry }: WireOptions): Send {
  const httpsAgent = tlsAgent(peer.service, tls);

  async function attempt(request: WireRequest, isRepeated: boolean): Promise<WireReply> {
    const limit = deadline(timeoutMs, request.signal);
    try {
      const response = await axios.request<string>({
        method: request.method,
        url: request.url,
        headers: { ...request.headers },
        data: request.body,
        httpsAgent,
        signal: limit.signal,
        // A redirect would carry the request, and what authorises it, to an address nobody configured.
        maxRedirects: 0,
        responseType: "text",
        transformRequest: [(body: string | undefined) => body],
        transformResponse: [(body: string) => body],
        validateStatus: () => true,
      });
      const { status, data: body } = response;
      const reply = { status, headers: plain(response.headers), body, isRepeated };
      if (request.retryStatuses.includes(reply.status)) throw new AttemptFailure("status", "", reply);
      return reply;
    } catch (thrown) {
      if (thrown instanceof AttemptFailure) throw thrown;
      if (request.signal?.aborted === true) throw interrupted(request.signal, peer);
      throw limit.expired() ? new AttemptFailure("timeout", "") : attemptFailure(thrown);
    } finally {
      limit.dispose();
    }
  }

  return async (request) => {
    try {
      return await pRetry((number) => attempt(request, number > 1), {
        retries: retry.retries,
        minTimeout: retry.minWaitMs,
        maxTimeout: retry.maxWaitMs,
        randomize: true,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        shouldRetry: ({ error }) => worthRetrying(error, request),
      });
    } catch (thrown) {
      if (request.signal?.aborted === true) throw interrupted(request.signal, peer);
      if (!(thrown instanceof AttemptFailure)) throw thrown;
      if (thrown.reply !== undefined) return thrown.reply;
      throw unreachable(peer, thrown, { method: request.method, url: request.url, timeoutMs });
    }
  };
}

async function worthRetrying(failure: Error, request: WireRequest): Promise<boolean> {
  if (!(failure instanceof AttemptFailure)) return false;
  if (failure.kind === "unconnected") return true;
  if (failure.kind === "lost") return request.repeatable;
  if (failure.kind !== "status") return false;
  const pause = pauseAskedFor(failure.reply?.headers["retry-after"]);
  if (pause > longestPauseMs) return false;
  const signal = request.signal === undefined ? {} : { signal: request.signal };
  if (pause > 0) await sleep(pause, undefined, signal);
  return true;
}

const plain = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));

/** Retry-After, in seconds or as a date, as milliseconds from now. */
function pauseAskedFor(header: string | undefined): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}
