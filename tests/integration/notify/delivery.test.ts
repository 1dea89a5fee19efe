import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/core/secret.js";
import { error, runEnded, verificationEnded } from "../../unit/notify/ends.js";
import { runResult } from "../../unit/report/fixtures.js";
import { closedAddress, type Answer, serve } from "../http/server.js";
import { discord, notifierOf, TOKEN } from "./notifier.js";

const failed = runEnded({ failure: error("TRANSFORMATION_FAILED", "model oso.a failed") });
const never = new AbortController().signal;

/** What becomes of one alert at a service that answers so, request by request; the last answer goes on. */
async function deliveredTo(...answers: readonly Answer[]) {
  const server = await serve((_, count) => answers[count - 1] ?? answers.at(-1) ?? "drop");
  const { notifier } = notifierOf([discord(server.url)], { timeoutMilliseconds: 8_000 });
  const [delivery] = await notifier.notify([failed], never);
  return { delivery, seen: server.seen };
}

describe("delivering over HTTP", () => {
  it("posts the message once where the service takes it", async () => {
    const { delivery, seen } = await deliveredTo({ status: 204 });
    expect(delivery).toEqual({
      target: "channel",
      type: "discord",
      event: "run_failed",
      severity: "error",
      title: "Run in prod failed",
      state: "sent",
      error: null,
    });
    expect(seen).toMatchObject([{ method: "POST", path: `/api/webhooks/1234567890/${TOKEN}` }]);
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({ embeds: [{ title: "Run in prod failed" }] });
  });

  it.each<[string, Answer]>([
    [
      "asks to come again later",
      { status: 429, headers: { "retry-after": "1" }, body: '{"message":"slow down"}' },
    ],
    ["fails", { status: 500, body: "oops" }],
    ["is away behind its gateway", { status: 503 }],
    ["drops the connection", "drop"],
    ["breaks off its answer", "cut"],
  ])("tries again where the service %s", async (_, first) => {
    const { delivery, seen } = await deliveredTo(first, { status: 204 });
    expect(delivery).toMatchObject({ state: "sent" });
    expect(seen).toHaveLength(2);
  });

  it.each<[string, Answer, RegExp]>([
    [
      "knows no such webhook",
      { status: 404, body: '{"message":"Unknown Webhook"}' },
      /HTTP 404\): Unknown Webhook/,
    ],
    ["refuses", { status: 403 }, /denied permission/],
    ["redirects to a login", { status: 302, headers: { location: "https://login.example" } }, /redirects/],
    [
      "asks for more patience than there is",
      { status: 429, headers: { "retry-after": "3600" } },
      /overloaded/,
    ],
  ])("gives up at once where the service %s", async (_, answer, why) => {
    const { delivery, seen } = await deliveredTo(answer);
    expect(delivery).toMatchObject({ state: "failed", error: expect.stringMatching(why) });
    expect(seen).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ["never answers", "hang"],
    ["always fails", { status: 500, body: `you asked for /api/webhooks/1234567890/${TOKEN}` }],
    ["always drops the connection", "drop"],
  ])("gives up in time where the service %s, and tells no secret", async (_, answer) => {
    const server = await serve(() => answer);
    const { notifier } = notifierOf([discord(server.url)], { timeoutMilliseconds: 1_500 });
    const [delivery] = await notifier.notify([failed], never);
    expect(delivery).toMatchObject({ state: "failed", error: expect.stringMatching(/./) });
    expect(JSON.stringify(delivery)).not.toContain(TOKEN);
    expect(JSON.stringify(delivery)).not.toContain("1234567890");
  });

  it("delivers to those who answer, whatever becomes of the others", async () => {
    const [hanging, answering] = [await serve(() => "hang"), await serve(() => ({ status: 204 }))];
    const targets = [
      discord(hanging.url, "slow"),
      discord(await closedAddress(), "away"),
      discord(answering.url, "well"),
    ];
    const { notifier } = notifierOf(targets, { timeoutMilliseconds: 1_500 });
    const deliveries = await notifier.notify([failed], never);
    expect(deliveries.map(({ target, state }) => `${target} ${state}`)).toEqual([
      "slow failed",
      "away failed",
      "well sent",
    ]);
  });

  it("holds up nobody who has interrupted the command", async () => {
    const interrupted = new AbortController();
    const server = await serve(() => {
      interrupted.abort();
      return "hang";
    });
    const { notifier } = notifierOf([discord(server.url)], { timeoutMilliseconds: 600_000 });
    expect(await notifier.notify([failed], interrupted.signal)).toMatchObject([
      { state: "failed", error: expect.stringContaining("within 5.0 s") },
    ]);
  });

  it("strikes out configured secrets, and links to what is known", async () => {
    const query = "20261121_142051_00042_abcde";
    const server = await serve(() => ({ status: 204 }));
    const { notifier } = notifierOf([
      { type: "webhook", name: "programs", url: Secret.of(`${server.url}/hook`), secret: null },
    ]);
    await notifier.notify(
      [runEnded({ failure: error("QUERY_FAILED", `Trino query ${query} failed: hunter2`) })],
      never,
    );
    expect(server.seen[0]?.body).not.toContain("hunter2");
    expect(JSON.parse(server.seen[0]?.body ?? "")).toMatchObject({
      links: [
        { title: "Report", url: `https://reports.example.org/${runResult.run}.html` },
        { title: "CI run", url: "https://ci.example.org/jobs/7" },
        { title: `Trino query ${query}`, url: `https://trino.example.org/ui/query.html?${query}` },
      ],
    });
    expect(server.seen[0]?.headers["webhook-signature"]).toBeUndefined();
  });
});

describe("a signed webhook", () => {
  const key = `whsec_${Buffer.from("a key of some length").toString("base64")}`;
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];

  it.each([
    ["whsec_ and base64", key, new Webhook(key)],
    ["any text", "not base64 at all!", new Webhook("not base64 at all!", { format: "raw" })],
  ])("is verified by the reference library, with a secret that is %s", async (_, secret, receiver) => {
    const server = await serve(() => ({ status: 204 }));
    const settings = {
      type: "webhook",
      name: "programs",
      url: Secret.of(`${server.url}/hook`),
      secret: Secret.of(secret),
    } as const;
    await notifierOf([settings]).notifier.notify([failed], never);
    const [seen] = server.seen;
    const body = seen?.body ?? "";
    const signed = Object.fromEntries(names.map((name) => [name, String(seen?.headers[name])]));
    expect(receiver.verify(body, signed)).toMatchObject({ event: "run_failed", id: "delivery-1" });
    expect(() => receiver.verify(body.replace("failed", "was fine"), signed)).toThrow(/signature/i);
  });
});

describe("remembering", () => {
  it("tells a failure once, and then that it has recovered, once", async () => {
    const server = await serve(() => ({ status: 204 }));
    const { notifier } = notifierOf([discord(server.url)]);
    const states = async (...ended: Parameters<typeof notifier.notify>[0]) =>
      (await notifier.notify(ended, never)).map(({ event, state }) => `${event} ${state}`);
    expect(await states(failed)).toEqual(["run_failed sent"]);
    expect(await states(failed)).toEqual(["run_failed repeated"]);
    expect(await states(verificationEnded())).toEqual([]);
    expect(await states(runEnded())).toEqual(["recovered sent"]);
    expect(await states(runEnded())).toEqual([]);
    expect(await states(failed)).toEqual(["run_failed sent"]);
    expect(server.seen).toHaveLength(3);
  });

  it("tells again what nobody has been told, because it could not be delivered", async () => {
    const server = await serve((_, count) => ({ status: count === 1 ? 404 : 204 }));
    const { notifier } = notifierOf([discord(server.url)]);
    expect(await notifier.notify([failed], never)).toMatchObject([{ state: "failed" }]);
    expect(await notifier.notify([failed], never)).toMatchObject([{ state: "sent" }]);
  });

  it.each([
    ["cannot be read", async () => Promise.reject(new Error("Nessie is away"))],
    ["does not answer", async () => new Promise<never>(() => undefined)],
  ])("does without what was told before where that %s", async (_, read) => {
    const server = await serve(() => ({ status: 204 }));
    const { notifier, events } = notifierOf([discord(server.url)], {
      timeoutMilliseconds: 1_000,
      memory: { read, change: read },
    });
    expect(await notifier.notify([failed], never)).toMatchObject([{ state: "sent" }]);
    expect(events).toMatchObject([
      { type: "notice", text: expect.stringContaining("alerts do without what was told before") },
      { type: "notice", text: expect.stringContaining("alerts do without what was told") },
    ]);
  });
});
