import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import axios, { isAxiosError, type AxiosResponse } from "axios";
import pRetry, { AbortError } from "p-retry";
import { PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";

export interface Checksum {
  readonly algorithm: "sha256" | "sha1";
  /** Hexadecimal, lower case. */
  readonly digest: string;
}

export interface DownloadRequest {
  readonly url: string;
  /** Where the whole, verified file will be. The unfinished one lies beside it as `<target>.part`. */
  readonly target: string;
  readonly checksum: Checksum;
  /** What people know the file by. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((received: number, total: number | undefined) => void) | undefined;
  readonly onRetry?: ((reason: string) => void) | undefined;
  readonly limits?: Partial<DownloadLimits> | undefined;
}

export interface DownloadLimits {
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly stallMs: number;
  readonly attempts: number;
  /** Milliseconds before the first repetition; doubled each time, at most half a minute. */
  readonly pauseMs: number;
}

const defaults: DownloadLimits = { stallMs: 30_000, attempts: 6, pauseMs: 1_000 };

/** An attempt that a further one may mend. */
class Broken extends Error {}

/**
 * Downloads a file: goes on where an earlier try broke off, repeats what a repetition can mend, and puts the file
 * at its place only when it is whole and its checksum right. Proxies and certificate authorities are those of
 * the environment (HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS).
 * @throws PipelineError DOWNLOAD_FAILED; a file with a wrong checksum is removed first.
 */
export async function download(request: DownloadRequest): Promise<void> {
  const limits = { ...defaults, ...request.limits };
  await mkdir(dirname(request.target), { recursive: true });
  let mismatches = 0;
  try {
    await pRetry(
      async () => {
        const resumed = await attempt(request, limits);
        if (await verified(request)) return;
        mismatches += 1;
        // What was pieced together from two tries may mix two files; what came in one piece is simply wrong.
        if (resumed && mismatches === 1) throw new Broken("the resumed file is not what it should be");
        throw new AbortError(mismatch(request));
      },
      {
        retries: limits.attempts - 1,
        minTimeout: limits.pauseMs,
        maxTimeout: 30_000,
        ...(request.signal ? { signal: request.signal } : {}),
        shouldRetry: ({ error }) => error instanceof Broken,
        onFailedAttempt: ({ error, retriesLeft }) => {
          if (error instanceof Broken && retriesLeft > 0) request.onRetry?.(error.message);
        },
      },
    );
  } catch (thrown) {
    throw failure(thrown, request, limits);
  }
  await rename(part(request), request.target);
}

/** A short text beside a file: its published checksum, say. @throws PipelineError DOWNLOAD_FAILED */
export async function downloadText(url: string, name: string, signal?: AbortSignal): Promise<string> {
  try {
    return await pRetry(
      async () => {
        const reply = await axios
          .get<string>(url, {
            responseType: "text",
            timeout: defaults.stallMs,
            ...(signal ? { signal } : {}),
          })
          .catch((thrown: unknown) => {
            throw sorted(thrown, name);
          });
        return reply.data;
      },
      { retries: 3, ...(signal ? { signal } : {}), shouldRetry: ({ error }) => error instanceof Broken },
    );
  } catch (thrown) {
    throw failure(thrown, { name, ...(signal ? { signal } : {}) }, { ...defaults, attempts: 4 });
  }
}

const part = ({ target }: DownloadRequest): string => `${target}.part`;

/** One try. Gives whether it went on from an earlier one. */
async function attempt(request: DownloadRequest, { stallMs }: DownloadLimits): Promise<boolean> {
  const file = part(request);
  const have = (await stat(file).catch(() => undefined))?.size ?? 0;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  const stop = (): void => stalled.abort();
  request.signal?.addEventListener("abort", stop, { once: true });
  try {
    const reply = await ask(request.url, have, stalled.signal);
    if (reply.status === 416) {
      reply.data.destroy();
      // The part is at least as long as the file: whole already, or of no use.
      if (await verified(request, true)) return true;
      await rm(file, { force: true });
      throw new Broken("the server has less than was received before");
    }
    const from = reply.status === 206 ? offset(reply) : 0;
    if (from !== 0 && from !== have) {
      reply.data.destroy();
      await rm(file, { force: true });
      throw new Broken("the server answered with another range than was asked for");
    }
    const length = Number(reply.headers["content-length"]);
    const total = Number.isFinite(length) && length > 0 ? from + length : undefined;
    let received = from;
    request.onProgress?.(received, total);
    const counter = new Transform({
      transform(chunk: Buffer, _, done) {
        received += chunk.length;
        timer.refresh();
        request.onProgress?.(received, total);
        done(null, chunk);
      },
    });
    await pipeline(reply.data, counter, createWriteStream(file, { flags: from === 0 ? "w" : "a" }), {
      signal: stalled.signal,
    });
    if (total !== undefined && received < total)
      throw new Broken(`broke off after ${received} of ${total} bytes`);
    return from !== 0;
  } catch (thrown) {
    if (request.signal?.aborted) throw new AbortError("aborted");
    if (stalled.signal.aborted) throw new Broken(`nothing came for ${stallMs / 1000} s`);
    throw sorted(thrown, request.name);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", stop);
  }
}

function ask(url: string, have: number, signal: AbortSignal): Promise<AxiosResponse<Readable>> {
  return axios.get<Readable>(url, {
    responseType: "stream",
    decompress: false,
    signal,
    headers: { "Accept-Encoding": "identity", ...(have > 0 ? { Range: `bytes=${have}-` } : {}) },
    validateStatus: (status) => status === 200 || status === 206 || (status === 416 && have > 0),
  });
}

function offset(reply: AxiosResponse): number {
  const start = /^bytes (\d+)-/.exec(String(reply.headers["content-range"] ?? ""))?.[1];
  return start === undefined ? -1 : Number(start);
}

/** Whether what was received has the checksum; if not it is removed, unless it is to be kept. */
async function verified(request: DownloadRequest, keep = false): Promise<boolean> {
  const file = part(request);
  const hash = createHash(request.checksum.algorithm);
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") !== request.checksum.digest.toLowerCase()) {
    if (!keep) await rm(file, { force: true });
    return false;
  }
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}

/** Whether repeating can mend it. The axios error itself goes no further: it holds the whole request. */
function sorted(thrown: unknown, name: string): Error {
  if (thrown instanceof Broken || thrown instanceof AbortError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const status = isAxiosError(thrown) ? thrown.response?.status : undefined;
  if (isAxiosError<unknown>(thrown) && thrown.response?.data instanceof Readable)
    thrown.response.data.destroy();
  if (status === 404) return new AbortError(missing(name));
  if (status !== undefined) {
    const passing = status >= 500 || status === 429 || status === 408;
    return passing ? new Broken(`HTTP ${status}`) : new AbortError(`HTTP ${status}`);
  }
  if (/CERT|SIGNED|ERR_TLS|ERR_SSL/.test(code))
    return new AbortError(`the certificate was refused (${code})`);
  if (["ENOSPC", "EDQUOT", "EACCES", "EROFS", "EPERM"].includes(code))
    return new AbortError(unwritable(name, code));
  if (isAxiosError(thrown) || code !== "") return new Broken(code === "" ? "the connection broke" : code);
  return new AbortError(thrown instanceof Error ? thrown : String(thrown));
}

function failure(
  thrown: unknown,
  request: Pick<DownloadRequest, "name" | "signal">,
  limits: DownloadLimits,
): unknown {
  if (request.signal?.aborted) {
    return interruption(request.signal, `the download of ${request.name} was broken off`);
  }
  if (thrown instanceof PipelineError) return thrown;
  if (thrown instanceof Broken) {
    return new PipelineError("DOWNLOAD_FAILED", {
      message: `${request.name} could not be downloaded in ${limits.attempts} tries: ${thrown.message}`,
      hint: "check the network and HTTPS_PROXY, then repeat the command: it goes on where it broke off",
    });
  }
  if (thrown instanceof Error && thrown.name === "Error") {
    return new PipelineError("DOWNLOAD_FAILED", {
      message: `${request.name} could not be downloaded: ${thrown.message}`,
      hint: "check the network, HTTPS_PROXY and NODE_EXTRA_CA_CERTS",
    });
  }
  return thrown;
}

function mismatch({ name, checksum }: DownloadRequest): PipelineError {
  return new PipelineError("DOWNLOAD_FAILED", {
    message: `${name} was downloaded, but its ${checksum.algorithm.toUpperCase()} is not ${checksum.digest}; the file was removed`,
    hint: "a proxy or mirror may have altered it; repeat the command, and if it stays so do not trust the source",
  });
}

function missing(name: string): PipelineError {
  return new PipelineError("DOWNLOAD_FAILED", {
    message: `${name} does not exist in the registry`,
    hint: "check the version that is set for it",
  });
}

function unwritable(name: string, code: string): PipelineError {
  return new PipelineError("DOWNLOAD_FAILED", {
    message: `${name} could not be stored (${code})`,
    hint: "make room or grant access in the cache folder; OSO_PIPELINE_CACHE moves it",
  });
}
