import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import { Redactor } from "../core/redactor.js";
import { field } from "../http/failures.js";
import type { Alert } from "./alert.js";
import { fit, fitLines } from "./fit.js";
import type { EmailSettings } from "./ports.js";

export const emailLimits = { subject: 200, list: 20_000 } as const;

/** Silence of the server at any point, before another try. */
const SILENCE_MS = 8_000;
const TRIES = 3;
const PAUSE_MS = 1_000;

/** @throws PipelineError without the password */
export async function sendMail(
  settings: EmailSettings,
  alert: Alert,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const redactor = new Redactor();
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(settings, alert, id, redactor, signal);
    } catch (thrown) {
      if (signal.aborted) throw interruption(signal, `interrupted while talking to ${settings.host}`);
      if (number === TRIES || !isPassing(thrown)) throw refusalOf(settings, thrown, redactor);
      await sleep(PAUSE_MS * number, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function attempt(
  settings: EmailSettings,
  alert: Alert,
  id: string,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, security, user, password, from, to } = settings;
  const { createTransport } = await import("nodemailer");
  let socket: Socket | undefined;
  const breakOff = (): void => {
    socket?.destroy(new Error("given up"));
  };
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === null ? {} : { auth: { user, pass: redactor.keep(password?.reveal() ?? "") } }),
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    // Only a socket of our own can be given up at once.
    getSocket: (_, ready) => {
      socket = connect({ host, port });
      const refuse = (error: Error): void => ready(error);
      socket.setTimeout(SILENCE_MS, () =>
        socket?.destroy(new Error(`no connection within ${SILENCE_MS / 1000} s`)),
      );
      socket.once("error", refuse);
      socket.once("connect", () => {
        socket?.off("error", refuse);
        socket?.setTimeout(0);
        ready(null, { connection: socket });
      });
    },
  });
  signal.addEventListener("abort", breakOff, { once: true });
  try {
    signal.throwIfAborted();
    await transport.sendMail({
      from,
      to: [...to],
      subject: subjectOf(alert),
      text: mailText(alert),
      // The same for each try, so that a mail that comes twice is seen to be one.
      messageId: `<${id}@oso-pipeline>`,
      headers: { "Auto-Submitted": "auto-generated" },
    });
  } finally {
    signal.removeEventListener("abort", breakOff);
    transport.close();
    socket?.destroy();
  }
}

const words = { error: "ERROR", warning: "WARNING", info: "INFO" } as const;

export const subjectOf = ({ severity, title }: Alert): string =>
  fit(`[oso-pipeline] ${words[severity]}: ${title.replaceAll(/\s+/g, " ")}`, emailLimits.subject);

/** Plain text: nothing in it can be taken for markup. */
export function mailText({ title, text, facts, lists, links, next }: Alert): string {
  const width = Math.max(0, ...facts.map(({ name }) => name.length));
  const paragraphs = [
    title,
    text,
    facts.map(({ name, value }) => `${name.padEnd(width)}  ${value}`).join("\n"),
    ...lists.map((list) =>
      [
        `${list.title}:`,
        ...fitLines(list.lines, emailLimits.list)
          .split("\n")
          .map((line) => `  ${line}`),
      ].join("\n"),
    ),
    next === null ? "" : `Next: ${next}`,
    links.map((link) => `${link.title}: ${link.url}`).join("\n"),
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== "").join("\n\n")}\n`;
}

/** What another try may mend: no connection, silence, and SMTP's replies 4xx. */
function isPassing(thrown: unknown): boolean {
  const reply = field(thrown, "responseCode");
  if (typeof reply === "number") return reply >= 400 && reply < 500;
  const code = field(thrown, "code");
  return typeof code === "string" && /^E(CONNECTION|TIMEDOUT|SOCKET|DNS|CONNRE)/.test(code);
}

function refusalOf({ name, host, port }: EmailSettings, thrown: unknown, redactor: Redactor): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  const said = redactor.redact(messageOf(thrown)).replaceAll(/\s+/g, " ").slice(0, 300);
  const code = field(thrown, "code");
  const isSignIn = code === "EAUTH";
  return new PipelineError(isSignIn ? "AUTHENTICATION_FAILED" : "SERVICE_UNAVAILABLE", {
    message: `${name}, the mail server at ${host}:${port}, does not take the alert: ${said}`,
    hint: isSignIn
      ? "check the user and the password of the target"
      : "check host, port and security of the target, and what its log says",
  });
}
