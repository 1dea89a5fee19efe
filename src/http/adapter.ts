import type { AxiosAdapter } from "axios";

/** A request of a library that brings its own axios. */
export interface AdapterRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface AdapterReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Handed to the library as it is. */
  readonly data: unknown;
}

/**
 * Lets such a library send its requests through ours, so that retries, time limits, exact numbers and errors are
 * the same everywhere. What `handle` throws reaches the library's caller unchanged.
 */
export function axiosAdapter(handle: (request: AdapterRequest) => Promise<AdapterReply>): AxiosAdapter {
  return async (config) => {
    const headers = Object.entries(config.headers.toJSON()).map(([name, value]) => [name, String(value)]);
    const reply = await handle({
      method: (config.method ?? "get").toUpperCase(),
      url: new URL(config.url ?? "", config.baseURL).href,
      headers: Object.fromEntries(headers),
      body: typeof config.data === "string" ? config.data : undefined,
    });
    return { ...reply, headers: { ...reply.headers }, statusText: "", config };
  };
}
