import { readFile } from "node:fs/promises";
import { recall, type Home } from "./home.js";
import { lastErrorLine } from "./log-lines.js";
import { nessieReady, s3Ready, trinoReady, type Readiness } from "./probes.js";
import { isAlive, type ProcessTable } from "./process-table.js";
import { readRecord, type ProcessRecord } from "./records.js";
import { serviceNames, type ServiceName } from "./settings.js";

/** `unready`: it runs, but does not do its work (yet). `dead`: it ended without `down`. */
export type ServiceState = "ready" | "unready" | "dead" | "stopped";

export interface ServiceStatus {
  readonly name: ServiceName;
  readonly title: string;
  readonly state: ServiceState;
  readonly pid: number | null;
  readonly version: string | null;
  /** Where it is reached: Trino's and the object store's origin, Nessie's API. */
  readonly address: string | null;
  /** Resident memory in bytes. */
  readonly memory: number | null;
  readonly uptimeSeconds: number | null;
  readonly log: string;
  /** Why it is not ready, as far as is known. */
  readonly detail: string | null;
}

export interface StackStatus {
  readonly home: string;
  readonly state: "up" | "partly" | "down";
  readonly services: readonly ServiceStatus[];
  /** Interpreter of the SQLMesh environment; null before the first `up`. */
  readonly python: string | null;
}

const titles: Readonly<Record<ServiceName, string>> = { s3: "S3Proxy", nessie: "Nessie", trino: "Trino" };

const probes: Readonly<Record<ServiceName, (port: number, signal: AbortSignal) => Promise<Readiness>>> = {
  s3: s3Ready,
  nessie: nessieReady,
  trino: trinoReady,
};

export async function stackStatus(
  home: Home,
  table: ProcessTable,
  signal: AbortSignal,
): Promise<StackStatus> {
  const [services, { python }] = await Promise.all([
    Promise.all(serviceNames.map((name) => serviceStatus(home, table, name, signal))),
    recall(home),
  ]);
  const ready = services.filter(({ state }) => state === "ready").length;
  const isDown = services.every(({ state }) => state === "stopped" || state === "dead");
  return {
    home: home.path,
    state: ready === services.length ? "up" : isDown ? "down" : "partly",
    services,
    python,
  };
}

async function serviceStatus(
  home: Home,
  table: ProcessTable,
  name: ServiceName,
  signal: AbortSignal,
): Promise<ServiceStatus> {
  const log = home.logFile(name);
  const record = await readRecord(home, name);
  const absent = {
    name,
    title: titles[name],
    pid: null,
    version: null,
    address: null,
    memory: null,
    uptimeSeconds: null,
    log,
  };
  if (record === null) return { ...absent, state: "stopped", detail: null };
  if (!(await isAlive(table, record))) {
    const line = lastErrorLine(await readFile(log, "utf8").catch(() => ""));
    return {
      ...absent,
      version: record.version,
      state: "dead",
      detail:
        line ??
        "it ended without an error in its log: killed, or stopped by something else than `local down`",
    };
  }
  const readiness = await probes[name](portOf(record), signal);
  return {
    ...absent,
    state: readiness.ready ? "ready" : "unready",
    pid: record.pid,
    version: record.version,
    address: record.address,
    memory: await table.memoryOf(record.pid),
    uptimeSeconds: Math.max(0, Math.round((Date.now() - Date.parse(record.startedAt)) / 1000)),
    detail: readiness.ready ? null : readiness.reason,
  };
}

const portOf = ({ address }: ProcessRecord): number => Number(new URL(address).port);
