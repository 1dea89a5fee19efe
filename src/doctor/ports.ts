import type { Hash, Reference } from "../core/commit.js";
import type { LeaseStatus } from "../core/lease.js";
import type { Model } from "../core/model.js";
import type { UnreadableTable } from "../release/readable.js";
import type {
  ReferenceStore,
  ReleaseLedger,
  ReleaseReader,
  Sealer,
  SealingBranch,
} from "../release/ports.js";
import type { ViewPolicy } from "../release/release.js";
import type { QueryEngine } from "../verification/ports.js";

/** What is asked, and what is configured. Everything that is asked has an end of its own. */
export interface DoctorParts {
  readonly queries: Pick<QueryEngine, "query">;
  readonly reader: Pick<ReleaseReader, "marker">;
  readonly nessie: NessieProbe;
  readonly store: ReferenceStore;
  readonly branches: Pick<SealingBranch, "create" | "remove">;
  readonly ledger: Pick<ReleaseLedger, "releases">;
  readonly leases: () => Promise<readonly LeaseStatus[]>;
  /** Oldest first; those at work among them. */
  readonly unfinishedRuns: () => Promise<readonly UnfinishedRun[]>;
  readonly project: ProjectProbe;
  readonly state: StateTrial;
  /** Looks at views also where the policy is to ignore them, and refuses none that it could seal. */
  readonly sealer: Pick<Sealer, "preview">;
  readonly files: FileLook;
  readonly secrets: readonly ReferredSecret[];
  /** Where alerts go, in the order of the configuration. */
  readonly targets: readonly NotificationTarget[];
  readonly now: () => Date;
  /** Of names that nothing else has. */
  readonly random: () => string;
  readonly settings: DoctorSettings;
}

export interface DoctorSettings {
  /** Of the project; null for its default. */
  readonly gateway: string | null;
  readonly trino: { readonly url: string; readonly user: string };
  readonly nessie: { readonly uri: string; readonly icebergUri: string };
  readonly catalogs: {
    readonly producer: string;
    readonly consumer: string;
    readonly verification: string | null;
  };
  readonly branch: string;
  readonly consumerTag: string;
  readonly tagPrefix: string;
  readonly viewPolicy: ViewPolicy;
  /** The cut-off that nessie-gc runs with; null where it is not said. */
  readonly gcCutoffMilliseconds: number | null;
  /** Whether the ledger and what runs remember lie in Nessie. */
  readonly isStateInNessie: boolean;
  /** How long the bridge to SQLMesh may take to start. */
  readonly startupMilliseconds: number;
}

/** A variable that the configuration refers to, by the setting that needs it; where is its line. */
export interface ReferredSecret {
  readonly setting: string;
  readonly variable: string;
  readonly where: string;
  readonly isSet: boolean;
}

export interface UnfinishedRun {
  readonly id: string;
  readonly startedAt: string;
}

/** SQLMesh and the project, as they answer of themselves. */
export interface ProjectProbe {
  /** @throws PipelineError REQUIREMENT_MISSING, VERSION_UNSUPPORTED, BRIDGE_FAILED */
  versions(): Promise<SqlMeshVersions>;
  /** @throws PipelineError PROJECT_INVALID */
  load(): Promise<{ readonly gateway: string; readonly models: readonly Model[] }>;
  /** Without connecting to any. @throws PipelineError PROJECT_INVALID */
  gateways(): Promise<readonly ProjectGateway[]>;
}

/** Which engine a project's models run on, and which one SQLMesh keeps its state in. */
export interface ProjectGateway {
  /** Empty for the one connection of a project without named gateways. */
  readonly name: string;
  readonly isDefault: boolean;
  /** `trino`, `duckdb`, `postgres` … */
  readonly engine: string;
  readonly stateEngine: string;
  /** Null on another engine. */
  readonly trino: { readonly url: string; readonly catalog: string } | null;
}

export interface SqlMeshVersions {
  readonly sqlmesh: string;
  readonly python: string;
  /** Path of the interpreter. */
  readonly executable: string;
  /** The release of SQLMesh that restating needs, where this one is older. */
  readonly restatesSince: string | null;
}

/** Nessie, as it answers of itself. */
export interface NessieProbe {
  /** The version of its API's specification; null where it does not say. */
  specification(): Promise<string | null>;
  /** @throws PipelineError REQUIREMENT_MISSING where no Iceberg REST endpoint of Nessie answers. */
  iceberg(): Promise<void>;
  branches(prefix: string): Promise<readonly Reference[]>;
  /** `schema.table` of any one that a commit has; null where it has none. */
  anyTable(hash: Hash): Promise<string | null>;
}

/** Where records lie that have to outlive this process. */
export interface StateTrial {
  readonly place: string;
  /** Writes a record of its own and takes it away again, with those that earlier trials have left. */
  write(): Promise<void>;
}

/** The files behind a commit. */
export interface FileLook {
  /** Tables that cannot be read, of the first few that differ between two commits, and how many were looked at. */
  unreadable(
    at: Hash,
    other: Hash,
  ): Promise<{
    readonly tables: readonly UnreadableTable[];
    readonly looked: number;
    readonly isAll: boolean;
  }>;
}

/** Where alerts go. */
export interface NotificationTarget {
  readonly name: string;
  /** `discord`, `email` */
  readonly type: string;
  /** Without asking anybody. @throws PipelineError SECRET_MISSING, CONFIG_INVALID */
  readonly check: () => void;
  /** @throws PipelineError why it does not take any */
  readonly sendTest: (signal: AbortSignal) => Promise<void>;
}
