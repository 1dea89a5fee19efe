import { createServer, type Server, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { describe, expect, it, onTestFinished } from "vitest";
import { Secret } from "../../../src/core/secret.js";
import type { EmailSettings } from "../../../src/notify/ports.js";
import { error, runEnded } from "../../unit/notify/ends.js";
import { notifierOf } from "./notifier.js";

const failed = runEnded({ failure: error("TRANSFORMATION_FAILED", "model oso.a failed: grün 🚀") });
const never = new AbortController().signal;
const PASSWORD = "a-password-that-nobody-may-see";

const target = (port: number, change: Partial<EmailSettings> = {}): EmailSettings => ({
  type: "email",
  name: "mail",
  host: "127.0.0.1",
  port,
  security: "none",
  user: null,
  password: null,
  from: "Pipeline <pipeline@example.org>",
  to: ["team@example.org", "lead@example.org"],
  ...change,
});

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** A mail server, and what it has taken. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString("utf8"),
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  const port = await listening(server.server);
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port, mails };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** A server that says and does what it is told with each connection. */
async function rudeServer(meet: (socket: Socket, count: number) => void): Promise<number> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    meet(socket, (count += 1));
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listening(server);
}

async function delivered(settings: EmailSettings, timeoutMilliseconds = 10_000) {
  const { notifier } = notifierOf([settings], { timeoutMilliseconds });
  const [delivery] = await notifier.notify([failed], never);
  return delivery;
}

describe("mail", () => {
  it("goes to everybody, from whom it is said to be, whatever the letters", async () => {
    const { port, mails } = await mailServer();
    expect(await delivered(target(port))).toMatchObject({ state: "sent", error: null });
    expect(mails).toMatchObject([
      { from: "pipeline@example.org", to: ["team@example.org", "lead@example.org"] },
    ]);
    const [{ text } = { text: "" }] = mails;
    expect(text).toMatch(/^Subject: \[oso-pipeline\] ERROR: Run in prod failed\r$/m);
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(text).toMatch(/^Message-ID: <delivery-1@oso-pipeline>\r$/m);
  });

  it("signs in, and tells nobody the password where that is refused", async () => {
    const { port, mails } = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ password }, _, done) =>
        password === PASSWORD
          ? done(null, { user: "pipeline" })
          : done(new Error(`no such password: ${password}`)),
    });
    const user = { user: "pipeline", password: Secret.of(PASSWORD) };
    expect(await delivered(target(port, user))).toMatchObject({ state: "sent" });
    const refused = await delivered(
      target(port, { ...user, password: Secret.of(`${PASSWORD}-of-yesterday`) }),
    );
    expect(refused).toMatchObject({
      state: "failed",
      error: expect.stringContaining("does not take the alert"),
    });
    expect(JSON.stringify(refused)).not.toContain(PASSWORD);
    expect(mails).toHaveLength(1);
  });

  it("is not sent unencrypted where encryption is asked for", async () => {
    const { port, mails } = await mailServer();
    expect(await delivered(target(port, { security: "starttls" }))).toMatchObject({ state: "failed" });
    expect(mails).toEqual([]);
  });

  it("is tried again where the server is busy, or drops the connection", async () => {
    const { port: real, mails } = await mailServer({
      onMailFrom: (() => {
        let count = 0;
        return (_: unknown, __: unknown, done: (error?: Error | null) => void): void => {
          count += 1;
          done(
            count === 1 ? Object.assign(new Error("greylisted, come again"), { responseCode: 451 }) : null,
          );
        };
      })(),
    });
    expect(await delivered(target(real))).toMatchObject({ state: "sent" });
    expect(mails).toHaveLength(1);
  });

  it("is given up at once where a receiver is refused for good", async () => {
    let tries = 0;
    const { port } = await mailServer({
      onRcptTo: (_, __, done) => {
        tries += 1;
        done(Object.assign(new Error("no such person"), { responseCode: 550 }));
      },
    });
    expect(await delivered(target(port, { to: ["nobody@example.org"] }))).toMatchObject({
      state: "failed",
      error: expect.stringContaining("no such person"),
    });
    expect(tries).toBe(1);
  });

  it.each<[string, (socket: Socket) => void]>([
    ["never greets", () => undefined],
    ["greets, and says nothing more", (socket) => socket.write("220 here\r\n")],
    ["drops each connection", (socket) => socket.destroy()],
    ["is no mail server", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    [
      "says a letter at a time",
      (socket) => {
        const timer = setInterval(() => socket.write("2"), 50);
        socket.on("close", () => clearInterval(timer));
      },
    ],
  ])("is given up in time where the server %s", async (_, meet) => {
    const port = await rudeServer(meet);
    expect(await delivered(target(port), 1_500)).toMatchObject({
      state: "failed",
      error: expect.stringMatching(/./),
    });
  });
});
