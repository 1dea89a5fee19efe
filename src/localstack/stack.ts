import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import envPaths from "env-paths";
import { PipelineError, messageOf } from "../core/errors.js";
import { install } from "./cache.js";
import { createHome, homeAt, recall, remember, type Home } from "./home.js";
import { withLock } from "./lock.js";
import { readLogs, type LogLine, type LogRequest } from "./logs.js";
import { together } from "./parallel.js";
import { portsToUse } from "./ports-to-use.js";
import { ensureTag } from "./probes.js";
import { endProcess, processTable, type ProcessIdentity } from "./process-table.js";
import { endService, runningOf, type ProcessRecord } from "./records.js";
import { availableMemory, checkDisk, checkMemory, checkPlatform, HOME_BYTES } from "./requirements.js";
import { defineServices, digestOf, type Service } from "./services.js";
import {
  CONSUMER_TAG,
  defaultVersions,
  serviceNames,
  type LocalStackOptions,
  type Part,
  type PortName,
  type ServiceName,
} from "./settings.js";
import { awaitReady, checkPorts, startService, type StartContext } from "./start.js";
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

const START_TIMEOUT_MS = 180_000;

export function createLocalStack(options: LocalStackOptions): LocalStack {
  const { report } = options;
  const environment = options.environment ?? process.env;
  const table = processTable();

  const up = async (signal: AbortSignal): Promise<UpResult> => {
    const begun = performance.now();
    checkPlatform(process.platform, process.arch);
    const home = await homeAt(options.home);
    const started = await withLock(
      join(home.path, "stack"),
      "`local up`",
      { report, signal },
      async (held) => {
        await createHome(home);
        return bringUp(home, held);
      },
    );
    return {
      ...(await stackStatus(home, table, signal)),
      started,
      milliseconds: Math.round(performance.now() - begun),
    };
  };

  const bringUp = async (home: Home, signal: AbortSignal): Promise<ServiceName[]> => {
    const versions = versionsToUse(options.versions ?? {});
    const installed = await install(
      {
        cache: cacheFolder(options.cache, environment),
        versions,
        mavenRepository: options.mavenRepository,
        environment,
        report,
      },
      signal,
    );
    const running = await Promise.all(serviceNames.map((name) => runningOf(home, table, name)));
    const runningNames = new Set(serviceNames.filter((_, index) => running[index]?.recorded));
    const memory = await recall(home);
    const { ports, picked } = await portsToUse(
      options.ports ?? {},
      memory.pickedPorts,
      portsOf(runningNames),
    );
    await remember(home, { pickedPorts: picked, python: installed.python });

    const services = defineServices({
      home,
      ports,
      versions: { s3: versions.s3proxy, nessie: versions.nessie, trino: versions.trino },
      archives: join(cacheFolder(options.cache, environment), "archives"),
      ...installed,
    });
    const context: StartContext = {
      home,
      table,
      report,
      environment,
      ports,
      startTimeoutMs: START_TIMEOUT_MS,
    };
    const toStart = await whatToStart(services, running, context, signal);
    await start(toStart, context, signal);
    await makeConsumerTag(home, ports, signal);
    return toStart.map(({ name }) => name);
  };

  /** Leaves alone what runs as it should; ends what does not, or what nobody recorded. */
  const whatToStart = async (
    services: readonly Service[],
    running: readonly { recorded: ProcessRecord | null; strays: readonly ProcessIdentity[] }[],
    context: StartContext,
    signal: AbortSignal,
  ): Promise<Service[]> => {
    const verdicts = await Promise.all(
      services.map(async (service, index) => {
        const { recorded, strays } = running[index] ?? { recorded: null, strays: [] };
        await Promise.all(strays.map((stray) => endProcess(table, stray, 5_000)));
        if (recorded === null) return true;
        const works =
          recorded.digest === digestOf(service) && (await isUsable(service, recorded, context, signal));
        if (works) return false;
        report({
          type: "service",
          service: service.title,
          state: "restarting",
          detail: "its settings have changed, or it hangs",
        });
        await endService(context.home, table, service.name);
        return true;
      }),
    );
    return services.filter((_, index) => verdicts[index]);
  };

  /** Ready, or young enough to become so. One that hangs is to be started anew. */
  const isUsable = async (
    service: Service,
    recorded: ProcessRecord,
    context: StartContext,
    signal: AbortSignal,
  ): Promise<boolean> => {
    if ((await service.ready(signal)).ready) return true;
    signal.throwIfAborted();
    const left = START_TIMEOUT_MS - (Date.now() - Date.parse(recorded.startedAt));
    if (left <= 0 || left > START_TIMEOUT_MS) return false;
    try {
      await awaitReady(service, recorded, { ...context, startTimeoutMs: left }, signal);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  };

  /** Starts all at once. What cannot be brought up completely is not left half up. */
  const start = async (
    services: readonly Service[],
    context: StartContext,
    signal: AbortSignal,
  ): Promise<void> => {
    if (services.length === 0) return;
    const names = services.map(({ name }) => name);
    report({
      type: "phase",
      phase: "start",
      text: `Starting ${services.map(({ title }) => title).join(", ")}`,
    });
    for (const service of services) await checkPorts(service, context.ports);
    checkMemory(await availableMemory(), names);
    await checkDisk(context.home.path, HOME_BYTES, "the local stack", "local.home");
    const begun = performance.now();
    const ready = new Set<Service>();
    try {
      await together(
        signal,
        services.map((service) => async (stop: AbortSignal) => {
          const identity = await startService(service, context);
          await awaitReady(service, identity, context, stop);
          ready.add(service);
          const seconds = ((performance.now() - begun) / 1000).toFixed(1);
          report({
            type: "service",
            service: service.title,
            state: "ready",
            detail: `${service.address} after ${seconds} s`,
          });
        }),
      );
    } catch (thrown) {
      await Promise.all(names.map((name) => endService(context.home, table, name)));
      await Promise.all(services.filter((service) => !ready.has(service)).map(removeArchive));
      throw thrown;
    }
  };

  const down = async (
    signal: AbortSignal,
    also?: (home: Home) => Promise<string[]>,
  ): Promise<ResetResult> => {
    const home = await homeAt(options.home);
    return withLock(join(home.path, "stack"), "`local down`", { report, signal }, async () => {
      report({ type: "phase", phase: "stop", text: "Stopping the local stack" });
      // Trino first would do, but at once is faster, and each of them survives losing the others.
      const ended = await Promise.all(serviceNames.map((name) => endService(home, table, name)));
      const removed = also ? await also(home) : [];
      return { home: home.path, ended: serviceNames.filter((_, index) => ended[index]), removed };
    });
  };

  const removeData = async (home: Home): Promise<string[]> => {
    const folders = [home.data, home.logs, home.etc, home.run];
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    return folders;
  };

  return {
    up: (signal = never()) => explained(signal, () => up(signal)),
    down: (signal = never()) =>
      explained(signal, async () => {
        const { home, ended } = await down(signal);
        return { home, ended };
      }),
    status: (signal = never()) =>
      explained(signal, async () => stackStatus(await homeAt(options.home), table, signal)),
    reset: (signal = never()) => explained(signal, () => down(signal, removeData)),
    logs: (request, signal = never()) => readLogs(options.home, request, signal),
  };
}

/** One written by a process that never got ready lacks most classes, but would be used from then on. */
async function removeArchive({ archive }: Service): Promise<void> {
  if (archive !== null) await rm(archive, { force: true });
}

const never = (): AbortSignal => new AbortController().signal;

export function cacheFolder(set: string | undefined, environment: NodeJS.ProcessEnv): string {
  return set ?? (environment["OSO_PIPELINE_CACHE"] || envPaths("oso-pipeline", { suffix: "" }).cache);
}

/** @throws PipelineError CONFIG_INVALID for what cannot be a version: it becomes part of paths and addresses. */
export function versionsToUse(set: NonNullable<LocalStackOptions["versions"]>): Record<Part, string> {
  const versions = Object.entries(defaultVersions).map(([part, known]): [string, string] => {
    const version = set[part as Part] ?? known;
    if (!/^[0-9A-Za-z][0-9A-Za-z.+_-]*$/.test(version)) {
      throw new PipelineError("CONFIG_INVALID", {
        message: `local.versions.${part} is no version: ${version}`,
        hint: `for example ${known}`,
      });
    }
    return [part, version];
  });
  return Object.fromEntries(versions) as Record<Part, string>;
}

function portsOf(services: ReadonlySet<ServiceName>): ReadonlySet<PortName> {
  const names = new Set<PortName>();
  for (const service of services) {
    names.add(service);
    if (service === "nessie") names.add("nessieManagement");
  }
  return names;
}

/** Only once in the life of the data: a tag that somebody took away later stays away. */
async function makeConsumerTag(
  home: Home,
  ports: Readonly<Record<PortName, number>>,
  signal: AbortSignal,
): Promise<void> {
  const note = join(home.data, "consumer-tag-made");
  const isMade = await access(note).then(
    () => true,
    () => false,
  );
  if (isMade) return;
  try {
    await ensureTag(ports.nessie, CONSUMER_TAG, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw new PipelineError("SERVICE_UNAVAILABLE", {
      message: `the tag ${CONSUMER_TAG} could not be made: ${messageOf(thrown)}`,
      hint: "see Nessie's log, then repeat `oso-pipeline local up`",
      where: home.logFile("nessie"),
    });
  }
  await writeFile(note, "");
}

/** What was broken off says so, in the words of whoever broke it off. */
async function explained<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!signal.aborted || thrown instanceof PipelineError) throw thrown;
    const reason: unknown = signal.reason;
    throw reason instanceof PipelineError
      ? reason
      : new PipelineError("INTERRUPTED", { message: "interrupted" });
  }
}
