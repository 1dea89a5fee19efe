import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { died } from "./await-ready.js";
import type { Home } from "./home.js";
import type { ProcessTable } from "./process-table.js";
import { writeRecord, type ProcessRecord } from "./records.js";
import { digestOf, temporary, type Service } from "./services.js";
import { becomesFree, listenerOn } from "./tcp.js";
import { portSetting, type PortName } from "./settings.js";

/** What is needed to start services of one stack. */
export interface StackContext {
  readonly home: Home;
  readonly table: ProcessTable;
  readonly report: Report;
  readonly environment: NodeJS.ProcessEnv;
  readonly ports: Readonly<Record<PortName, number>>;
}

/** @throws PipelineError SERVICE_UNAVAILABLE where another program has the port. */
export async function checkPort(service: Service, name: PortName, port: number): Promise<void> {
  const free = await becomesFree(port).catch((thrown: unknown) => {
    throw new PipelineError("SERVICE_UNAVAILABLE", {
      message: `${service.title} may not listen on port ${port}`,
      hint: `set ${portSetting[name]} to a port above 1023`,
      cause: thrown,
    });
  });
  if (free) return;
  const who = await listenerOn(port);
  throw new PipelineError("SERVICE_UNAVAILABLE", {
    message: `port ${port}, which ${service.title} is to listen on, is taken by ${who ?? "another program"}`,
    hint: `end that program, or set ${portSetting[name]} to another port (0 picks a free one)`,
  });
}

/** Starts the process and records it. It lives on when this process ends, however it ends. */
export async function startService(service: Service, context: StackContext): Promise<ProcessRecord> {
  const { home, table, report } = context;
  await prepare(service, home);
  const log = home.logFile(service.name);
  await rename(log, `${log}.1`).catch(() => undefined);
  const output = await open(log, "a");
  let child: ChildProcess;
  try {
    child = spawn(service.command, service.args, {
      cwd: service.workingDirectory,
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
      env: inherited(context.environment),
    });
    await once(child, "spawn");
  } catch (thrown) {
    throw new PipelineError("SERVICE_UNAVAILABLE", {
      message: `${service.title} could not be started with ${service.command}`,
      hint: "remove the folder `environments` in the cache and repeat the command",
      where: log,
      cause: thrown,
    });
  } finally {
    await output.close();
  }
  child.unref();
  const pid = child.pid ?? 0;
  const birth = await table.birthOf(pid);
  if (birth === null) throw await died(service, log);
  const record: ProcessRecord = {
    schema: 1,
    pid,
    birth,
    startedAt: new Date().toISOString(),
    version: service.version,
    address: service.address,
    ports: service.ports.map((name) => context.ports[name]),
    digest: digestOf(service),
    wasReady: false,
  };
  await writeRecord(home, service.name, record);
  report({ type: "service", service: service.title, state: "starting", detail: `process ${pid}` });
  return record;
}

async function prepare(service: Service, home: Home): Promise<void> {
  const scratch = temporary(home, service.name);
  await rm(scratch, { recursive: true, force: true });
  await Promise.all(
    [...service.folders, scratch, home.logs].map((folder) => mkdir(folder, { recursive: true })),
  );
  for (const [path, text] of Object.entries(service.files)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** Java and its programs read much from the environment; the stack is to be the same for everyone. */
function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "USER", "LANG", "LC_ALL"];
  return Object.fromEntries(
    kept.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}
