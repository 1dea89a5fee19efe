import { rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import type { Home } from "./home.js";
import { endProcess, isAlive, type ProcessIdentity, type ProcessTable } from "./process-table.js";
import type { ServiceName } from "./settings.js";
import { readStored } from "./stored.js";

const recordSchema = z.object({
  schema: z.literal(1),
  pid: z.number(),
  birth: z.string(),
  /** ISO 8601, to show. */
  startedAt: z.string(),
  version: z.string(),
  address: z.string(),
  /** Every port it listens on. */
  ports: z.array(z.number()),
  /** Of everything that the process was started with: a changed setting changes it. */
  digest: z.string(),
  /** Whether it has ever done its work. */
  wasReady: z.boolean(),
});

/** What `up` writes down about a process it has started. */
export type ProcessRecord = Readonly<z.infer<typeof recordSchema>>;

const recordFile = (home: Home, service: ServiceName): string => join(home.run, `${service}.json`);

/** The record, whether or not its process still runs. */
export async function readRecord(home: Home, service: ServiceName): Promise<ProcessRecord | null> {
  return (await readStored(recordFile(home, service), recordSchema)) ?? null;
}

export async function writeRecord(home: Home, service: ServiceName, record: ProcessRecord): Promise<void> {
  await writeFileAtomic(recordFile(home, service), `${JSON.stringify(record, null, 2)}\n`);
}

export async function removeRecord(home: Home, service: ServiceName): Promise<void> {
  await rm(recordFile(home, service), { force: true });
}

/** What runs of a service: the recorded process, and strays that an `up` started and was killed before recording. */
export interface Running {
  readonly recorded: ProcessRecord | null;
  readonly strays: readonly ProcessIdentity[];
}

export async function runningOf(home: Home, table: ProcessTable, service: ServiceName): Promise<Running> {
  const [record, marked] = await Promise.all([
    readRecord(home, service),
    table.withArgument(home.marker(service)),
  ]);
  const recorded = record !== null && (await isAlive(table, record)) ? record : null;
  return { recorded, strays: marked.filter(({ pid }) => pid !== recorded?.pid) };
}

// The first orderly end of a service also writes the archive of its classes, which takes some seconds.
const GRACE_MS = 30_000;

/** Ends what runs of a service and forgets it. True where something ran. */
export async function endService(
  home: Home,
  table: ProcessTable,
  service: ServiceName,
  graceMs = GRACE_MS,
): Promise<boolean> {
  const { recorded, strays } = await runningOf(home, table, service);
  const all = recorded === null ? strays : [recorded, ...strays];
  await Promise.all(all.map((identity) => endProcess(table, identity, graceMs)));
  await removeRecord(home, service);
  return all.length > 0;
}
