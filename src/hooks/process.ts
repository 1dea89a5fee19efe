import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../core/errors.js";
import { eachLine } from "./lines.js";

export interface Launch {
  readonly command: readonly string[] | string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export type HookExit =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly by: NodeJS.Signals }
  | { readonly kind: "timed-out" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "unstartable"; readonly reason: string };

/** Between asking to end and ending. */
const GRACE_MS = 2_000;
/** After the exit, how long to wait for what is still in the pipes. */
const DRAIN_MS = 500;

/**
 * Runs a command in a process group of its own, to its end or to its limit, at which the group as a whole is ended. What it
 * has put into the background lives on where it ends by itself.
 */
export async function runCommand(launch: Launch): Promise<HookExit> {
  const { timeoutMilliseconds, signal } = launch;
  if (signal.aborted) return { kind: "interrupted" };
  const child = start(launch);
  const kill = (name: NodeJS.Signals): void => killGroup(child, name);
  // A second Ctrl-C ends this process at once, and nobody else would end the group.
  const atExit = (): void => kill("SIGKILL");
  process.once("exit", atExit);

  const printed = Promise.all(
    [child.stdout, child.stderr].map(async (stream) => stream && eachLine(stream, launch.onLine)),
  );
  const exited = new Promise<HookExit>((resolve) => {
    child.once("error", (error) => resolve({ kind: "unstartable", reason: messageOf(error) }));
    child.once("exit", (code, by) =>
      resolve(by === null ? { kind: "exited", code: code ?? 0 } : { kind: "killed", by }),
    );
  });
  let timer: NodeJS.Timeout | undefined;
  let interrupt = (): void => undefined;
  const givenUp = new Promise<HookExit>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "timed-out" }), timeoutMilliseconds);
    interrupt = () => resolve({ kind: "interrupted" });
    signal.addEventListener("abort", interrupt, { once: true });
  });
  try {
    const exit = await Promise.race([exited, givenUp]);
    if (exit.kind === "timed-out" || exit.kind === "interrupted") {
      kill("SIGTERM");
      await settledWithin(exited, GRACE_MS);
      // Also what has outlived the first process of the group.
      kill("SIGKILL");
      await settledWithin(exited, GRACE_MS);
    }
    await settledWithin(printed, DRAIN_MS);
    return exit;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
    process.off("exit", atExit);
    // Whoever lives on in the background holds them open, and would hold up our own end.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function start({ command, workingDirectory, environment }: Launch): ChildProcess {
  const [program = "", ...words] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  return spawn(program, words, {
    cwd: workingDirectory,
    env: { ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

function killGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Nothing of the group is left.
  }
}

async function settledWithin(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  const timedOut = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([promise.catch(() => undefined), timedOut]);
  timer.abort();
}
