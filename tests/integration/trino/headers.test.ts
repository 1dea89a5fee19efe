import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/core/secret.js";
import { createTrinoClient, type TrinoOptions } from "../../../src/trino/client.js";
import { errorOf } from "../../support/errors.js";
import { serve, type Answer } from "../http/server.js";
import { columns, fakeTrino, instead, page } from "./fake-trino.js";

const retry = { retries: 0 };
const basic: Partial<TrinoOptions> = { auth: { type: "basic", password: Secret.of("hunter22") } };
const client = (server: string, options: Partial<TrinoOptions> = {}) =>
  createTrinoClient({ server, user: "reader", retry, ...options });

/** Headers of every request that a query of three pages makes. */
async function headersWith(options: Partial<TrinoOptions>) {
  const trino = await fakeTrino(page(), page({ columns, data: [[1]] }), page());
  await client(trino.url, options).query("SELECT 'ä'");
  expect(trino.seen).toHaveLength(3);
  expect(trino.seen[0]?.body).toBe("SELECT 'ä'");
  return trino.seen.map(({ headers }) => headers);
}

describe("what Trino is told with each request", () => {
  it("is who asks, through what, and that exact times are wanted", async () => {
    for (const headers of await headersWith({ clientTags: ["verify", "run-1"] })) {
      expect(headers).toMatchObject({
        "x-trino-user": "reader",
        "x-trino-source": "oso-pipeline",
        "x-trino-client-tags": "verify,run-1",
        "x-trino-client-capabilities": "PARAMETRIC_DATETIME",
        "x-trino-time-zone": "UTC",
      });
      expect(headers.authorization).toBeUndefined();
    }
  });

  it("is the catalog, schema and session that are configured, with values encoded", async () => {
    const options = { catalog: "iceberg", schema: "oso", session: { a: "1,2=3", query_priority: "1" } };
    for (const headers of await headersWith(options)) {
      expect(headers).toMatchObject({
        "x-trino-catalog": "iceberg",
        "x-trino-schema": "oso",
        "x-trino-session": "a=1%2C2%3D3,query_priority=1",
      });
    }
  });

  it("is a password with the user's name", async () => {
    for (const headers of await headersWith(basic)) {
      expect(headers.authorization).toBe(`Basic ${Buffer.from("reader:hunter22").toString("base64")}`);
    }
  });

  it("is a JSON web token", async () => {
    for (const headers of await headersWith({ auth: { type: "jwt", token: Secret.of("ey.J9\n") } })) {
      expect(headers.authorization).toBe("Bearer ey.J9");
    }
  });

  it("is not changed by what another query set", async () => {
    const trino = await serve((_, count) => ({
      headers:
        count === 1 ? { "x-trino-set-session": "query_priority=9", "x-trino-set-schema": "other" } : {},
      body: JSON.stringify({ id: "x" }),
    }));
    const engine = client(trino.url, { schema: "oso" });
    await engine.query("SET SESSION query_priority = 9");
    await engine.query("SELECT 1");
    expect(trino.seen[1]?.headers["x-trino-session"]).toBeUndefined();
    expect(trino.seen[1]?.headers["x-trino-schema"]).toBe("oso");
  });
});

describe("credentials", () => {
  it("refused are AUTHENTICATION_FAILED with what Trino said", async () => {
    const trino = await serve(() => ({
      status: 401,
      body: "Password not allowed for insecure authentication",
    }));
    const error = await errorOf(() => client(trino.url, basic).query("SELECT 1"));
    expect(error.code).toBe("AUTHENTICATION_FAILED");
    expect(error.message).toContain("Password not allowed for insecure authentication");
  });

  it("that expire in the middle of a query are AUTHENTICATION_FAILED too", async () => {
    const trino = await fakeTrino(page(), instead({ status: 401 }), page());
    expect((await errorOf(() => client(trino.url, basic).query("SELECT 1"))).code).toBe(
      "AUTHENTICATION_FAILED",
    );
  });

  it("without the right are PERMISSION_DENIED", async () => {
    const trino = await serve(() => ({ status: 403, body: "reader may not impersonate" }));
    const error = await errorOf(() => client(trino.url, basic).query("SELECT 1"));
    expect([error.code, error.message]).toEqual([
      "PERMISSION_DENIED",
      expect.stringContaining("may not impersonate"),
    ]);
  });

  it("do not follow Trino to another address", async () => {
    const elsewhere = await serve(() => ({ body: JSON.stringify({ id: "x" }) }));
    const trino = await serve(() => ({
      body: JSON.stringify({ id: "x", nextUri: `${elsewhere.url}/v1/next` }),
    }));
    const error = await errorOf(() => client(trino.url, basic).query("SELECT 1"));
    expect([error.code, error.message]).toEqual(["CONFIG_INVALID", expect.stringContaining(elsewhere.url)]);
    expect(elsewhere.seen).toEqual([]);
  });

  it("are no concern where there are none: the answer may go on elsewhere", async () => {
    const elsewhere = await serve(() => ({ body: JSON.stringify({ id: "x", columns, data: [[1]] }) }));
    const trino = await serve(() => ({
      body: JSON.stringify({ id: "x", nextUri: `${elsewhere.url}/v1/next` }),
    }));
    expect((await client(trino.url).query("SELECT 1")).rows).toEqual([[1]]);
  });

  it.each<[string, Answer]>([
    ["drops the connection", "drop"],
    ["hangs", "hang"],
    ["repeats them", { status: 500, body: "hunter22 Basic cmVhZGVyOmh1bnRlcjIy" }],
    [
      "repeats them in a query's error",
      { body: JSON.stringify({ id: "x", error: { message: "hunter22 is no table" } }) },
    ],
    ["answers rubbish", { body: "hunter22" }],
  ])("are in no part of the error when Trino %s", async (_, answer) => {
    const trino = await serve(() => answer);
    const thrown: unknown = await client(trino.url, { ...basic, timeoutMs: 500 })
      .query("SELECT 1")
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    const printed = inspect(thrown, { depth: 20, showHidden: true, getters: true });
    expect(printed).not.toContain("hunter22");
    expect(printed).not.toContain("cmVhZGVyOmh1bnRlcjIy");
  });
});
