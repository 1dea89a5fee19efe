import { join } from "node:path";
import type { Ask } from "../cli/app.js";
import type { GlobalOptions } from "../cli/command.js";
import type { LoadedConfig } from "../config/load.js";
import type { Report } from "../core/events.js";
import type { Model } from "../core/model.js";
import type { NessieClient } from "../nessie/client.js";
import type { NessieRecordsOptions } from "../nessie/records.js";
import type { StateStore } from "../restatement/ports.js";
import type { Questions } from "../setup/ports.js";
import type { SqlMeshClient } from "../sqlmesh/client.js";
import type { RecordStore } from "../state/ports.js";
import type { TrinoClient } from "../trino/client.js";
import { once } from "./once.js";

export interface Edge {
  readonly report: Report;
  readonly print: (line: string) => void;
  /** Null where nobody is there to answer. */
  readonly ask: Ask | null;
  /** The same, for questions of any kind. */
  readonly questions: Questions | null;
  readonly signal: AbortSignal;
  /** Wraps the parts that act on the outside as they are built, so that a test can die exactly at one of their calls. */
  readonly observe?: Observe | undefined;
  readonly globals: GlobalOptions;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Of this program. */
  readonly version: string;
}

export type Observe = <T extends object>(name: ObservedPart, part: T) => T;
export type ObservedPart =
  | "engine"
  | "state"
  | "main-history"
  | "running-queries"
  | "references"
  | "ledger"
  | "sealing-branch"
  | "release-reader";

export interface Impatient {
  readonly nessie: NessieClient;
  readonly records: RecordStore;
  readonly state: StateStore;
}

/** For one request; a screen is looked at by a person. */
const IMPATIENCE = { timeoutMs: 3_000, retry: { retries: 1, maxWaitMs: 200 } } as const;

/** How long Nessie is waited for, and what ends the wait. */
export type Patience = Pick<NessieRecordsOptions, "timeoutMs" | "retry" | "signal">;

/** The configuration, and clients of all that it names; each is built when it is first asked for, and once. */
export interface Outside {
  readonly edge: Edge;
  readonly observe: Observe;
  readonly configuration: () => Promise<LoadedConfig>;
  /** Starts no process before it is asked something. */
  readonly sqlmesh: () => Promise<SqlMeshClient>;
  readonly trino: () => Promise<TrinoClient>;
  /** Its requests are broken off by Ctrl-C. */
  readonly nessie: () => Promise<NessieClient>;
  /** The same, for what is not to be broken off in the middle. */
  readonly patientNessie: () => Promise<NessieClient>;
  readonly records: () => Promise<RecordStore>;
  readonly state: () => Promise<StateStore>;
  /** Nessie, and the records where they lie there, for whoever would rather soon hear that something is down. */
  readonly impatient: () => Promise<Impatient>;
  /** What is remembered, asked with a patience of one's own. */
  readonly remembered: (patience: Patience) => Promise<Pick<Impatient, "records" | "state">>;
  /** Ends what was started, the bridge above all. */
  readonly close: () => Promise<void>;
}

/** For completion, which has no time to load the project. */
async function remember(configFile: string, models: readonly Model[]): Promise<void> {
  const { rememberNames } = await import("../config/known-names.js");
  await rememberNames(configFile, {
    models: models.map(({ name }) => name),
    categories: [...new Set(models.flatMap(({ categories }) => categories))].toSorted(),
  });
}

export function outsideOf(edge: Edge): Outside {
  const { report, signal, workingDirectory } = edge;
  const observe: Observe = edge.observe ?? ((_, part) => part);
  const toClose: { close(): Promise<void> }[] = [];

  const configuration = once(async (): Promise<LoadedConfig> => {
    const { loadConfig } = await import("../config/load.js");
    return loadConfig({ workingDirectory, file: edge.globals.config, environment: edge.environment });
  });

  const sqlmesh = once(async (): Promise<SqlMeshClient> => {
    const { config, environment, file } = await configuration();
    const { startBridge } = await import("../sqlmesh/client.js");
    const { project, gateway, python, startupTimeoutMilliseconds } = config.sqlmesh;
    const bridge = startBridge({
      python,
      project,
      gateway: gateway ?? undefined,
      environment: environment(),
      log: { directory: join(workingDirectory, ".oso-pipeline", "logs") },
      startupTimeoutMs: startupTimeoutMilliseconds,
      signal,
      // SQLMesh's remarks on loading and planning are the same every time; its log keeps them.
      report: edge.globals.verbose ? report : undefined,
      onLoaded: ({ models }) => toClose.push({ close: () => remember(file, models) }),
    });
    toClose.push(bridge);
    return bridge;
  });

  const trino = once(async (): Promise<TrinoClient> => {
    const { config } = await configuration();
    const { createTrinoClient } = await import("../trino/client.js");
    const { url, user, auth, tls, queryTimeoutMilliseconds } = config.trino;
    return createTrinoClient({
      server: url,
      user,
      auth,
      tls,
      clientTags: ["oso-pipeline"],
      queryTimeoutMs: queryTimeoutMilliseconds,
    });
  });

  async function nessieClient(until?: AbortSignal, patience?: typeof IMPATIENCE): Promise<NessieClient> {
    const { config } = await configuration();
    const { createNessieClient } = await import("../nessie/client.js");
    const { uri, icebergUri, auth, branch } = config.nessie;
    return createNessieClient({ ...patience, uri, icebergUri, branch, auth, signal: until });
  }

  async function stateIn(stored: RecordStore): Promise<StateStore> {
    const { config } = await configuration();
    const { createStateStore } = await import("../state/store.js");
    const { leaseTtlMilliseconds: ttlMilliseconds, keepRuns } = config.state;
    return createStateStore({ records: stored, ttlMilliseconds, keepRuns });
  }

  const state = once(async (): Promise<StateStore> => observe("state", await stateIn(await records())));

  async function recordStore(patience?: Patience): Promise<RecordStore> {
    const { config } = await configuration();
    if (config.state.store === "file") {
      const { createFileRecords } = await import("../state/files.js");
      return createFileRecords({ folder: config.state.folder });
    }
    const { createNessieRecords } = await import("../nessie/records.js");
    const { uri, auth } = config.nessie;
    return createNessieRecords({ ...patience, uri, auth, branch: config.state.branch });
  }

  /** Never broken off by Ctrl-C: what a run has done is written down, and its lease given back, after that. */
  const records = once(async () => recordStore());

  const impatient = once(async (): Promise<Impatient> => {
    const [client, stored] = await Promise.all([nessieClient(signal, IMPATIENCE), remembered(IMPATIENCE)]);
    return { nessie: client, ...stored };
  });

  async function remembered(patience: Patience): Promise<Pick<Impatient, "records" | "state">> {
    const stored = await recordStore(patience);
    return { records: stored, state: await stateIn(stored) };
  }

  return {
    edge,
    observe,
    configuration,
    sqlmesh,
    trino,
    nessie: once(async () => nessieClient(signal)),
    patientNessie: once(async () => nessieClient()),
    records,
    state,
    impatient,
    remembered,
    close: async () => {
      await Promise.all(toClose.map((part) => part.close()));
    },
  };
}
