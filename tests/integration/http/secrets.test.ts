import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Secret } from "../../../src/core/secret.js";
import { createHttp } from "../../../src/http/client.js";
import { closedAddress, serve, type Answer } from "./server.js";

const misbehaviours: readonly (readonly [string, Answer])[] = [
  ["hangs", "hang"],
  ["breaks the connection", "drop"],
  ["breaks off its answer", "cut"],
  ["repeats the credentials", { status: 500, body: "you sent hunter22 as Bearer hunter22" }],
  ["redirects", { status: 301, headers: { location: "/?token=hunter22" } }],
  ["refuses the credentials", { status: 401, body: '{"message": "hunter22 is wrong"}' }],
  ["denies permission", { status: 403, body: '{"message": "hunter22 may not"}' }],
  ["answers rubbish", { body: "hunter22" }],
];

/** Everything an error shows when it is printed with all that hangs on it. */
const printed = (thrown: unknown): string => inspect(thrown, { depth: 20, showHidden: true, getters: true });

const ask = (baseUrl: string) =>
  createHttp({
    service: "Nessie",
    baseUrl,
    auth: { type: "bearer", token: Secret.of("hunter22") },
    timeoutMs: 500,
    retry: { retries: 0 },
  }).request({ method: "GET", path: "/", schema: z.object({ hash: z.string() }) });

describe("a secret", () => {
  it.each(misbehaviours)("is in no part of the error when the service %s", async (_, answer) => {
    const server = await serve(() => answer);
    const thrown: unknown = await ask(server.url).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect(printed(thrown)).not.toContain("hunter22");
    expect(server.seen[0]?.headers.authorization).toBe("Bearer hunter22");
  });

  it("is in no part of the error when the service is not there", async () => {
    const thrown: unknown = await ask(await closedAddress()).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect(printed(thrown)).not.toContain("hunter22");
  });
});
