import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createHttp } from "../../../src/http/client.js";
import type { Tls } from "../../../src/http/tls.js";
import { errorOf } from "../../support/errors.js";
import { json, serve } from "./server.js";

const file = (name: string): string => join(import.meta.dirname, "certificates", name);
const pem = (name: string): Buffer => readFileSync(file(name));
const nothing: Tls = { ca: null, cert: null, key: null, insecure: false };

const secure = (demandClient = false) =>
  serve(() => json("fine"), {
    cert: pem("server.pem"),
    key: pem("server.key.pem"),
    ...(demandClient ? { ca: pem("ca.pem"), requestCert: true, rejectUnauthorized: true } : {}),
  });

const ask = (baseUrl: string, tls?: Tls) =>
  createHttp({ service: "Nessie", baseUrl, tls, retry: { retries: 0 } }).request({
    method: "GET",
    path: "/",
    schema: z.unknown(),
  });

describe("TLS", () => {
  it("refuses a certificate of an authority that is not known, and says what to configure", async () => {
    const server = await secure();
    const error = await errorOf(() => ask(server.url));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain("no secure connection to Nessie");
    expect(error.hint).toContain("certificate authority");
    expect(server.seen).toEqual([]);
  });

  it("trusts the configured authority", async () => {
    const server = await secure();
    expect(await ask(server.url, { ...nothing, ca: file("ca.pem") })).toMatchObject({ data: "fine" });
  });

  it("trusts anything where that is asked for", async () => {
    const server = await secure();
    expect(await ask(server.url, { ...nothing, insecure: true })).toMatchObject({ data: "fine" });
  });

  it("shows a client certificate to a service that demands one", async () => {
    const server = await secure(true);
    const tls = { ...nothing, ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key.pem") };
    expect(await ask(server.url, tls)).toMatchObject({ data: "fine" });
    expect((await errorOf(() => ask(server.url, { ...nothing, ca: file("ca.pem") }))).code).toBe(
      "SERVICE_UNAVAILABLE",
    );
  });

  it("to a service without it is a clear error", async () => {
    const server = await serve(() => json("fine"));
    const error = await errorOf(() => ask(server.url.replace("http:", "https:")));
    expect(error.message).toContain("no secure connection to Nessie");
  });

  it("names a file that is not there or is no PEM", async () => {
    const absent = await errorOf(() => ask("https://127.0.0.1:1", { ...nothing, ca: file("absent.pem") }));
    expect([absent.code, absent.where]).toEqual(["CONFIG_INVALID", file("absent.pem")]);
    const other = await errorOf(() => ask("https://127.0.0.1:1", { ...nothing, key: import.meta.filename }));
    expect([other.code, other.where]).toEqual(["CONFIG_INVALID", import.meta.filename]);
  });
});
