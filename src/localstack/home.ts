import { createHash } from "node:crypto";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { portNames, type ServiceName } from "./settings.js";
import { readStored } from "./stored.js";

/** The folder of one local stack. */
export interface Home {
  readonly path: string;
  readonly data: string;
  /** Generated configuration; written anew by every start. */
  readonly etc: string;
  /** Process records, and the services' temporary files. */
  readonly run: string;
  readonly logs: string;
  /** Stands in the command line of every process of this stack, so that one nobody recorded can be found. */
  readonly marker: (service: ServiceName) => string;
  readonly logFile: (service: ServiceName) => string;
}

/**
 * Touches nothing: `status` of a stack that never was leaves no folder behind. Reached by another way, a stack is the
 * same one.
 */
export async function homeAt(folder: string): Promise<Home> {
  const path = await realPath(resolve(folder));
  const id = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return {
    path,
    data: join(path, "data"),
    etc: join(path, "etc"),
    run: join(path, "run"),
    logs: join(path, "logs"),
    marker: (service) => `-Doso.pipeline.stack=${id}.${service}`,
    logFile: (service) => join(path, "logs", `${service}.log`),
  };
}

export async function createHome(home: Home): Promise<void> {
  await Promise.all(
    [home.data, home.etc, home.run, home.logs].map((folder) => mkdir(folder, { recursive: true })),
  );
  await writeFile(join(home.path, ".gitignore"), "*\n");
}

/** As realpath, also for what is not there (any more): processes of a removed home must still be found. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}

const memorySchema = z.object({
  /** Ports that were picked because the setting is 0. */
  pickedPorts: z.partialRecord(z.enum(portNames), z.number()),
  /** Interpreter of the SQLMesh environment, once there is one. */
  python: z.string().nullable(),
});

/** What a home remembers from one `up` to the next. */
export type Memory = Readonly<z.infer<typeof memorySchema>>;

const memoryFile = (home: Home): string => join(home.path, "stack.json");

export async function recall(home: Home): Promise<Memory> {
  return (await readStored(memoryFile(home), memorySchema)) ?? { pickedPorts: {}, python: null };
}

export async function remember(home: Home, memory: Memory): Promise<void> {
  await writeFileAtomic(memoryFile(home), `${JSON.stringify(memory, null, 2)}\n`);
}
