import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, linuxProcesses, posixProcesses } from "../../../src/state/host.js";

describe("a process of this machine", () => {
  it("is alive while it runs, and gone once it has ended", async () => {
    const host = createHost();
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    const mark = await host.mark(child.pid ?? 0);
    expect(mark.birth).not.toBeNull();
    expect(await host.whereabouts(mark)).toBe("alive");
    child.kill("SIGKILL");
    await once(child, "close");
    expect(await host.whereabouts(mark)).toBe("gone");
  });

  it("is not one that has its number now", async () => {
    const host = createHost();
    const mark = await host.mark(process.pid);
    expect(await host.whereabouts({ ...mark, birth: "1" })).toBe("gone");
    expect(await host.whereabouts({ ...mark, birth: null })).toBe("alive");
  });

  it("is elsewhere where the machine is another, or was started anew", async () => {
    const host = createHost();
    const mark = await host.mark(process.pid);
    expect(await host.whereabouts({ ...mark, machine: `${mark.machine}x` })).toBe("elsewhere");
  });

  it("is told by ps too", async () => {
    const table = posixProcesses();
    const found = await table.find(process.pid);
    expect(found?.birth).toMatch(/\d{4}$/);
    expect(await table.find(process.pid)).toEqual(found);
    expect(await table.find(2 ** 22 + 1)).toBeNull();
  });
});

describe("Linux's /proc", () => {
  const procWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const proc = await mkdtemp(join(tmpdir(), "proc-"));
    onTestFinished(async () => rm(proc, { recursive: true, force: true }));
    await mkdir(join(proc, "sys/kernel/random"), { recursive: true });
    await mkdir(join(proc, "self/ns"), { recursive: true });
    await writeFile(join(proc, "sys/kernel/random/boot_id"), "boot-1\n");
    await symlink("pid:[4026531836]", join(proc, "self/ns/pid"));
    for (const [pid, stat] of Object.entries(files)) {
      await mkdir(join(proc, pid));
      await writeFile(join(proc, pid, "stat"), stat);
    }
    return proc;
  };
  const stat = (name: string, state: string, start: number): string =>
    `77 (${name}) ${state} ${"0 ".repeat(18)}${start} 0 0\n`;
  const nobody = 2 ** 22 + 1;

  it("tells the start of a process, whatever it is called", async () => {
    const proc = await procWith({ "77": stat("a) S (b", "S", 4711) });
    expect(await linuxProcesses(proc).find(77)).toEqual({ birth: "4711" });
  });

  it.each(["Z", "X"])("tells that a process in state %s has ended", async (state) => {
    expect(await linuxProcesses(await procWith({ "77": stat("node", state, 1) })).find(77)).toBeNull();
  });

  it("that hides a process leaves it to the kernel whether there is one", async () => {
    const table = linuxProcesses(await procWith({}));
    expect(await table.find(process.pid)).toEqual({ birth: null });
    expect(await table.find(nobody)).toBeNull();
  });

  it("tells machines apart by their start and by the space of their process numbers", async () => {
    const proc = await procWith({});
    const before = await linuxProcesses(proc).machine();
    expect(before).toContain("boot-1 pid:[4026531836]");
    await writeFile(join(proc, "sys/kernel/random/boot_id"), "boot-2\n");
    expect(await linuxProcesses(proc).machine()).not.toBe(before);
  });
});
