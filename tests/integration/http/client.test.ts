import { describe, expect, it } from "vitest";
import { z } from "zod";
import { PipelineError } from "../../../src/core/errors.js";
import { createHttp, type HttpOptions } from "../../../src/http/client.js";
import { errorOf } from "../../support/errors.js";
import { closedAddress, json, serve, type Answer } from "./server.js";

const quick = { minWaitMs: 1, maxWaitMs: 2 };
const client = (baseUrl: string, options: Partial<HttpOptions> = {}) =>
  createHttp({ service: "Nessie", baseUrl, retry: quick, ...options });
const anything = z.unknown();
const get = { method: "GET", path: "/x", schema: anything } as const;
const post = { method: "POST", path: "/x", body: { a: 1 }, schema: anything } as const;

/** Misbehaves as told for the first `times` requests, then answers. */
const first = (times: number, answer: Answer) =>
  serve((_, count) => (count <= times ? answer : json("fine")));

describe("a request", () => {
  it("sends query, body and agent, and reads 64-bit integers exactly both ways", async () => {
    const server = await serve(() => ({ body: '{"snapshotId": 4696621884600235920}' }));
    const http = client(`${server.url}/api/v2/`, { userAgent: "oso-pipeline/1" });
    const reply = await http.request({
      method: "POST",
      path: "/trees/a%2Fb",
      query: { filter: "a == 'b' && c", "max-records": 1, absent: undefined },
      body: { snapshotId: 4696621884600235920n },
      schema: z.object({ snapshotId: z.bigint() }),
    });
    expect(reply).toEqual({ ok: true, status: 200, data: { snapshotId: 4696621884600235920n } });
    const [seen] = server.seen;
    expect(seen?.path).toBe("/api/v2/trees/a%2Fb?filter=a+%3D%3D+%27b%27+%26%26+c&max-records=1");
    expect(seen?.body).toBe('{"snapshotId":4696621884600235920}');
    expect(seen?.headers).toMatchObject({
      "user-agent": "oso-pipeline/1",
      "content-type": "application/json",
    });
  });

  it("gives a refusal that only the asker understands back, with what the service said", async () => {
    const server = await serve(() => json({ errorCode: "REFERENCE_CONFLICT", message: "moved\n on" }, 409));
    expect(await client(server.url).request(get)).toEqual({
      ok: false,
      status: 409,
      body: { errorCode: "REFERENCE_CONFLICT", message: "moved\n on" },
      said: ": moved on",
      isRepeated: false,
    });
  });

  it.each([["drop" as const], [{ status: 503 }]])(
    "tells of a refusal that the request was sent before, which got no answer that says what became of it (%j)",
    async (answer) => {
      const server = await serve((_, count) => (count === 1 ? answer : json({}, 409)));
      expect(await client(server.url).request(get)).toMatchObject({
        ok: false,
        status: 409,
        isRepeated: true,
      });
    },
  );

  it.each([
    ["an HTML page", "<html><head><style>p {}</style></head><body><h1>Welcome to nginx</h1></body></html>"],
    ["an empty body", ""],
    ["JSON of another shape", '{"hello": "world"}'],
  ])("is answered with %s: that is said, not thrown as a defect", async (_, body) => {
    const server = await serve(() => ({ body }));
    const error = await errorOf(() =>
      client(server.url).request({ ...get, schema: z.object({ hash: z.string() }) }),
    );
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain(
      `Nessie at ${server.url} answered HTTP 200 with something that is not its API`,
    );
    expect(error.message).not.toContain("<");
  });

  it("is never carried to an address that nobody configured", async () => {
    const elsewhere = await serve(() => json("stolen"));
    const server = await serve(() => ({ status: 302, headers: { location: `${elsewhere.url}/login` } }));
    const error = await errorOf(() => client(server.url).request(get));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain("redirects");
    expect(elsewhere.seen).toEqual([]);
  });
});

describe("a request that may be repeated", () => {
  it.each([429, 502, 503, 504])("is repeated after HTTP %i", async (status) => {
    const server = await first(2, { status });
    expect(await client(server.url).request(get)).toMatchObject({ ok: true, data: "fine" });
    expect(server.seen).toHaveLength(3);
  });

  it.each(["drop", "cut"] as const)("is repeated after a connection broke (%s)", async (answer) => {
    const server = await first(2, answer);
    expect(await client(server.url).request(get)).toMatchObject({ ok: true, data: "fine" });
  });

  it("is any method that the caller says may be", async () => {
    const server = await first(1, "drop");
    expect(await client(server.url).request({ ...post, repeatable: true })).toMatchObject({ ok: true });
    expect(server.seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  });

  it("is not repeated after HTTP 500, which promises nothing", async () => {
    const server = await first(1, json({ message: "NullPointerException" }, 500));
    const error = await errorOf(() => client(server.url).request(get));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toBe(`Nessie at ${server.url} failed (HTTP 500): NullPointerException`);
    expect(server.seen).toHaveLength(1);
  });

  it("gives up after the last retry and says what the service said", async () => {
    const server = await serve(() => ({ status: 503, body: "warming up" }));
    const error = await errorOf(() => client(server.url, { retry: { ...quick, retries: 2 } }).request(get));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toBe(`Nessie at ${server.url} failed (HTTP 503): warming up`);
    expect(server.seen).toHaveLength(3);
  });
});

describe("a request that must not be repeated", () => {
  it.each<[string, Answer]>([
    ["HTTP 503", { status: 503 }],
    ["HTTP 429", { status: 429 }],
    ["a broken connection", "drop"],
    ["half an answer", "cut"],
  ])("is sent once, whatever comes back (%s)", async (_, answer) => {
    const server = await serve(() => answer);
    expect((await errorOf(() => client(server.url).request(post))).code).toBe("SERVICE_UNAVAILABLE");
    expect(server.seen).toHaveLength(1);
  });
});

describe("a service that is not there", () => {
  it("is named with its address and the reason", async () => {
    const address = await closedAddress();
    const error = await errorOf(() => client(address, { retry: { ...quick, retries: 1 } }).request(post));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toBe(`Nessie at ${address} cannot be reached: connection refused`);
    expect(error.hint).toContain("address");
  });

  it("is named without the credentials in its address", async () => {
    const address = (await closedAddress()).replace("http://", "http://reader:hunter22@");
    const error = await errorOf(() => client(address, { retry: { retries: 0 } }).request(get));
    expect(error.message).not.toContain("hunter22");
    expect(error.message).not.toContain("reader");
  });
});

describe("a service that does not answer", () => {
  it("ends in TIMEOUT, naming the request", async () => {
    const server = await serve(() => "hang");
    const error = await errorOf(() => client(server.url, { timeoutMs: 50 }).request(get));
    expect(error.code).toBe("TIMEOUT");
    expect(error.message).toBe(`Nessie at ${server.url} did not answer GET /x within 0.05 s`);
  });

  it("can be given up by the caller, who may say why", async () => {
    const server = await serve(() => {
      controller.abort(new PipelineError("TERMINATED", { message: "told to end" }));
      return "hang";
    });
    const controller = new AbortController();
    const error = await errorOf(() => client(server.url, { signal: controller.signal }).request(get));
    expect([error.code, error.message]).toEqual(["TERMINATED", "told to end"]);
  });

  it("ends in INTERRUPTED where no reason is given", async () => {
    const server = await serve(() => {
      controller.abort();
      return "hang";
    });
    const controller = new AbortController();
    const error = await errorOf(() => client(server.url, { signal: controller.signal }).request(get));
    expect(error.code).toBe("INTERRUPTED");
  });

  it("is not asked at all once the caller has given up", async () => {
    const server = await serve(() => json("fine"));
    const error = await errorOf(() => client(server.url, { signal: AbortSignal.abort() }).request(get));
    expect(error.code).toBe("INTERRUPTED");
    expect(server.seen).toEqual([]);
  });
});
