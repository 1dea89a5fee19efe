import type { LoadedConfig } from "../config/load.js";
import { Redactor } from "../core/redactor.js";

/** Shorter ones would strike out words of any text. */
const SHORTEST = 6;

/** Names of variables that hold secrets, for models and hooks may print what the configuration knows nothing of. */
const SECRET_NAMES = /PASSWORD|PASSWD|TOKEN|SECRET|CREDENTIAL|API_?KEY/i;

/** Strikes out every secret that is known here: what the configuration refers to, and what the environment calls one. */
export function redactorOf({
  secrets,
  environment,
}: Pick<LoadedConfig, "secrets" | "environment">): (text: string) => string {
  const configured = secrets.flatMap(({ isSet, secret }) => (isSet ? [secret.reveal()] : []));
  const named = Object.entries(environment()).flatMap(([name, value]) =>
    SECRET_NAMES.test(name) && value ? [value] : [],
  );
  const redactor = new Redactor();
  // A value of several lines or words may be told in parts.
  for (const value of [...configured, ...named])
    for (const part of [value, ...value.split(/\s+/)]) if (part.length >= SHORTEST) redactor.keep(part);
  return redactor.redact;
}
