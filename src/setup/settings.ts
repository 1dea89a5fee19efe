import type { SurveyedModel } from "./ports.js";

/** All that the files are written from. */
export interface Settings {
  /** Of SQLMesh's project, relative to the configuration. */
  readonly project: string;
  /** Null for the only connection of a project. */
  readonly gateway: string | null;
  /** Relative to the configuration, or a command; null for that of the active virtual environment. */
  readonly python: string | null;
  readonly trino: TrinoSettings;
  readonly nessie: NessieSettings;
  readonly approval: ApprovalPolicy;
  readonly models: readonly SurveyedModel[];
  readonly withChecks: boolean;
  /** What SQLMesh's configuration reads from the environment. */
  readonly projectVariables: readonly ProjectVariable[];
}

export type ApprovalPolicy = "none" | "prompt" | "required";

export interface TrinoSettings {
  readonly url: string;
  readonly user: string;
  readonly auth: "none" | "basic" | "jwt";
  readonly tls: {
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: string | null;
    readonly insecure: boolean;
  };
  readonly producer: string;
  readonly consumer: string;
}

export interface NessieSettings {
  readonly uri: string;
  readonly branch: string;
  readonly consumerTag: string;
  readonly auth: "none" | "bearer";
}

export interface ProjectVariable {
  readonly name: string;
  readonly hasDefault: boolean;
}

/** Where the secret of an `auth` stands, and what it is; null where there is none. */
export interface SecretPlace {
  readonly group: string;
  readonly key: string;
  readonly what: string;
}

/** `secrets.prefix` as the configuration has it by default. */
export const SECRETS_PREFIX = "dagster";

export const variableOf = ({ group, key }: SecretPlace): string =>
  `${SECRETS_PREFIX}__${group}__${key}`.toUpperCase();

export function trinoSecret({ auth, user }: TrinoSettings): SecretPlace | null {
  if (auth === "none") return null;
  return auth === "basic"
    ? { group: "trino", key: "password", what: `Password of ${user} in Trino.` }
    : { group: "trino", key: "token", what: "JSON Web Token for Trino." };
}

export const nessieSecret = ({ auth }: NessieSettings): SecretPlace | null =>
  auth === "none" ? null : { group: "nessie", key: "token", what: "Bearer token for Nessie." };

export const secretsOf = ({ trino, nessie }: Settings): readonly SecretPlace[] =>
  [trinoSecret(trino), nessieSecret(nessie)].filter((secret) => secret !== null);
