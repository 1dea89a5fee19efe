import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { PipelineError, messageOf } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { trinoArtefact, type Artefact, type ArtefactStore } from "./artefacts.js";
import { withLock } from "./lock.js";
import { together } from "./parallel.js";

export const plugins = ["iceberg", "memory", "tpch"] as const;
const UNPACKED_BYTES = 500_000_000;

export interface TrinoInstall {
  /** Absolute path of the unpacked Trino; it is whole if it is there. */
  ensure(signal: AbortSignal): Promise<string>;
  /** Bytes that `ensure` would add to the cache. */
  missing(): Promise<number>;
}

export function trinoInstall(options: {
  readonly version: string;
  readonly cache: string;
  readonly artefacts: ArtefactStore;
  readonly report: Report;
}): TrinoInstall {
  const { version, cache, artefacts, report } = options;
  const folder = join(cache, "trino", version);
  const server = trinoArtefact("server-core", version);

  const unpack = async (signal: AbortSignal): Promise<void> => {
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await together(signal, (stop) => [
      unpackOne(server, partial, unpackTar, stop),
      ...plugins.map((plugin) =>
        unpackOne(trinoArtefact(plugin, version), join(partial, "plugin", plugin), unpackZip, stop),
      ),
    ]);
    await rename(partial, folder);
  };

  const unpackOne = async (
    artefact: Artefact,
    to: string,
    unpacker: Unpack,
    signal: AbortSignal,
  ): Promise<void> => {
    const archive = await artefacts.file(artefact, signal);
    try {
      await unpacker(archive, to, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw new PipelineError("DOWNLOAD_FAILED", {
        message: `${archive} could not be unpacked: ${messageOf(thrown)}`,
        hint: "make room on the disk; if the archive is damaged remove it and repeat the command",
        where: archive,
        cause: thrown,
      });
    }
  };

  const isThere = (): Promise<boolean> =>
    stat(folder)
      .then((entry) => entry.isDirectory())
      .catch(() => false);

  return {
    async ensure(signal) {
      if (await isThere()) return folder;
      await withLock(folder, `unpacking Trino ${version}`, { report, signal }, async (held) => {
        if (!(await isThere())) await unpack(held);
      });
      return folder;
    },
    async missing() {
      if (await isThere()) return 0;
      const all = [server, ...plugins.map((plugin) => trinoArtefact(plugin, version))];
      const archives = await Promise.all(all.map((artefact) => artefacts.missing(artefact)));
      return archives.reduce((sum, bytes) => sum + bytes, UNPACKED_BYTES);
    },
  };
}

type Unpack = (archive: string, folder: string, signal: AbortSignal) => Promise<void>;

const isWanted = (path: string): boolean => /^[^/]+\/(lib\/|NOTICE|README)/.test(path);

/** The server without its own plugins, which the stack does not use: they only cost start-up time. */
async function unpackTar(archive: string, folder: string, signal: AbortSignal): Promise<void> {
  const { extract } = await import("tar");
  await mkdir(folder, { recursive: true });
  await pipeline(
    createReadStream(archive),
    extract({ cwd: folder, strip: 1, filter: isWanted, strict: true }),
    { signal },
  );
}

/** yauzl refuses names that lead out of the folder. */
async function unpackZip(archive: string, folder: string, signal: AbortSignal): Promise<void> {
  const { openPromise } = await import("yauzl");
  const zip = await openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    const path = entry.fileName.split("/").slice(1).join("/");
    if (path === "" || path.endsWith("/")) continue;
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target), { signal });
  }
}
