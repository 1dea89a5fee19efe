import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lock } from "proper-lockfile";
import * as z from "zod";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { readStored } from "./stored.js";

const holderSchema = z.object({ pid: z.number(), what: z.string(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

// A holder that was killed leaves its lock behind; it counts as left once it has not been touched for this long.
const STALE_MS = 10_000;

/**
 * Does `work` while no other process does any under the same lock; waits for another one, and says who it is.
 * `path` need not exist; the lock lies beside it. The signal given to `work` also fires when the lock is lost.
 */
export async function withLock<T>(
  path: string,
  what: string,
  { report, signal }: { report: Report; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const lost = new AbortController();
  const release = await acquire(path, { report, signal }, (cause) =>
    lost.abort(
      new PipelineError("CONFLICT", {
        message: `the lock on ${path} was lost while ${what}: this machine slept, or another process took it`,
        hint: "repeat the command",
        cause,
      }),
    ),
  );
  const holderFile = `${path}.holder`;
  try {
    const holder: Holder = { pid: process.pid, what, since: new Date().toISOString() };
    await writeFile(holderFile, JSON.stringify(holder));
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    if (!lost.signal.aborted) {
      await rm(holderFile, { force: true });
      await release();
    }
  }
}

async function acquire(
  path: string,
  { report, signal }: { report: Report; signal: AbortSignal },
  onCompromised: (cause: Error) => void,
): Promise<() => Promise<void>> {
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await lock(path, { realpath: false, stale: STALE_MS, onCompromised });
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ELOCKED")) throw thrown;
    }
    if (!told) report({ type: "notice", level: "info", text: `waiting for ${await holderOf(path)}` });
    told = true;
    await pause(250, undefined, { signal }).catch(() => undefined);
  }
}

async function holderOf(path: string): Promise<string> {
  const holder = await readStored(`${path}.holder`, holderSchema);
  if (holder === undefined) return `another process that works on ${path}`;
  if (!isThere(holder.pid))
    return `the lock of process ${holder.pid} to run out, which was killed while ${holder.what}`;
  return `process ${holder.pid}, ${holder.what} since ${holder.since}`;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
