import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inject, onTestFinished } from "vitest";
import type { Envelope } from "../../src/report/envelope.js";
import { createHost } from "../../src/state/host.js";
import { childrenOf } from "./crash-points.mjs";
import type { CrashCase } from "./crash-warehouse.js";
import { query } from "./warehouse.js";

const root = join(import.meta.dirname, "../..");
const host = createHost();

export interface StartOptions {
  /** `steps@2025-01-05=10`: this batch takes ten seconds in Trino. */
  readonly slow?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A machine as which it takes itself, and how far the clock of that is ahead. */
  readonly machine?: { readonly name: string; readonly clockAhead: number };
}

export interface CliEnd {
  readonly exitCode: number | null;
  readonly stderr: string;
  /** Of `--json`; null when nothing was printed. */
  readonly json: Envelope | null;
}

/** Long enough for whatever a loaded machine has to do, and shorter than a test may take. */
const LONGEST_WAIT_MS = 120_000;
const LOOK_EVERY_MS = 25;

/** Looks until it is so. @throws Error that names what has not come. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + LONGEST_WAIT_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not in ${LONGEST_WAIT_MS / 1000} s: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** A process so that no later one of its number is taken for it. */
export interface Process {
  readonly pid: number;
  isGone(): Promise<boolean>;
  signal(name: NodeJS.Signals): void;
}

export async function processOf(pid: number): Promise<Process> {
  const mark = await host.mark(pid);
  return {
    pid,
    isGone: async () => (await host.whereabouts(mark)) === "gone",
    signal: (name) => void process.kill(pid, name),
  };
}

/** The command line as it is built, at work in a folder of the crash warehouse. In a process group of its own, as a shell starts it. */
export class StartedCli {
  private static starts = 0;
  /** What it has printed for people so far. */
  stderr = "";
  /** Kept when it has ended and nothing holds its pipes any more. */
  readonly end: Promise<CliEnd>;
  private isOver = false;

  private constructor(
    readonly child: ChildProcess,
    private readonly effectsFile: string,
  ) {
    let stdout = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.end = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode) => {
        this.isOver = true;
        const json = stdout === "" ? null : (JSON.parse(stdout) as Envelope);
        resolve({ exitCode, stderr: this.stderr, json });
      });
    });
  }

  /** Killed when the test is over, whatever became of it. */
  static async start(
    at: CrashCase,
    args: readonly string[],
    { slow = "", environment = {}, machine }: StartOptions = {},
  ): Promise<StartedCli> {
    const effectsFile = join(at.folder, `started-${++StartedCli.starts}`);
    await writeFile(effectsFile, "");
    const preload = machine ? ["--import", join(root, "tests/support/other-machine.mjs")] : [];
    const child = spawn(
      process.execPath,
      [...preload, join(root, "bin/oso-pipeline.js"), ...args, "--json"],
      {
        cwd: at.folder,
        env: {
          ...process.env,
          ...at.environment,
          NO_COLOR: "1",
          CRASH_SLOW: slow,
          CRASH_EFFECTS: effectsFile,
          OTHER_MACHINE: JSON.stringify(machine ?? null),
          ...environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      },
    );
    const started = new StartedCli(child, effectsFile);
    onTestFinished(async () => {
      for (const name of ["SIGKILL", "SIGCONT"] as const) if (!started.isOver) child.kill(name);
      await started.end;
    });
    return started;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The process that runs SQLMesh. */
  async bridge(): Promise<Process> {
    const [pid] = childrenOf(this.pid);
    if (pid === undefined) throw new Error("it has no bridge");
    return processOf(pid);
  }

  /** Settles when the bridge has come to this point: `after bridge sends INSERT steps#1`. */
  async reaches(effect: string): Promise<void> {
    await until(effect, async () => {
      if (this.isOver) throw new Error(`it ended before it came to ${effect}\n${this.stderr}`);
      return (await readFile(this.effectsFile, "utf8")).split("\n").includes(effect);
    });
  }

  /** Settles when it has told this to people. */
  async says(text: RegExp): Promise<void> {
    await until(String(text), () => {
      if (!text.test(this.stderr) && this.isOver) throw new Error(`it never said ${text}\n${this.stderr}`);
      return text.test(this.stderr);
    });
  }

  /** To it alone, as `kill` does. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** To its whole process group, as a terminal does. */
  signalGroup(name: NodeJS.Signals): void {
    process.kill(-this.pid, name);
  }
}

/** Ids of the queries of a run that still work in Trino. */
export async function openQueriesOf(run: string): Promise<readonly string[]> {
  const rows = await query(
    `SELECT query_id FROM system.runtime.queries
     WHERE source = 'oso-pipeline:${run}' AND state NOT IN ('FINISHED', 'FAILED')`,
  );
  return rows.map(([id]) => String(id));
}

/** Where a case's records stand: another hash after any write. */
export async function stateOf(at: CrashCase): Promise<string> {
  const reply = await fetch(`${inject("stack").nessieUri}/trees/${at.stateBranch}`);
  return ((await reply.json()) as { reference: { hash: string } }).reference.hash;
}
