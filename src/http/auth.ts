import { PipelineError } from "../core/errors.js";
import type { Secret } from "../core/secret.js";

/** How to prove who we are. Secrets are revealed when the first request is sent, not before. */
export type HttpAuth =
  | { readonly type: "none" }
  | { readonly type: "bearer"; readonly token: Secret }
  | { readonly type: "basic"; readonly username: string; readonly password: Secret }
  | {
      readonly type: "oauth2";
      /** Where client credentials are exchanged for a token (RFC 6749, 4.4). */
      readonly tokenEndpoint: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope?: string | null | undefined;
    };

/** Gives the Authorization header of each request. */
export interface Authorizer {
  header(): Promise<string | undefined>;
  /** Forgets a header that the service refused. True where another try with a new one makes sense. */
  renew(refused: string | undefined): boolean;
}

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/** A header that stays the same; `read` may throw SECRET_MISSING. */
export const fixedAuthorizer = (read: () => string | undefined): Authorizer => ({
  header: async () => read(),
  renew: () => false,
});

/**
 * A token as it may be sent: without the line break that files end with.
 * @throws PipelineError CONFIG_INVALID where it has characters that no header can carry.
 */
export function headerSafe(service: string, token: string): string {
  const trimmed = token.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new PipelineError("CONFIG_INVALID", {
      message: `the token configured for ${service} is empty or has characters that a token cannot have`,
      hint: "look for line breaks, blanks and quotes around it",
    });
  }
  return trimmed;
}
