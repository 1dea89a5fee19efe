import { PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { Peer } from "./peer.js";
import type { WireReply } from "./wire.js";

/** How one attempt ended without a usable answer. It never leaves this room. */
type AttemptFailureKind =
  /** Nothing was sent. */
  | "unconnected"
  /** The connection broke; whether the request arrived is unknown. */
  | "lost"
  | "timeout"
  /** The certificate, or TLS as such, was refused. */
  | "untrusted"
  /** What answered does not speak HTTP. */
  | "not-http"
  /** A status worth retrying. */
  | "status";

export class AttemptFailure extends Error {
  constructor(
    readonly kind: AttemptFailureKind,
    readonly code: string,
    readonly reply?: WireReply,
  ) {
    super(`${kind} ${code}`);
  }
}

const notConnected: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "no route to the host",
  EHOSTDOWN: "the host is down",
  ENETUNREACH: "no route to the network",
  EADDRNOTAVAIL: "the address is not available",
};

/**
 * Sorts what axios threw by its code. The error itself holds the request with its Authorization header, so
 * nothing but the code is taken from it.
 */
export function attemptFailure(thrown: unknown): AttemptFailure {
  if (!(thrown instanceof Error)) return new AttemptFailure("lost", "");
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  const connecting = "syscall" in thrown && thrown.syscall === "connect";
  if (code in notConnected || connecting) return new AttemptFailure("unconnected", code);
  if (/CERT|SIGNED|SSL|TLS|EPROTO|VERIFY/.test(code)) return new AttemptFailure("untrusted", code);
  if (code.startsWith("HPE_")) return new AttemptFailure("not-http", code);
  if (code === "" || code.startsWith("ERR_INVALID")) throw withoutRequest(thrown, code);
  return new AttemptFailure("lost", code);
}

/** A defect of ours: its stack helps, the request that axios hangs on to it must not. */
function withoutRequest(thrown: Error, code: string): Error {
  const defect = new Error(`a request could not be built: ${code === "" ? thrown.name : code}`);
  if (thrown.stack !== undefined) defect.stack = thrown.stack.split("\n").slice(1).join("\n");
  return defect;
}

export function unreachable(
  peer: Peer,
  failure: AttemptFailure,
  request: { readonly method: string; readonly url: string; readonly timeoutMs: number },
): PipelineError {
  const name = `${peer.service} at ${peer.address}`;
  const hint = `check that ${peer.service} runs and that its configured address is right`;
  if (failure.kind === "timeout") {
    return new PipelineError("TIMEOUT", {
      message: `${name} did not answer ${request.method} ${peer.redact(pathOf(request.url))} within ${request.timeoutMs / 1000} s`,
      hint,
    });
  }
  if (failure.kind === "untrusted") {
    return new PipelineError("SERVICE_UNAVAILABLE", {
      message: `no secure connection to ${name}: ${failure.code}`,
      hint: "check the address (http or https) and the configured certificate authority",
    });
  }
  if (failure.kind === "not-http") {
    return new PipelineError("SERVICE_UNAVAILABLE", {
      message: `what answers at ${peer.address} does not speak HTTP, so it is not ${peer.service}`,
      hint: "check the port in the configured address",
    });
  }
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message:
      failure.kind === "unconnected"
        ? `${name} cannot be reached: ${notConnected[failure.code] ?? failure.code}`
        : `the connection to ${name} broke before it had answered (${failure.code})`,
    hint,
  });
}

const pathOf = (url: string): string => new URL(url).pathname;

export const interrupted = (signal: AbortSignal, { service, address }: Peer): PipelineError =>
  interruption(signal, `interrupted while waiting for ${service} at ${address}`);

/**
 * The error that an answer stands for whatever the request was: redirects, credentials refused, an overloaded or
 * broken service. Other refusals mean something only to the room that asked: undefined.
 */
export function refusal(peer: Peer, reply: WireReply): PipelineError | undefined {
  const name = `${peer.service} at ${peer.address}`;
  const said = saying(peer, reply.body);
  const { status } = reply;
  if (status >= 300 && status < 400) {
    return new PipelineError("CONFIG_INVALID", {
      message: `${name} redirects to another address (HTTP ${status})`,
      hint: `write the address at which ${peer.service} itself answers: https instead of http, or without a login page in front`,
    });
  }
  if (status === 401) {
    return new PipelineError("AUTHENTICATION_FAILED", {
      message: `${name} refused the credentials (HTTP 401)${said}`,
      hint: `check the authentication configured for ${peer.service}: wrong, expired or missing`,
    });
  }
  if (status === 403) {
    return new PipelineError("PERMISSION_DENIED", {
      message: `${name} denied permission (HTTP 403)${said}`,
      hint: `give the configured ${peer.service} user the right to do this`,
    });
  }
  if (status === 429 || status >= 500) {
    const pause = reply.headers["retry-after"];
    return new PipelineError("SERVICE_UNAVAILABLE", {
      message: `${name} ${status === 429 ? "is overloaded" : "failed"} (HTTP ${status})${said}`,
      hint:
        pause === undefined
          ? `see ${peer.service}'s log, then try again`
          : `it asks to try again after ${pause} (s)`,
    });
  }
  return undefined;
}

/** An answer that is no answer to what was asked: rubbish, another service, a refusal nobody foresaw. */
export function unexpected(peer: Peer, reply: WireReply, detail: string): PipelineError {
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message: `${peer.service} at ${peer.address} answered HTTP ${reply.status} with ${detail}${saying(peer, reply.body)}`,
    hint: `check that the configured address is that of ${peer.service}`,
  });
}

/** `: ` and what the service said, on one line of bearable length; nothing where it said nothing. */
export function saying(peer: Peer, body: string): string {
  const text = (messageIn(body) ?? body.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, " ")).replace(
    /\s+/g,
    " ",
  );
  const line = peer.redact(text.trim());
  if (line === "") return "";
  return `: ${line.length > 300 ? `${line.slice(0, 299)}…` : line}`;
}

/** The message in the error bodies of Nessie, Iceberg REST and OAuth2. */
function messageIn(body: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const texts = [
    field(json, "message"),
    field(field(json, "error"), "message"),
    field(json, "error_description"),
    field(json, "error"),
  ];
  return texts.find((text): text is string => typeof text === "string" && text !== "");
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
