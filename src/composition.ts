import { hostname } from "node:os";
import { join } from "node:path";
import type { App, Ask } from "./cli/app.js";
import type { GlobalOptions } from "./cli/command.js";
import type { LoadedConfig } from "./config/load.js";
import type { Report } from "./core/events.js";
import { PRODUCTION } from "./core/model.js";
import type { NessieClient } from "./nessie/client.js";
import type { FileProbe, GuardedRun, ReleaseLedger, ReleaseReader } from "./release/ports.js";
import type { MainHistory, RunningQueries, StateStore, TransformationEngine } from "./restatement/ports.js";
import { isUnfinished, type RunRecord, type Trigger } from "./restatement/runs.js";
import type { SqlMeshClient } from "./sqlmesh/client.js";
import type { QueryEngine } from "./verification/ports.js";

export interface Edge {
  readonly report: Report;
  readonly print: (line: string) => void;
  /** Null where nobody is there to answer. */
  readonly ask: Ask | null;
  readonly signal: AbortSignal;
  /** Wraps the parts that act on the outside as they are built, so that a test can die exactly at one of their calls. */
  readonly observe?: Observe | undefined;
  readonly globals: GlobalOptions;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
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

export interface Composition {
  readonly parts: App;
  /** Ends what was started, the bridge above all. */
  close(): Promise<void>;
}

/** Where logs and state lie that belong to a configuration. */
const stateFolder = (workingDirectory: string): string => join(workingDirectory, ".oso-pipeline");

/**
 * Joins the rooms: only here is known which adapter stands behind a port. Each part is imported and built when it is
 * first asked for, and once.
 */
export function createApp(edge: Edge): Composition {
  const { report, signal, workingDirectory } = edge;
  const observe: Observe = edge.observe ?? ((_, part) => part);
  const toClose: { close(): Promise<void> }[] = [];

  const configuration = once(async (): Promise<LoadedConfig> => {
    const { loadConfig } = await import("./config/load.js");
    return loadConfig({ workingDirectory, file: edge.globals.config, environment: edge.environment });
  });

  const sqlmesh = once(async (): Promise<SqlMeshClient> => {
    const { config, environment } = await configuration();
    const { startBridge } = await import("./sqlmesh/client.js");
    const { project, gateway, python, startupTimeoutMilliseconds } = config.sqlmesh;
    const bridge = startBridge({
      python,
      project,
      gateway: gateway ?? undefined,
      environment: environment(),
      log: { directory: join(stateFolder(workingDirectory), "logs") },
      startupTimeoutMs: startupTimeoutMilliseconds,
      signal,
      // SQLMesh's remarks on loading and planning are the same every time; its log keeps them.
      report: edge.globals.verbose ? report : undefined,
    });
    toClose.push(bridge);
    return bridge;
  });

  const trino = once(async (): Promise<QueryEngine> => {
    const { config } = await configuration();
    const { createTrinoClient } = await import("./trino/client.js");
    const { url, user, auth, tls, queryTimeoutMilliseconds } = config.trino;
    return createTrinoClient({
      server: url,
      user,
      auth,
      tls,
      queryTimeoutMs: queryTimeoutMilliseconds,
    });
  });

  async function nessieClient(until?: AbortSignal): Promise<NessieClient> {
    const { config } = await configuration();
    const { createNessieClient } = await import("./nessie/client.js");
    const { uri, icebergUri, auth, branch } = config.nessie;
    return createNessieClient({ uri, icebergUri, branch, auth, signal: until });
  }

  const nessie = once(async () => nessieClient(signal));

  const state = once(async (): Promise<StateStore> => {
    const { config } = await configuration();
    const { createStateStore } = await import("./state/store.js");
    const { leaseTtlMilliseconds: ttlMilliseconds, keepRuns } = config.state;
    return observe("state", createStateStore({ records: await records(), ttlMilliseconds, keepRuns }));
  });

  /** Never broken off by Ctrl-C: what a run has done is written down, and its lease given back, after that. */
  async function records() {
    const { config } = await configuration();
    if (config.state.store === "file") {
      const { createFileRecords } = await import("./state/files.js");
      return createFileRecords({ folder: config.state.folder });
    }
    const { createNessieRecords } = await import("./nessie/records.js");
    const { uri, auth } = config.nessie;
    return createNessieRecords({ uri, auth, branch: config.state.branch });
  }

  const queriesOfRuns = once(async (): Promise<RunningQueries> => {
    const { runningQueries } = await import("./trino/queries.js");
    return observe("running-queries", runningQueries(await trino()));
  });

  async function triggerOf(runKey: string | null, requestDigest: string): Promise<Trigger> {
    const { config } = await configuration();
    const { triggerFrom } = await import("./orchestrators/trigger.js");
    return triggerFrom(edge.environment, { runKey, requestDigest, identity: config.approval.identity });
  }

  const verification = once(async () => {
    const { config } = await configuration();
    const [{ VerificationService }, { attestationStore }, { whoActs }] = await Promise.all([
      import("./verification/verify.js"),
      import("./state/attestations.js"),
      import("./orchestrators/trigger.js"),
    ]);
    const [catalog, engine] = await Promise.all([nessie(), sqlmesh()]);
    return new VerificationService({
      ...config.verification,
      queries: await trino(),
      catalog,
      tags: catalog,
      reader: engine,
      directory: engine,
      attestations: attestationStore({ records: await records() }),
      report,
      now: Date.now,
      signal,
      by: whoActs(edge.environment, config.approval.identity),
      catalogs: config.trino.catalogs,
      verificationTag: config.nessie.verificationTag,
    });
  });

  const ledger = once(async (): Promise<ReleaseLedger> => {
    const { config } = await configuration();
    const { releaseLedger } = await import("./state/ledger.js");
    return observe(
      "ledger",
      releaseLedger({
        records: await records(),
        consumerTag: config.nessie.consumerTag,
        ttlMilliseconds: config.state.leaseTtlMilliseconds,
        process: { host: hostname(), pid: process.pid },
      }),
    );
  });

  const fileProbe = once(async (): Promise<FileProbe> => {
    const { config } = await configuration();
    const [{ ReadableFiles }, { fileReader }] = await Promise.all([
      import("./release/readable.js"),
      import("./trino/readable.js"),
    ]);
    const catalog = await nessie();
    return new ReadableFiles({
      comparison: catalog,
      files: fileReader(await trino(), {
        catalog: config.trino.catalogs.producer,
        concurrency: config.verification.concurrency,
        signal,
      }),
      store: catalog,
      ledger: await ledger(),
      branch: config.nessie.branch,
    });
  });

  const releases = once(async () => {
    const { config } = await configuration();
    const [{ ReleaseService }, { whoActs }] = await Promise.all([
      import("./release/publish.js"),
      import("./orchestrators/trigger.js"),
    ]);
    const { nessie: names, trino: engine, release } = config;
    // Ctrl-C ends a publication between its steps, so that what was begun can be put away at once.
    const catalog = await nessieClient();
    return new ReleaseService({
      store: observe("references", catalog),
      branches: observe("sealing-branch", catalog),
      // Nothing to move needs neither Trino nor SQLMesh.
      verifier: { prove: async (base, seen) => (await verification()).prove(base, seen) },
      sealer: {
        preview: async (base) => (await sealing()).preview(base),
        seal: async (order) => (await sealing()).seal(order),
      },
      reader: {
        marker: async (name, at) => (await releaseReader()).marker(name, at),
        tablesRead: async (views, at) => (await releaseReader()).tablesRead(views, at),
      },
      files: { mustBeReadable: async (target, seen) => (await fileProbe()).mustBeReadable(target, seen) },
      ledger: await ledger(),
      runs: {
        runs: async () =>
          (await (await state()).runs()).filter(isPublished(config.sqlmesh.environment)).map(guarded),
      },
      report,
      signal,
      now: () => new Date(),
      by: whoActs(edge.environment, config.approval.identity),
      branch: names.branch,
      consumerTag: names.consumerTag,
      tagPrefix: release.tagPrefix,
      catalogs: engine.catalogs,
      keep: release.keep,
      policy: release.views.policy,
    });
  });

  const releaseHistory = once(async () => {
    const { config } = await configuration();
    const { ReleaseHistory } = await import("./release/history.js");
    const catalog = await nessie();
    return new ReleaseHistory({
      store: catalog,
      ledger: await ledger(),
      comparison: catalog,
      catalog,
      branch: config.nessie.branch,
      consumerTag: config.nessie.consumerTag,
      tagPrefix: config.release.tagPrefix,
      catalogs: config.trino.catalogs,
    });
  });

  const parts: App = {
    report,
    print: edge.print,
    ask: edge.ask,
    signal,
    workingDirectory,
    configuration,
    forConfiguration: (file) => {
      const other = createApp({ ...edge, globals: { ...edge.globals, config: file } });
      toClose.push(other);
      return other.parts;
    },
    verification,
    releaseHistory,
    queries: trino,
    runs: once(async () => {
      const { config } = await configuration();
      const [{ RunService }, { systemClock }] = await Promise.all([
        import("./restatement/run.js"),
        import("./state/clock.js"),
      ]);
      return new RunService({
        engine: observe<TransformationEngine>("engine", await sqlmesh()),
        state: await state(),
        main: observe<MainHistory>("main-history", await nessie()),
        queries: await queriesOfRuns(),
        policy: config.approval,
        trigger: triggerOf,
        report,
        signal,
        now: Date.now,
        monotonic: () => systemClock.now(),
        sleep: (milliseconds, until) => systemClock.sleep(milliseconds, { signal: until }),
        random: Math.random,
        host: { name: hostname(), pid: process.pid },
        clientTimeoutMilliseconds: config.trino.clientTimeoutMilliseconds,
      });
    }),
    history: once(async () => {
      const { RunHistory } = await import("./restatement/run-history.js");
      return new RunHistory(await state(), async () => (await releases()).standing());
    }),
    releases,
  };
  return {
    parts,
    close: async () => {
      await Promise.all(toClose.map((part) => part.close()));
    },
  };
}

/** Whether a run writes what readers will see. */
const isPublished =
  (environment: string) =>
  (run: RunRecord): boolean =>
    run.environment === PRODUCTION || run.environment === environment;

const guarded = ({ id, mainAtStart, mainAtEnd, ...run }: RunRecord): GuardedRun => ({
  id,
  isUnfinished: isUnfinished(run),
  mainAtStart,
  mainAtEnd,
});

function once<T>(build: () => Promise<T>): () => Promise<T> {
  let built: Promise<T> | undefined;
  return () => (built ??= build());
}
