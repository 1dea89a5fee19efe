import { access, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PipelineEvent } from "../../../src/core/events.js";
import { createHome, homeAt, type Home } from "../../../src/localstack/home.js";
import { processTable, type ProcessIdentity } from "../../../src/localstack/process-table.js";
import type { Service } from "../../../src/localstack/services.js";
import { defaultPorts, portNames, type PortName } from "../../../src/localstack/settings.js";
import type { StackContext } from "../../../src/localstack/start.js";
import { freePorts } from "../../../src/localstack/tcp.js";

const SCRIPT = join(import.meta.dirname, "fake-service.mjs");

export type FakeName = "s3" | "nessie";

/** A home with two services that are small Node programs. */
export interface FakeStack {
  readonly home: Home;
  readonly context: StackContext;
  readonly events: PipelineEvent[];
  /** A service as it should be, with what makes it misbehave. */
  service(name: FakeName, ...flags: readonly string[]): Service;
  /** Every process of this service that runs, recorded or not. */
  processes(name: FakeName): Promise<readonly ProcessIdentity[]>;
  /** Ends all processes with SIGKILL and removes the home. */
  remove(): Promise<void>;
}

export async function createFakeStack(): Promise<FakeStack> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "stack-")));
  const picked = await freePorts(portNames.length);
  const ports = { ...defaultPorts };
  for (const [index, name] of portNames.entries()) ports[name] = picked[index] ?? 0;
  return openFakeStack(path, ports);
}

export async function openFakeStack(
  path: string,
  ports: Readonly<Record<PortName, number>>,
): Promise<FakeStack> {
  const home = await homeAt(path);
  await createHome(home);
  // The tag is Nessie's affair, and none of these is Nessie.
  await writeFile(join(home.data, "consumer-tag-made"), "");
  const table = processTable();
  const events: PipelineEvent[] = [];
  const context: StackContext = {
    home,
    table,
    ports,
    environment: process.env,
    report: (event) => void events.push(event),
  };
  const processes = (name: FakeName): Promise<readonly ProcessIdentity[]> =>
    table.withArgument(home.marker(name));
  return {
    home,
    context,
    events,
    processes,
    service: (name, ...flags) => ({
      name,
      title: name === "s3" ? "S3Proxy" : "Nessie",
      version: "1",
      ports: [name],
      address: `http://127.0.0.1:${ports[name]}`,
      command: process.execPath,
      args: [SCRIPT, home.marker(name), String(ports[name]), ...flags],
      workingDirectory: home.data,
      folders: [],
      files: {},
      archive: null,
      ready: async () => {
        const reply = await fetch(`http://127.0.0.1:${ports[name]}/`).catch(() => null);
        await reply?.text();
        return reply?.ok === true ? { ready: true } : { ready: false, reason: "not yet" };
      },
    }),
    async remove() {
      const left = (await Promise.all([processes("s3"), processes("nessie")])).flat();
      for (const { pid } of left) process.kill(pid, "SIGKILL");
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
