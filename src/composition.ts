import { join } from "node:path";
import type { App } from "./cli/app.js";
import type { GlobalOptions } from "./cli/command.js";
import type { LoadedConfig } from "./config/load.js";
import type { Report } from "./core/events.js";
import type { NessieClient } from "./nessie/client.js";
import type { SqlMeshClient } from "./sqlmesh/client.js";
import type { QueryEngine } from "./verification/ports.js";

export interface Edge {
  readonly report: Report;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  readonly globals: GlobalOptions;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
}

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

  const nessie = once(async (): Promise<NessieClient> => {
    const { config } = await configuration();
    const { createNessieClient } = await import("./nessie/client.js");
    const { uri, icebergUri, auth, branch } = config.nessie;
    return createNessieClient({ uri, icebergUri, branch, auth, signal });
  });

  const verification = once(async () => {
    const { config } = await configuration();
    const { VerificationService } = await import("./verification/verify.js");
    const engine = await sqlmesh();
    return new VerificationService({
      queries: await trino(),
      catalog: await nessie(),
      reader: engine,
      directory: engine,
      report,
      now: Date.now,
      signal,
      producerCatalog: config.trino.catalogs.producer,
      checks: config.verification.checks,
      concurrency: config.verification.concurrency,
      timeoutMilliseconds: config.verification.timeoutMilliseconds,
    });
  });

  const parts: App = {
    report,
    print: edge.print,
    signal,
    workingDirectory,
    configuration,
    forConfiguration: (file) => {
      const other = createApp({ ...edge, globals: { ...edge.globals, config: file } });
      toClose.push(other);
      return other.parts;
    },
    verification,
    queries: trino,
    runs: once(async () => {
      const { RunService } = await import("./restatement/run.js");
      return new RunService({ engine: await sqlmesh(), report, now: Date.now });
    }),
    releases: once(async () => {
      const { config } = await configuration();
      const { ReleaseService } = await import("./release/publish.js");
      return new ReleaseService({
        store: await nessie(),
        // Nothing to move needs no verification, and so neither Trino nor SQLMesh.
        verifier: { verify: async (base) => (await verification()).verify(base) },
        ledger: { runs: () => Promise.resolve([]) },
        report,
        branch: config.nessie.branch,
        consumerTag: config.nessie.consumerTag,
        tagPrefix: config.release.tagPrefix,
      });
    }),
  };
  return {
    parts,
    close: async () => {
      await Promise.all(toClose.map((part) => part.close()));
    },
  };
}

function once<T>(build: () => Promise<T>): () => Promise<T> {
  let built: Promise<T> | undefined;
  return () => (built ??= build());
}
