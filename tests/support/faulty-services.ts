import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inject } from "vitest";
import { requestName } from "./crash-points.mjs";
import { type Answer, type Fate, type ProxiedRequest, type Proxy, startProxy } from "./proxy.js";

/** A retry survives these. */
export const passing = [
  "its answer is lost",
  "its connection is reset",
  "503 once",
  "503 three times",
  "429 with Retry-After",
  "409 once",
  "its token has expired",
] as const;

/** From then on the service does nothing else. */
export const lasting = [
  "503 for good",
  "500 for good",
  "401 for good",
  "its token has expired, and no other is given",
] as const;

export type FaultKind = (typeof passing)[number] | (typeof lasting)[number];

/** What goes wrong, and at which request: `POST /api/v2/trees#1` is the first of that name. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: string;
}

export const isLasting = ({ kind }: Fault): boolean => lasting.some((one) => one === kind);
export const isOfTokens = ({ kind }: Fault): boolean => kind.startsWith("its token has expired");

const CLIENT_SECRET = "the-secret-of-the-client";

/** Nessie and Trino of the stack, which go wrong once as told, and whoever gives tokens for Nessie. */
export class FaultyServices {
  /** Every request, in the order in which they came. */
  readonly seen: string[] = [];
  /** Whether what was to go wrong has. */
  struck = false;
  /** Which must never be told. */
  readonly secrets = [CLIENT_SECRET];
  private readonly counts = new Map<string, number>();
  /** How many of the secrets hold no longer. */
  private revoked = 1;
  /** The service that it has happened to. */
  private broken: "nessie" | "trino" | undefined;

  private constructor(private readonly fault: Fault | null) {}

  static async start(fault: Fault | null): Promise<{
    readonly services: FaultyServices;
    /** What the command line has to be told to go this way. */
    readonly environment: Readonly<Record<string, string>>;
    close(): Promise<void>;
  }> {
    const { nessieUri, trinoUrl } = inject("stack");
    const services = new FaultyServices(fault);
    const nessie = await startProxy(new URL(nessieUri).origin, async (request) =>
      services.decide("nessie", request),
    );
    const trino = await startProxy(trinoUrl, async (request) => services.decide("trino", request));
    const tokens = await services.startTokens();
    return {
      services,
      environment: {
        OSO_PIPELINE__NESSIE__URI: `${nessie.url}/api/v2`,
        OSO_PIPELINE__NESSIE__ICEBERG_URI: `${nessie.url}/iceberg`,
        OSO_PIPELINE__TRINO__URL: trino.url,
        ...(fault && isOfTokens(fault)
          ? {
              OSO_PIPELINE__NESSIE__AUTH__TYPE: "oauth2",
              OSO_PIPELINE__NESSIE__AUTH__TOKEN_ENDPOINT: tokens.url,
              OSO_PIPELINE__NESSIE__AUTH__CLIENT_ID: "publisher",
              OSO_PIPELINE__NESSIE__AUTH__CLIENT_SECRET__GROUP: "nessie",
              OSO_PIPELINE__NESSIE__AUTH__CLIENT_SECRET__KEY: "secret",
              DAGSTER__NESSIE__SECRET: CLIENT_SECRET,
            }
          : {}),
      },
      close: async () => {
        await Promise.all([nessie, trino, tokens].map((one) => one.close()));
      },
    };
  }

  private decide(service: "nessie" | "trino", request: ProxiedRequest): Fate {
    const { method, url, body } = request;
    const name = requestName(method, url, body) ?? "GET /v1/statement/…";
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    this.seen.push(`${name}#${count}`);
    const { fault } = this;
    if (fault === null) return "pass";
    const [at, first] = [fault.at.slice(0, fault.at.lastIndexOf("#")), Number(fault.at.split("#").at(-1))];
    const since = name === at ? count - first : undefined;
    if (since === 0) {
      this.struck = true;
      this.revoked = this.secrets.length;
      this.broken = service;
    }
    return this.fateOf(fault, service, request, since);
  }

  /** @param since how many of that name came after the one that is meant; undefined for another name */
  private fateOf(
    { kind }: Fault,
    service: "nessie" | "trino",
    request: ProxiedRequest,
    since: number | undefined,
  ): Fate {
    const isBroken = this.broken === service;
    switch (kind) {
      case "its answer is lost":
        return since === 0 ? "lose-reply" : "pass";
      case "its connection is reset":
        return since === 0 ? "refuse" : "pass";
      case "503 once":
        return since === 0 ? unavailable : "pass";
      case "503 three times":
        return since !== undefined && since >= 0 && since < 3 ? unavailable : "pass";
      case "429 with Retry-After":
        return since === 0 ? { status: 429, headers: { "retry-after": "1" }, body: "slower" } : "pass";
      case "409 once":
        return since === 0 ? overtaken(request) : "pass";
      case "503 for good":
        return isBroken ? unavailable : "pass";
      case "500 for good":
        return isBroken ? { status: 500, body: '{"message":"it is broken"}' } : "pass";
      case "401 for good":
        return isBroken ? { status: 401 } : "pass";
      case "its token has expired":
      case "its token has expired, and no other is given":
        return service === "trino" || this.isGood(request) ? "pass" : { status: 401 };
    }
  }

  private isGood({ headers }: ProxiedRequest): boolean {
    const token = headers.authorization?.replace(/^Bearer /, "") ?? "";
    return this.secrets.slice(this.revoked).includes(token);
  }

  private async startTokens(): Promise<Proxy> {
    const server: Server = createServer((_, reply) => {
      if (this.struck && this.fault?.kind === "its token has expired, and no other is given") {
        reply.writeHead(401, { "content-type": "application/json" });
        reply.end('{"error":"invalid_client"}');
        return;
      }
      const token = `token-${this.secrets.length}-${Math.random()}`;
      this.secrets.push(token);
      reply.writeHead(200, { "content-type": "application/json" });
      reply.end(JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: 3600 }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: async () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    };
  }
}

const unavailable: Answer = { status: 503, body: "under maintenance" };

/** What Nessie says when others' commits come in between too often, by either of its APIs. */
function overtaken({ url }: ProxiedRequest): Answer {
  const message = "overtaken by others";
  const body = url.startsWith("/iceberg/")
    ? { error: { message, type: "CommitFailedException", code: 409 } }
    : { status: 409, reason: "Conflict", message, errorCode: "REFERENCE_CONFLICT" };
  return { status: 409, body: JSON.stringify(body) };
}
