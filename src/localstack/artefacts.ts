import { stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { download, downloadText, type Checksum } from "../http/download.js";
import { withLock } from "./lock.js";
import { readStored } from "./stored.js";

/** A file of a Maven repository. */
export interface Artefact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  readonly classifier?: string;
  readonly extension: "jar" | "tar.gz" | "zip";
}

/** SHA-256 and size of the files of the default versions. */
const known: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>> = {
  "nessie-quarkus-0.99.0-runner.jar": {
    sha256: "ce9fa33e2878bf5ea3981876b9e6204cabc0362b3dd82326b10e47271a78c417",
    bytes: 245_069_033,
  },
  "s3proxy-4.1.0-jar-with-dependencies.jar": {
    sha256: "a4d025969aaf796616ed4b1e2491d87d455ce84bb28cb9db086b2e6aaa68b48d",
    bytes: 54_955_934,
  },
  "trino-server-core-476.tar.gz": {
    sha256: "0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158",
    bytes: 194_358_953,
  },
  "trino-iceberg-476.zip": {
    sha256: "99edba5b491ed94d599aeb61e0794272d3569d8b563f3bb8569e8a49daa87b6c",
    bytes: 345_890_737,
  },
  "trino-memory-476.zip": {
    sha256: "bade81c52e2f7177a7b867aee1b10fae48fefda9c38f3ec6aeb006fdde5f0378",
    bytes: 14_380_277,
  },
  "trino-tpch-476.zip": {
    sha256: "d83467efe864b1e77013208c293835e197bc3135318c2895521c1efbb7f232bd",
    bytes: 14_562_172,
  },
};

const UNKNOWN_SIZE = 300_000_000;

export const nessieArtefact = (version: string): Artefact => ({
  groupId: "org.projectnessie.nessie",
  artifactId: "nessie-quarkus",
  version,
  classifier: "runner",
  extension: "jar",
});

export const s3ProxyArtefact = (version: string): Artefact => ({
  groupId: "org.gaul",
  artifactId: "s3proxy",
  version,
  classifier: "jar-with-dependencies",
  extension: "jar",
});

export const trinoArtefact = (name: string, version: string): Artefact => ({
  groupId: "io.trino",
  artifactId: `trino-${name}`,
  version,
  extension: name === "server-core" ? "tar.gz" : "zip",
});

export function fileName({ artifactId, version, classifier, extension }: Artefact): string {
  return `${artifactId}-${version}${classifier === undefined ? "" : `-${classifier}`}.${extension}`;
}

export interface ArtefactStore {
  /** Absolute path of the verified file, downloaded where the cache has none. @throws PipelineError DOWNLOAD_FAILED */
  file(artefact: Artefact, signal: AbortSignal): Promise<string>;
  /** Bytes that `file` would add to the cache. */
  missing(artefact: Artefact): Promise<number>;
}

/** What is written down about a verified file, so that it need not be read again. */
const noteSchema = z.object({
  checksum: z.object({ algorithm: z.enum(["sha256", "sha1"]), digest: z.string() }),
  bytes: z.number(),
});
type Note = z.infer<typeof noteSchema>;

export function artefactStore(options: {
  readonly folder: string;
  readonly repository: string | undefined;
  readonly report: Report;
  /** Checksums of artefacts by file name; a file that is not among them is checked against its published SHA-1. */
  readonly checksums?: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}): ArtefactStore {
  const { folder, repository, report, checksums = known } = options;
  const pathOf = (artefact: Artefact): string => join(folder, fileName(artefact));

  const isThere = async (artefact: Artefact): Promise<boolean> => {
    const path = pathOf(artefact);
    const [bytes, note] = await Promise.all([sizeOf(path), readStored(noteFile(path), noteSchema)]);
    if (note === undefined || bytes !== note.bytes) return false;
    const pinned = checksums[fileName(artefact)];
    return pinned === undefined || note.checksum.digest === pinned.sha256;
  };

  const fetchFile = async (artefact: Artefact, signal: AbortSignal): Promise<void> => {
    const target = pathOf(artefact);
    const file = fileName(artefact);
    const url = await urlOf(artefact, repository);
    const checksum = await checksumOf(file, url, signal, checksums);
    let total = checksums[file]?.bytes;
    let received = 0;
    await download({
      url,
      target,
      checksum,
      name: file,
      signal,
      onProgress: (bytes, announced) => {
        received = bytes;
        total = announced ?? total;
        report({ type: "download", file, received, total, state: "running" });
      },
      onRetry: (reason) => {
        report({ type: "download", file, received, total, state: "retrying" });
        report({ type: "notice", level: "warning", text: `${file}: ${reason}; trying again` });
      },
    });
    const bytes = (await sizeOf(target)) ?? 0;
    await writeFileAtomic(noteFile(target), JSON.stringify({ checksum, bytes } satisfies Note));
    report({ type: "download", file, received: bytes, total: bytes, state: "verified" });
  };

  return {
    async file(artefact, signal) {
      if (!(await isThere(artefact))) {
        await withLock(
          pathOf(artefact),
          `downloading ${fileName(artefact)}`,
          { report, signal },
          async (held) => {
            if (!(await isThere(artefact))) await fetchFile(artefact, held);
          },
        );
      }
      return pathOf(artefact);
    },
    async missing(artefact) {
      if (await isThere(artefact)) return 0;
      return checksums[fileName(artefact)]?.bytes ?? UNKNOWN_SIZE;
    },
  };
}

async function urlOf(artefact: Artefact, repository: string | undefined): Promise<string> {
  // CommonJS with a `default` of its own: Node wraps it in another one, bundlers and test runners do not.
  const { default: loaded } = await import("mvn-artifact-url");
  const artefactUrl = typeof loaded === "function" ? loaded : loaded.default;
  return artefactUrl(artefact, repository === undefined ? undefined : `${repository.replace(/\/$/, "")}/`);
}

/**
 * The pinned SHA-256, or for versions nobody pinned the SHA-1 that Maven repositories keep beside each file: that
 * proves the file whole, not who made it.
 */
async function checksumOf(
  file: string,
  url: string,
  signal: AbortSignal,
  checksums: Readonly<Record<string, { readonly sha256: string }>>,
): Promise<Checksum> {
  const pinned = checksums[file];
  if (pinned) return { algorithm: "sha256", digest: pinned.sha256 };
  const digest = /^\s*([0-9a-f]{40})\b/i.exec(await downloadText(`${url}.sha1`, file, signal))?.[1];
  if (digest === undefined) {
    throw new PipelineError("DOWNLOAD_FAILED", {
      message: `the checksum that is published for ${file} is not readable`,
      hint: "check the mirror, or use a version this release knows",
    });
  }
  return { algorithm: "sha1", digest: digest.toLowerCase() };
}

const noteFile = (path: string): string => `${path}.verified.json`;

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
