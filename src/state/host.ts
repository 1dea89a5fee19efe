import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A process so that no other, on any machine and at any time, is taken for it. */
export interface ProcessMark {
  /** Of a machine between two starts, and on Linux of the space in which its process numbers count. */
  readonly machine: string;
  readonly pid: number;
  /** When it began, as the system tells it; null where the system does not. */
  readonly birth: string | null;
}

/** What can be said of processes from where this one runs. */
export interface Host {
  mark(pid: number): Promise<ProcessMark>;
  /** `elsewhere` where its process numbers mean nothing here. */
  whereabouts(mark: ProcessMark): Promise<"alive" | "gone" | "elsewhere">;
}

/** The two questions that each operating system answers in its own way. */
export interface ProcessTable {
  machine(): Promise<string>;
  /** Null where none of that number runs; one that has ended and waits for its parent does not. */
  find(pid: number): Promise<{ readonly birth: string | null } | null>;
}

export function createHost(
  table: ProcessTable = process.platform === "linux" ? linuxProcesses() : posixProcesses(),
): Host {
  return {
    async mark(pid) {
      const found = await table.find(pid);
      return { machine: await table.machine(), pid, birth: found?.birth ?? null };
    },
    async whereabouts({ machine, pid, birth }) {
      if (machine !== (await table.machine())) return "elsewhere";
      const found = await table.find(pid);
      if (found === null) return "gone";
      return found.birth === null || birth === null || found.birth === birth ? "alive" : "gone";
    },
  };
}

/** Read from `proc`, so that tests can show it another one. */
export const linuxProcesses = (proc = "/proc"): ProcessTable => ({
  async machine() {
    const [boot, namespace] = await Promise.all([
      readFile(`${proc}/sys/kernel/random/boot_id`, "utf8").catch(() => "?"),
      readlink(`${proc}/self/ns/pid`).catch(() => "?"),
    ]);
    return [hostname(), boot.trim(), namespace].join(" ");
  },
  async find(pid) {
    const stat = await readFile(`${proc}/${pid}/stat`, "utf8").catch(() => null);
    // Processes of others may be hidden: whether there is one is asked of the kernel.
    if (stat === null) return isThere(pid) ? { birth: null } : null;
    // proc_pid_stat(5): after the name, which may itself hold brackets, the state and, 19 fields on, the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : { birth: fields[19] ?? null };
  },
});

/** macOS, and whatever else has a POSIX ps. */
export const posixProcesses = (): ProcessTable => ({
  async machine() {
    return [hostname(), await output("sysctl", "-n", "kern.boottime")].join(" ");
  },
  async find(pid) {
    const line = await output("ps", "-o", "stat=,lstart=", "-p", String(pid));
    const [, state, birth] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
    if (state === undefined) return isThere(pid) ? { birth: null } : null;
    return state.startsWith("Z") ? null : { birth: birth ?? null };
  },
});

/** What a command prints; nothing where it fails. */
async function output(command: string, ...args: readonly string[]): Promise<string> {
  const printed = await run(command, args, { env: { ...process.env, LC_ALL: "C" } }).catch(() => null);
  return printed?.stdout.trim() ?? "";
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return !(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH");
  }
}
