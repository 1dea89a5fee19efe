import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PipelineError } from "../core/errors.js";
import { awaitReady } from "./await-ready.js";
import { ensureTag } from "./probes.js";
import { endProcess } from "./process-table.js";
import { endService, runningOf, writeRecord, type ProcessRecord } from "./records.js";
import { availableMemory, checkDisk, checkMemory, HOME_BYTES } from "./requirements.js";
import { digestOf, type Service } from "./services.js";
import { CONSUMER_TAG, type ServiceName } from "./settings.js";
import { checkPort, startService, type StackContext } from "./start.js";
import { becomesFree } from "./tcp.js";
import { together } from "./parallel.js";
import type { Home } from "./home.js";

/** The first starts on a slow machine take longest: nothing is archived, nothing in the disk's cache. */
const START_TIMEOUT_MS = 180_000;
/** For what hangs or was hardly started, before it is ended by force. */
const FORCE_MS = 5_000;
/** How long a service that has been ready may leave questions unanswered before it counts as hanging. */
const HANG_MS = 20_000;

/**
 * Makes exactly these services run, and leaves alone those that already do. Gives what it started.
 * @throws PipelineError; then what this call started has been ended again.
 */
export async function bringUp(
  services: readonly Service[],
  context: StackContext,
  signal: AbortSignal,
): Promise<ServiceName[]> {
  const verdicts = await Promise.all(services.map((service) => judge(service, context, signal)));
  const toStart = verdicts.filter(({ runs }) => !runs);
  if (toStart.length > 0) {
    await checkPorts(toStart, context);
    await Promise.all(toStart.map((verdict) => makeRoom(verdict, context)));
    await startAll(
      toStart.map(({ service }) => service),
      context,
      signal,
    );
  }
  await makeConsumerTag(context, signal);
  return toStart.map(({ service }) => service.name);
}

interface Verdict {
  readonly service: Service;
  /** Whether it runs as it should. */
  readonly runs: boolean;
  /** Its process that has to end first. */
  readonly obsolete: { readonly record: ProcessRecord; readonly hangs: boolean } | null;
}

/** Also ends strays: what nobody recorded, an `up` has started just before it was killed. */
async function judge(service: Service, context: StackContext, signal: AbortSignal): Promise<Verdict> {
  const { home, table } = context;
  const { recorded: record, strays } = await runningOf(home, table, service.name);
  await Promise.all(strays.map((stray) => endProcess(table, stray, FORCE_MS)));
  if (record === null) return { service, runs: false, obsolete: null };
  if (record.digest !== digestOf(service))
    return { service, runs: false, obsolete: { record, hangs: false } };
  try {
    // One that was never ready an `up` that was killed has started; it may still become so.
    await awaitReady(service, record, context, record.wasReady ? HANG_MS : START_TIMEOUT_MS, signal);
    return { service, runs: true, obsolete: null };
  } catch {
    signal.throwIfAborted();
    return { service, runs: false, obsolete: { record, hangs: true } };
  }
}

/** Before anything is ended: a port that somebody else has must not cost what runs. */
async function checkPorts(verdicts: readonly Verdict[], { ports }: StackContext): Promise<void> {
  const own = new Set(verdicts.flatMap(({ obsolete }) => obsolete?.record.ports ?? []));
  for (const { service } of verdicts) {
    for (const name of service.ports) {
      if (!own.has(ports[name])) await checkPort(service, name, ports[name]);
    }
  }
}

async function makeRoom(
  { service, obsolete }: Verdict,
  { home, table, report }: StackContext,
): Promise<void> {
  if (obsolete === null) return;
  const detail = obsolete.hangs ? "it did not answer" : "its settings have changed";
  report({ type: "service", service: service.title, state: "restarting", detail });
  await endService(home, table, service.name, obsolete.hangs ? FORCE_MS : undefined);
  await Promise.all(obsolete.record.ports.map((port) => becomesFree(port)));
}

async function startAll(
  services: readonly Service[],
  context: StackContext,
  signal: AbortSignal,
): Promise<void> {
  const { home, table, report } = context;
  checkMemory(
    await availableMemory(),
    services.map(({ name }) => name),
  );
  await checkDisk(home.path, HOME_BYTES, "the local stack", "local.home");
  report({
    type: "phase",
    phase: "start",
    text: `Starting ${services.map(({ title }) => title).join(", ")}`,
  });
  const begun = performance.now();
  const ready = new Set<Service>();
  try {
    await together(signal, (stop) =>
      services.map(async (service) => {
        const record = await startService(service, context);
        await awaitReady(service, record, context, START_TIMEOUT_MS, stop);
        await writeRecord(home, service.name, { ...record, wasReady: true });
        ready.add(service);
        const detail = `${service.address} after ${((performance.now() - begun) / 1000).toFixed(1)} s`;
        report({ type: "service", service: service.title, state: "ready", detail });
      }),
    );
  } catch (thrown) {
    await Promise.all(services.map(({ name }) => endService(home, table, name)));
    await Promise.all(services.filter((service) => !ready.has(service)).map(removeArchive));
    throw thrown;
  }
}

/** One written by a process that never got ready lacks most classes, but would be used from then on. */
async function removeArchive({ archive }: Service): Promise<void> {
  if (archive !== null) await rm(archive, { force: true });
}

/** Only once in the life of the data: a tag that somebody took away later stays away. */
async function makeConsumerTag({ home, ports }: StackContext, signal: AbortSignal): Promise<void> {
  const note = join(home.data, "consumer-tag-made");
  if (await exists(note)) return;
  try {
    await ensureTag(ports.nessie, CONSUMER_TAG, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw tagFailed(home, thrown);
  }
  await writeFile(note, "");
}

function tagFailed(home: Home, thrown: unknown): PipelineError {
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message: `the tag ${CONSUMER_TAG} could not be made: ${messageOf(thrown)}`,
    hint: "see Nessie's log, then repeat `oso-pipeline local up`",
    where: home.logFile("nessie"),
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
