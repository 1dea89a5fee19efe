import { readFile, statfs, mkdir } from "node:fs/promises";
import { totalmem } from "node:os";
import { PipelineError } from "../core/errors.js";
import type { ServiceName } from "./settings.js";

const MEBI = 2 ** 20;

/** Bytes of memory that each service takes under work, heap and all. */
const memoryNeeds: Readonly<Record<ServiceName, number>> = {
  s3: 320 * MEBI,
  nessie: 704 * MEBI,
  trino: 3072 * MEBI,
};

/** Data, logs and temporary files of a small warehouse. */
export const HOME_BYTES = 500_000_000;

/** @throws PipelineError REQUIREMENT_MISSING on systems that there is no Java or no process table for. */
export function checkPlatform(platform: string, architecture: string): void {
  if (["linux", "darwin"].includes(platform) && ["x64", "arm64"].includes(architecture)) return;
  throw new PipelineError("REQUIREMENT_MISSING", {
    message: `the local stack does not run on ${platform} ${architecture}`,
    hint: "use Linux or macOS on x86_64 or arm64 (on Windows: WSL 2), or a Nessie and Trino elsewhere",
  });
}

/** @throws PipelineError REQUIREMENT_MISSING where the services that are to start need more than there is. */
export function checkMemory(available: number, services: readonly ServiceName[]): void {
  const needed = services.reduce((sum, service) => sum + memoryNeeds[service], 0);
  if (available >= needed) return;
  throw new PipelineError("REQUIREMENT_MISSING", {
    message: `${gibi(available)} GiB of memory are available; starting ${services.join(", ")} needs ${gibi(needed)} GiB`,
    hint: "close other programs, or give the container or virtual machine more memory",
  });
}

/** Bytes that processes can still get without swapping. */
export async function availableMemory(): Promise<number> {
  // os.freemem() leaves out what the system would give back; off Linux only the total says anything.
  const meminfo = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const available = availableFrom(meminfo) ?? totalmem();
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? Math.min(available, limit) : available;
}

export function availableFrom(meminfo: string): number | undefined {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** @throws PipelineError REQUIREMENT_MISSING where the disk of `folder` has less than `bytes`. */
export async function checkDisk(folder: string, bytes: number, what: string, setting: string): Promise<void> {
  if (bytes === 0) return;
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new PipelineError("REQUIREMENT_MISSING", {
    message: `${gibi(free)} GiB are free on the disk of ${folder}; ${what} needs ${gibi(bytes)} GiB`,
    hint: `make room, or move it with ${setting}`,
    where: folder,
  });
}

const gibi = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
