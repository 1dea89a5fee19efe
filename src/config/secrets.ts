import { PipelineError } from "../core/errors.js";
import { Secret } from "../core/secret.js";
import type { Environment } from "./environment.js";
import type { SecretReference } from "./words.js";

/** A secret the configuration refers to: the variable that holds it, and where the reference is written. */
export interface ReferredSecret {
  /** `trino.auth.password` */
  readonly setting: string;
  readonly variable: string;
  readonly where: string;
  readonly isSet: boolean;
  readonly secret: Secret;
}

/** `PREFIX__GROUP__KEY`, the convention of OSO's Dagster: DAGSTER__TRINO__PASSWORD. */
export const secretVariable = ({ prefix, group, key }: SecretReference, defaultPrefix: string): string =>
  [prefix ?? defaultPrefix, group, key].join("__").toUpperCase();

/** A secret is looked for when it is used: a command that needs Nessie's only does not ask for Trino's. */
export function referredSecret(
  reference: SecretReference,
  at: { setting: string; where: string; defaultPrefix: string; environment: Environment },
): ReferredSecret {
  const variable = secretVariable(reference, at.defaultPrefix);
  const value = at.environment.values[variable];
  const secret = new Secret(() => {
    if (value) return value;
    throw new PipelineError("SECRET_MISSING", {
      message: `${at.setting} needs the environment variable ${variable}, which is ${value === "" ? "empty" : "not set"}`,
      hint: `set ${variable} in the environment or in .env`,
      where: at.where,
    });
  });
  return { setting: at.setting, variable, where: at.where, isSet: Boolean(value), secret };
}
