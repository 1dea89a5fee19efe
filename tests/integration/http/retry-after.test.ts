import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createHttp } from "../../../src/http/client.js";
import { errorOf } from "../../support/errors.js";
import { json, serve } from "./server.js";

const pause = vi.hoisted(() =>
  vi.fn<(milliseconds: number, value?: unknown, options?: object) => Promise<void>>(),
);
vi.mock("node:timers/promises", () => ({ setTimeout: pause }));

const request = { method: "GET", path: "/x", schema: z.unknown() } as const;

async function askOnce(retryAfter: string, signal?: AbortSignal) {
  const server = await serve((_, count) =>
    count === 1 ? { status: 503, headers: { "retry-after": retryAfter } } : json("fine"),
  );
  const http = createHttp({
    service: "Nessie",
    baseUrl: server.url,
    signal,
    retry: { minWaitMs: 1, maxWaitMs: 1 },
  });
  return { server, reply: () => http.request(request) };
}

describe("Retry-After", () => {
  beforeEach(() => {
    pause.mockReset().mockResolvedValue();
  });

  it("in seconds is waited for", async () => {
    const { reply } = await askOnce("7");
    expect(await reply()).toMatchObject({ data: "fine" });
    expect(pause.mock.calls.map(([wait]) => wait)).toEqual([7000]);
  });

  it("as a date is waited for", async () => {
    const { reply } = await askOnce(new Date(Date.now() + 20_000).toUTCString());
    await reply();
    const [wait] = pause.mock.calls[0] ?? [];
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(20_000);
  });

  it("in the past or illegible is no reason to wait", async () => {
    for (const header of ["Wed, 21 Oct 2015 07:28:00 GMT", "soon"]) {
      const { reply } = await askOnce(header);
      expect(await reply()).toMatchObject({ data: "fine" });
    }
    expect(pause).not.toHaveBeenCalled();
  });

  it("beyond a minute is reported instead", async () => {
    const { reply, server } = await askOnce("3600");
    const error = await errorOf(reply);
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.hint).toContain("3600");
    expect(server.seen).toHaveLength(1);
  });

  it("is not waited out once the caller has given up", async () => {
    const controller = new AbortController();
    const { reply, server } = await askOnce("30", controller.signal);
    pause.mockImplementation(() => {
      controller.abort();
      return Promise.reject(new Error("the wait was ended by the signal"));
    });
    expect((await errorOf(reply)).code).toBe("INTERRUPTED");
    expect(pause).toHaveBeenCalledWith(30_000, undefined, { signal: controller.signal });
    expect(server.seen).toHaveLength(1);
  });
});
