import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * A process, not just its number: numbers are used again. `birth` is opaque and differs between any two processes
 * that ever have the same number on this machine.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly birth: string;
}

/** What the system knows of its processes. */
export interface ProcessTable {
  /** Null where no process of that number runs; one that has ended and waits for its parent does not run. */
  birthOf(pid: number): Promise<string | null>;
  /** Processes with `argument` among the arguments of their command line. */
  withArgument(argument: string): Promise<readonly ProcessIdentity[]>;
  /** Resident memory in bytes; null where it is not known. */
  memoryOf(pid: number): Promise<number | null>;
}

export const processTable = (): ProcessTable => (process.platform === "linux" ? linux : viaPs);

const linux: ProcessTable = {
  async birthOf(pid) {
    try {
      const [stat, boot] = await Promise.all([
        readFile(`/proc/${pid}/stat`, "utf8"),
        readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      ]);
      return birthFromStat(stat, boot.trim());
    } catch {
      return null;
    }
  },
  async withArgument(argument) {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(
      pids.map(async (pid): Promise<ProcessIdentity | null> => {
        const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
        if (!line.split("\0").includes(argument)) return null;
        const birth = await linux.birthOf(pid);
        return birth === null ? null : { pid, birth };
      }),
    );
    return found.filter((identity) => identity !== null);
  },
  async memoryOf(pid) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  },
};

/** Field 22 of proc_pid_stat(5), ticks since boot, and the boot. The second field may itself hold spaces and brackets. */
export function birthFromStat(stat: string, boot: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  const ticks = fields[19];
  if (ticks === undefined || state === "Z" || state === "X") return null;
  return `${boot}/${ticks}`;
}

/** macOS, and whatever else has a POSIX ps. */
const viaPs: ProcessTable = {
  async birthOf(pid) {
    const line = await ps("-o", "stat=,lstart=", "-p", String(pid));
    return birthFromPs(line);
  },
  async withArgument(argument) {
    const pids = pidsWithArgument(await ps("-axww", "-o", "pid=,command="), argument);
    const found = await Promise.all(
      pids.map(async (pid) => {
        const birth = await viaPs.birthOf(pid);
        return birth === null ? null : { pid, birth };
      }),
    );
    return found.filter((identity) => identity !== null);
  },
  async memoryOf(pid) {
    const kilobytes = Number.parseInt(await ps("-o", "rss=", "-p", String(pid)), 10);
    return Number.isNaN(kilobytes) ? null : kilobytes * 1024;
  },
};

/** `stat lstart` of ps: the state's first letter, then the time of start to the second. */
export function birthFromPs(line: string): string | null {
  const match = /^\s*(\S+)\s+(.+?)\s*$/.exec(line);
  return match?.[2] === undefined || match[1]?.startsWith("Z") === true ? null : match[2];
}

export function pidsWithArgument(lines: string, argument: string): number[] {
  return lines
    .split("\n")
    .filter((line) => ` ${line} `.includes(` ${argument} `))
    .map((line) => Number.parseInt(line, 10));
}

/** Empty where ps finds nothing: it then exits with 1. */
async function ps(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("ps", args, { env: { ...process.env, LC_ALL: "C" } }).catch(() => ({
    stdout: "",
  }));
  return stdout;
}

export const isAlive = async (table: ProcessTable, { pid, birth }: ProcessIdentity): Promise<boolean> =>
  (await table.birthOf(pid)) === birth;

/** Ends a process: TERM, then KILL after the grace period. Never touches another that has got its number since. */
export async function endProcess(
  table: ProcessTable,
  identity: ProcessIdentity,
  graceMs: number,
): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", 10_000],
  ] as const) {
    if (!(await isAlive(table, identity))) return;
    kill(identity.pid, signal);
    const until = performance.now() + waitMs;
    while (performance.now() < until) {
      if (!(await isAlive(table, identity))) return;
      await pause(50);
    }
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}
