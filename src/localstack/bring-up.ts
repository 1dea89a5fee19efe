import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PipelineError } from "../core/errors.js";
import { awaitReady } from "./await-ready.js";
import { ensureTag } from "./probes.js";
import { endProcess } from "./process-table.js";
import { endService, runningOf, writeRecord } from "./records.js";
import { availableMemory, checkDisk, checkMemory, HOME_BYTES } from "./requirements.js";
import { digestOf, type Service } from "./services.js";
import { CONSUMER_TAG, type ServiceName } from "./settings.js";
import { checkPorts, startService, type StackContext } from "./start.js";
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
  const verdicts = await Promise.all(services.map((service) => hasToStart(service, context, signal)));
  const toStart = services.filter((_, index) => verdicts[index]);
  if (toStart.length > 0) await startAll(toStart, context, signal);
  await makeConsumerTag(context, signal);
  return toStart.map(({ name }) => name);
}

/** Ends what should not run: what nobody recorded, what was started with other settings, what hangs. */
async function hasToStart(service: Service, context: StackContext, signal: AbortSignal): Promise<boolean> {
  const { home, table, report } = context;
  const { recorded, strays } = await runningOf(home, table, service.name);
  await Promise.all(strays.map((stray) => endProcess(table, stray, FORCE_MS)));
  if (recorded === null) return true;
  const isSame = recorded.digest === digestOf(service);
  if (isSame) {
    // One that an `up` that was killed has started may still become ready.
    const patience = recorded.wasReady ? HANG_MS : START_TIMEOUT_MS;
    const failure = await awaitReady(service, recorded, context, patience, signal).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (failure === null) return false;
    signal.throwIfAborted();
  }
  const detail = isSame ? "it did not answer" : "its settings have changed";
  report({ type: "service", service: service.title, state: "restarting", detail });
  await endService(home, table, service.name, isSame ? FORCE_MS : undefined);
  return true;
}

async function startAll(
  services: readonly Service[],
  context: StackContext,
  signal: AbortSignal,
): Promise<void> {
  const { home, table, report, ports } = context;
  for (const service of services) await checkPorts(service, ports);
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
