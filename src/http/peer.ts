import { PipelineError } from "../core/errors.js";

/** The service at the other end, as messages name it. */
export interface Peer {
  /** As people know it: `Nessie`. */
  readonly service: string;
  /** Its address without credentials, query and fragment. */
  readonly address: string;
  /** Strikes out every secret that was sent to it, for services repeat what they got. */
  readonly redact: (text: string) => string;
}

/** A base address as configured, and the credentials it may carry. */
export interface BaseAddress {
  /** Without credentials, query, fragment and trailing slash. */
  readonly url: string;
  readonly userInfo: { readonly username: string; readonly password: string } | null;
}

/** @throws PipelineError CONFIG_INVALID where `text` is not an http or https address. */
export function baseAddress(service: string, text: string): BaseAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new PipelineError("CONFIG_INVALID", {
      message: `the address of ${service} is not an http or https address`,
      hint: "write it in full, for example https://host:port/path",
    });
  }
  const userInfo =
    url.username === "" && url.password === ""
      ? null
      : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`, userInfo };
}
