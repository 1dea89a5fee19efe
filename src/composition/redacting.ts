import type { LoadedConfig } from "../config/load.js";
import { Redactor } from "../http/auth.js";

/** Shorter ones would strike out words of any text. */
const SHORTEST = 6;

/** Strikes out every secret that the configuration refers to, where it is set. */
export function redactorOf({ secrets }: Pick<LoadedConfig, "secrets">): (text: string) => string {
  const redactor = new Redactor();
  for (const { isSet, secret } of secrets) {
    if (!isSet) continue;
    const value = secret.reveal();
    for (const part of [value, ...value.split(/\s+/)]) if (part.length >= SHORTEST) redactor.keep(part);
  }
  return redactor.redact;
}
