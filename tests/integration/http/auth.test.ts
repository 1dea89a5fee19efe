import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Secret } from "../../../src/core/secret.js";
import type { HttpAuth } from "../../../src/http/auth.js";
import { createHttp } from "../../../src/http/client.js";
import { errorOf } from "../../support/errors.js";
import { closedAddress, json, serve, type Answer, type Seen } from "./server.js";

const retry = { retries: 1, minWaitMs: 1, maxWaitMs: 1 };
const get = { method: "GET", path: "/x", schema: z.unknown() } as const;
const client = (baseUrl: string, auth?: HttpAuth, now?: () => number) =>
  createHttp({ service: "Nessie", baseUrl, auth, retry, now });

const granted = (count: number, expiresIn: unknown = 3600): Answer =>
  json({ access_token: `token-${count}`, token_type: "Bearer", expires_in: expiresIn });

describe("authentication", () => {
  it("sends nothing where none is configured", async () => {
    const server = await serve(() => json("fine"));
    await client(server.url).request(get);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("sends a bearer token, without the line break that its file ended with", async () => {
    const server = await serve(() => json("fine"));
    await client(server.url, { type: "bearer", token: Secret.of("to.ken\n") }).request(get);
    expect(server.seen[0]?.headers.authorization).toBe("Bearer to.ken");
  });

  it("refuses a token that no header can carry, without showing it", async () => {
    const server = await serve(() => json("fine"));
    const auth: HttpAuth = { type: "bearer", token: Secret.of("to\nken") };
    const error = await errorOf(() => client(server.url, auth).request(get));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(`${error.message} ${error.hint}`).not.toMatch(/to\s*ken"/);
    expect(server.seen).toEqual([]);
  });

  it("reveals a secret only when it is used", async () => {
    const server = await serve(() => json("fine"));
    let reveals = 0;
    const token = new Secret(() => {
      reveals += 1;
      return "token";
    });
    const http = client(server.url, { type: "bearer", token });
    expect(reveals).toBe(0);
    await http.request(get);
    expect(reveals).toBe(1);
  });

  it("sends basic credentials, in any alphabet", async () => {
    const server = await serve(() => json("fine"));
    await client(server.url, { type: "basic", username: "zoë", password: Secret.of("pä:ss") }).request(get);
    expect(server.seen[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from("zoë:pä:ss").toString("base64")}`,
    );
  });

  it("takes credentials written into the address for basic ones", async () => {
    const server = await serve(() => json("fine"));
    await client(server.url.replace("http://", "http://reader:s%40cret@")).request(get);
    expect(server.seen[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from("reader:s@cret").toString("base64")}`,
    );
  });

  it("refused is AUTHENTICATION_FAILED, once, with what the service said and without the credentials", async () => {
    const server = await serve(({ headers }) => ({
      status: 401,
      body: `no such user: ${headers.authorization}`,
    }));
    const error = await errorOf(() =>
      client(server.url, { type: "basic", username: "reader", password: Secret.of("hunter22") }).request(get),
    );
    expect(error.code).toBe("AUTHENTICATION_FAILED");
    expect(error.message).toBe(
      `Nessie at ${server.url} refused the credentials (HTTP 401): no such user: Basic ***`,
    );
    expect(server.seen).toHaveLength(1);
  });

  it("without the right is PERMISSION_DENIED", async () => {
    const server = await serve(() => json({ message: "'reader' may not assign tags" }, 403));
    const error = await errorOf(() => client(server.url).request(get));
    expect(error.code).toBe("PERMISSION_DENIED");
    expect(error.message).toContain("'reader' may not assign tags");
  });
});

/** A service behind a token endpoint; both answer as told. */
async function setUp(
  endpointAnswer: (count: number, seen: Seen) => Answer = (count) => granted(count),
  serviceAnswer: (seen: Seen, count: number) => Answer = () => json("fine"),
) {
  const clock = { now: 0 };
  const endpoint = await serve((seen, count) => endpointAnswer(count, seen));
  const service = await serve(serviceAnswer);
  const auth: HttpAuth = {
    type: "oauth2",
    tokenEndpoint: `${endpoint.url}/oauth/token`,
    clientId: "oso:pipeline",
    clientSecret: Secret.of("hunter22 %"),
    scope: "catalog",
  };
  const http = client(service.url, auth, () => clock.now);
  return {
    clock,
    endpoint,
    service,
    http,
    sent: () => service.seen.map(({ headers }) => headers.authorization),
  };
}

describe("OAuth2 client credentials", () => {
  it("exchanges them for a token as RFC 6749 says, and uses it for many requests", async () => {
    const { endpoint, http, sent } = await setUp();
    await http.request(get);
    await http.request(get);
    expect(sent()).toEqual(["Bearer token-1", "Bearer token-1"]);
    expect(endpoint.seen).toHaveLength(1);
    const [asked] = endpoint.seen;
    expect(asked).toMatchObject({ method: "POST", path: "/oauth/token" });
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: "client_credentials",
      scope: "catalog",
    });
    const credentials = Buffer.from(asked?.headers.authorization?.slice(6) ?? "", "base64").toString();
    expect(credentials).toBe("oso%3Apipeline:hunter22%20%25");
  });

  it("asks once for requests made at once", async () => {
    const { endpoint, http } = await setUp();
    await Promise.all([http.request(get), http.request(get), http.request(get)]);
    expect(endpoint.seen).toHaveLength(1);
  });

  it("replaces the token shortly before it expires", async () => {
    const { clock, http, sent } = await setUp();
    await http.request(get);
    clock.now = 3_569_000;
    await http.request(get);
    clock.now = 3_570_000;
    await http.request(get);
    expect(sent()).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  });

  it("does not replace a short-lived token at once", async () => {
    const { clock, http, sent } = await setUp((count) => granted(count, "20"));
    await http.request(get);
    clock.now = 17_000;
    await http.request(get);
    clock.now = 18_000;
    await http.request(get);
    expect(sent()).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  });

  it("fetches another, once, when the service refuses the token", async () => {
    const { http, sent } = await setUp(undefined, ({ headers }) =>
      headers.authorization === "Bearer token-1" ? { status: 401 } : json("fine"),
    );
    expect(await http.request(get)).toMatchObject({ ok: true, data: "fine" });
    expect(sent()).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  it("gives up when the service refuses the new token as well", async () => {
    const { http, endpoint, service } = await setUp(undefined, () => ({ status: 401 }));
    expect((await errorOf(() => http.request(get))).code).toBe("AUTHENTICATION_FAILED");
    expect(endpoint.seen).toHaveLength(2);
    expect(service.seen).toHaveLength(2);
  });

  it("fetches one for several requests whose token is refused together", async () => {
    let revoked = false;
    const { http, endpoint } = await setUp(undefined, ({ headers }) =>
      revoked && headers.authorization === "Bearer token-1" ? { status: 401 } : json("fine"),
    );
    await http.request(get);
    revoked = true;
    const replies = await Promise.all([http.request(get), http.request(get), http.request(get)]);
    expect(replies.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(endpoint.seen).toHaveLength(2);
  });

  it.each([400, 401])(
    "wrong ones (HTTP %i) are AUTHENTICATION_FAILED, naming the token endpoint",
    async (status) => {
      const { http, endpoint, service } = await setUp((_, { headers }) =>
        json(
          { error: "invalid_client", error_description: `unknown: ${headers.authorization} hunter22 %` },
          status,
        ),
      );
      const error = await errorOf(() => http.request(get));
      expect(error.code).toBe("AUTHENTICATION_FAILED");
      expect(error.message).toBe(
        `Nessie's token endpoint at ${endpoint.url}/oauth/token refused the client credentials (HTTP ${status}): unknown: Basic *** ***`,
      );
      expect(service.seen).toEqual([]);
    },
  );

  it("survive a token endpoint that is briefly away", async () => {
    const { http } = await setUp((count) => (count === 1 ? { status: 503 } : granted(count)));
    expect(await http.request(get)).toMatchObject({ ok: true });
  });

  it("name the token endpoint when it is not there", async () => {
    const address = await closedAddress();
    const http = client(await closedAddress(), {
      type: "oauth2",
      tokenEndpoint: `${address}/token`,
      clientId: "id",
      clientSecret: Secret.of("secret"),
    });
    const error = await errorOf(() => http.request(get));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain(`Nessie's token endpoint at ${address}/token cannot be reached`);
  });

  it.each([
    ["HTML", "<html>Sign in</html>"],
    ["JSON without a token", '{"token": "hidden-token"}'],
  ])("answered with %s fail without showing it", async (_, body) => {
    const { http } = await setUp(() => ({ body }));
    const error = await errorOf(() => http.request(get));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain("no access token");
    expect(error.message).not.toContain("hidden-token");
  });

  it("keep the token they got out of messages", async () => {
    const { http } = await setUp(undefined, ({ headers }) => ({
      status: 403,
      body: `${headers.authorization} token-1`,
    }));
    const error = await errorOf(() => http.request(get));
    expect(error.message).not.toContain("token-1");
  });
});
