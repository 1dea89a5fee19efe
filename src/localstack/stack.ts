import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import { bringUp } from "./bring-up.js";
import { cacheFolder, install } from "./cache.js";
import { createHome, homeAt, recall, remember, type Home } from "./home.js";
import { withLock } from "./lock.js";
import { readLogs, type LogLine, type LogRequest } from "./logs.js";
import { portsToUse } from "./ports-to-use.js";
import { processTable } from "./process-table.js";
import { endService, runningOf } from "./records.js";
import { checkPlatform } from "./requirements.js";
import { defineServices } from "./services.js";
import { serviceNames, versionsToUse, type LocalStackOptions, type ServiceName } from "./settings.js";
import { stackStatus, type StackStatus } from "./status.js";

export type { LogLine, LogRequest } from "./logs.js";
export type { LocalStackOptions, PortName, ServiceName } from "./settings.js";
export type { ServiceStatus, StackStatus } from "./status.js";

/** A real Nessie, Trino, object store and SQLMesh on this machine. */
export interface LocalStack {
  /** Installs what is missing, starts what does not run, and waits until all of it works. Harmless to repeat. */
  up(signal?: AbortSignal): Promise<UpResult>;
  /** Ends what `up` started, and nothing else. Data stays. */
  down(signal?: AbortSignal): Promise<DownResult>;
  status(signal?: AbortSignal): Promise<StackStatus>;
  /** `down`, and removes data and logs. The cache and the ports that were picked stay. */
  reset(signal?: AbortSignal): Promise<ResetResult>;
  logs(request: LogRequest, signal?: AbortSignal): AsyncIterable<LogLine>;
}

export interface UpResult extends StackStatus {
  /** What this call started; empty where everything ran already. */
  readonly started: readonly ServiceName[];
  readonly milliseconds: number;
}

export interface DownResult {
  readonly home: string;
  readonly ended: readonly ServiceName[];
}

export interface ResetResult extends DownResult {
  readonly removed: readonly string[];
}

export function createLocalStack(options: LocalStackOptions): LocalStack {
  const { report } = options;
  const environment = options.environment ?? process.env;
  const table = processTable();

  const locked = async <T>(
    what: string,
    signal: AbortSignal,
    work: (home: Home, held: AbortSignal) => Promise<T>,
  ) => {
    const home = await homeAt(options.home);
    return withLock(join(home.path, "stack"), what, { report, signal }, (held) => work(home, held));
  };

  const up = async (signal: AbortSignal): Promise<UpResult> => {
    const begun = performance.now();
    checkPlatform(process.platform, process.arch);
    return locked("running `local up`", signal, async (home, held) => {
      await createHome(home);
      const cache = cacheFolder(options.cache, environment);
      const versions = versionsToUse(options.versions ?? {});
      const installed = await install({ ...options, cache, versions, environment }, held);
      const running = await Promise.all(serviceNames.map((name) => runningOf(home, table, name)));
      const memory = await recall(home);
      const { ports, picked } = await portsToUse(
        options.ports ?? {},
        memory.pickedPorts,
        serviceNames.filter((_, index) => running[index]?.recorded),
      );
      await remember(home, { pickedPorts: picked, python: installed.python });
      const services = defineServices({ home, ports, versions, cache, ...installed });
      const started = await bringUp(services, { home, table, report, environment, ports }, held);
      const status = await stackStatus(home, table, held);
      return { ...status, started, milliseconds: Math.round(performance.now() - begun) };
    });
  };

  /** All at once: each of them survives losing the others. */
  const endAll = async (home: Home): Promise<DownResult> => {
    report({ type: "phase", phase: "stop", text: "Stopping the local stack" });
    const ended = await Promise.all(serviceNames.map((name) => endService(home, table, name)));
    return { home: home.path, ended: serviceNames.filter((_, index) => ended[index]) };
  };

  return {
    up: (signal = never()) => explained(signal, () => up(signal)),
    down: (signal = never()) => explained(signal, () => locked("running `local down`", signal, endAll)),
    reset: (signal = never()) =>
      explained(signal, () =>
        locked("running `local reset`", signal, async (home) => {
          const down = await endAll(home);
          return { ...down, removed: await removeData(home) };
        }),
      ),
    status: (signal = never()) =>
      explained(signal, async () => stackStatus(await homeAt(options.home), table, signal)),
    logs: (request, signal = never()) => readLogs(options.home, request, signal),
  };
}

async function removeData(home: Home): Promise<string[]> {
  const folders = [home.data, home.logs, home.etc, home.run];
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  return folders;
}

const never = (): AbortSignal => new AbortController().signal;

/** What was broken off says so, in the words of whoever broke it off. */
async function explained<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!signal.aborted || thrown instanceof PipelineError) throw thrown;
    throw interruption(signal);
  }
}
