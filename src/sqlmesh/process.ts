import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { openLog } from "./log.js";

export interface BridgeLaunch {
  readonly python: string;
  /** What Python runs: the folder of the bridge. */
  readonly program: string;
  readonly workingDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
}

export interface BridgeExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface BridgeListener {
  line(text: string): void;
  exited(exit: BridgeExit): void;
  /** The interpreter could not be started at all. */
  unstartable(error: NodeJS.ErrnoException): void;
}

/** After the exit, how long to wait for lines that are still in the pipe. */
const DRAIN_MS = 500;
/** Between asking to end and ending. */
const KILL_AFTER_MS = 1000;

/** The Python process: its pipes, and its end. */
export class BridgeProcess {
  private readonly child: ChildProcess;
  private readonly requests: Duplex;
  /** Settles when the process is gone, however it went. */
  readonly gone: Promise<void>;

  constructor(launch: BridgeLaunch, listener: BridgeListener) {
    const log = openLog(launch.logFile);
    try {
      this.child = spawn(launch.python, ["-B", "-X", "utf8", launch.program, "3", "4"], {
        cwd: launch.workingDirectory,
        env: launch.environment,
        // stdout and stderr are the models' own; requests and replies have pipes that no print can reach.
        stdio: ["ignore", log, log, "pipe", "pipe"],
        // A process group of its own: Ctrl-C on the terminal is ours to hand on, and the group ends as a whole.
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.requests = pipe(this.child, 3);
    const replies = pipe(this.child, 4);
    // A bridge that is gone shows by its exit; an EPIPE tells nothing more.
    this.requests.on("error", () => undefined);
    replies.on("error", () => undefined);
    const lines = createInterface({ input: replies });
    lines.on("line", (text) => listener.line(text));
    const drained = new Promise<void>((resolve) => lines.once("close", resolve));

    this.gone = new Promise((resolve) => {
      this.child.once("error", (error) => {
        listener.unstartable(error);
        resolve();
      });
      // Not "close": a forked process that still holds a pipe would hide the exit.
      this.child.once("exit", (code, signal) => {
        this.signal("SIGKILL"); // what it forked
        const heard = isSettledWithin(drained, DRAIN_MS);
        resolve(heard.then(() => listener.exited({ code, signal })).finally(() => replies.destroy()));
      });
    });
  }

  send(message: object): void {
    this.requests.write(`${JSON.stringify(message)}\n`);
  }

  /** Lets it end by itself, then asks it to, then ends it. Settles when it is gone. */
  async end(graceMs: number): Promise<void> {
    this.requests.end();
    if (await isSettledWithin(this.gone, graceMs)) return;
    this.signal("SIGTERM");
    if (await isSettledWithin(this.gone, KILL_AFTER_MS)) return;
    this.signal("SIGKILL");
    await this.gone;
  }

  private signal(name: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, name);
    } catch {
      // Nothing of the group is left.
    }
  }
}

async function isSettledWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const timedOut = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const isSettled = await Promise.race([promise.then(() => true), timedOut]);
  timer.abort();
  return isSettled;
}

function pipe(child: ChildProcess, descriptor: 3 | 4): Duplex {
  const stream = child.stdio[descriptor];
  if (stream instanceof Duplex) return stream;
  throw new Error(`the bridge was started without pipe ${descriptor}`);
}
