import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HeldLease } from "../../../src/restatement/ports.js";
import { writeDurably } from "../../../src/state/disk.js";
import { createFileRecords } from "../../../src/state/files.js";
import type { RecordStore } from "../../../src/state/ports.js";
import { errorOf } from "../../support/errors.js";
import { FakeTime } from "../../support/fake-clock.js";
import { day, restated, restatementPlan, runRecord, storedEntry } from "../../support/restatement-plans.js";
import { FakeMachines, FakeProcess, ttl } from "../../support/state-store.js";

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "files-"));
  folder = join(parent, "state");
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

const open = (write?: (path: string, text: string) => Promise<void>): RecordStore =>
  createFileRecords({ folder, write });

const failing =
  (code: string, when: (path: string) => boolean = () => true) =>
  async (path: string, text: string) => {
    if (when(path)) throw Object.assign(new Error(code), { code, syscall: "write" });
    await writeDurably(path, text);
  };

const isDraft = (path: string): boolean => basename(path).startsWith("draft-");
const never = async (): Promise<never> => new Promise(() => undefined);

/** A writer that stops when it is about to commit, until it is let go on. */
function stopping() {
  let letGoOn = (): void => undefined;
  const mayGoOn = new Promise<void>((resolve) => (letGoOn = resolve));
  let tellStopped = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (tellStopped = resolve));
  let isArmed = false;
  const store = open(async (path, text) => {
    await writeDurably(path, text);
    if (!isArmed || !isDraft(path)) return;
    isArmed = false;
    tellStopped();
    await mayGoOn;
  });
  return { store, stopped, goOn: letGoOn, arm: () => (isArmed = true) };
}

/** So many commits that the number at which another process stopped has long been put away. */
async function manyCommits(store: RecordStore): Promise<void> {
  let version = await store.write("other", "0", null);
  for (let n = 1; n < 20; n += 1) version = await store.write("other", `${n}`, version);
}

describe("a writer that was stopped between looking and writing", () => {
  it("overwrites nothing that was written since", async () => {
    const { store, stopped, goOn, arm } = stopping();
    const first = await store.write("run/1", "first", null);
    arm();
    const late = errorOf(() => store.write("run/1", "late", first));
    await stopped;
    await open().write("run/1", "second", first);
    await manyCommits(open());
    goOn();
    expect((await late).code).toBe("CONFLICT");
    expect((await open().read("run/1"))?.value).toBe("second");
  });

  it("creates nothing that another has created since", async () => {
    const { store, stopped, goOn, arm } = stopping();
    await store.write("x", "x", null);
    arm();
    const late = errorOf(() => store.write("lease/1", "late", null));
    await stopped;
    await open().write("lease/1", "first", null);
    await manyCommits(open());
    goOn();
    expect((await late).code).toBe("CONFLICT");
    expect((await open().read("lease/1"))?.value).toBe("first");
  });

  it("writes nothing behind a fence that was broken since", async () => {
    const { store, stopped, goOn, arm } = stopping();
    const version = await store.write("lease/1", "mine", null);
    const fenced = store.fencedBy("lease/1", version);
    await fenced.write("run/1", "first");
    arm();
    const late = errorOf(() => fenced.write("run/1", "late"));
    await stopped;
    await open().write("lease/1", "theirs", version);
    await manyCommits(open());
    goOn();
    expect((await late).code).toBe("LEASE_LOST");
    expect((await open().read("run/1"))?.value).toBe("first");
  });

  it("succeeds where nobody has touched what it looked at", async () => {
    const { store, stopped, goOn, arm } = stopping();
    const first = await store.write("run/1", "first", null);
    arm();
    const late = store.write("run/1", "late", first);
    await stopped;
    await manyCommits(open());
    goOn();
    const version = await late;
    expect(await open().read("run/1")).toEqual({ key: "run/1", value: "late", version });
    expect((await open().read("other"))?.value).toBe("19");
  });
});

describe("a process that dies", () => {
  const work = async (lease: HeldLease): Promise<void> => {
    await lease.saveRun(runRecord("r", { status: "running" }));
    await lease.savePlan("r", restatementPlan([restated("oso.a", 5)]));
    for (const n of [0, 1, 2]) {
      lease.append("r", storedEntry("oso.a", day(n)));
      await lease.flush();
    }
    await lease.saveRun(runRecord("r", { status: "succeeded" }));
    await lease.release();
  };

  // Two files for each of: the lease, run, plan, three times the journal, run; one for giving the lease back.
  it.each(Array.from({ length: 15 }, (_, n) => n))(
    "in the middle of its file %i leaves all that was written before, and the next goes on",
    async (deadly) => {
      let files = -1;
      let tellDead = (): void => undefined;
      const dead = new Promise<void>((resolve) => (tellDead = resolve));
      const dying = open(async (path, text) => {
        if ((files += 1) < deadly) return writeDurably(path, text);
        await writeFile(path, text.slice(0, text.length / 2));
        tellDead();
        return never();
      });
      const machines = new FakeMachines();
      const start = (name: string, pid: number, records: RecordStore): FakeProcess =>
        new FakeProcess(name, { records, clock: new FakeTime().clock(), machines, machine: "one", pid });
      void start("dying", 1, dying).acquire().then(work);
      await dead;
      machines.end("one", 1);

      const next = start("next", 2, open());
      const written = Math.max(0, Math.floor(deadly / 2) - 3);
      expect(await next.store.journal("r")).toHaveLength(Math.min(written, 3));
      expect((await next.store.runs()).map(({ status }) => status)).toEqual(
        [[], ["running"], ["succeeded"]][deadly < 4 ? 0 : deadly < 14 ? 1 : 2],
      );
      const lease = await next.acquire();
      expect(lease.takenFrom?.run).toBe(deadly < 2 ? undefined : "dying");
      lease.append("r", storedEntry("oso.a", day(9)));
      await lease.release();
      expect((await next.store.journal("r")).at(-1)).toEqual(storedEntry("oso.a", day(9)));
    },
  );
});

describe("a disk", () => {
  it.each([
    ["value", (path: string) => !isDraft(path)],
    ["commit", isDraft],
  ])("that is full when the %s is written loses nothing, and says so", async (_, when) => {
    const version = await open().write("run/1", "first", null);
    const error = await errorOf(() => open(failing("ENOSPC", when)).write("run/1", "second", version));
    expect([error.code, error.message]).toEqual([
      "SERVICE_UNAVAILABLE",
      `state in ${folder} cannot be written: no space is left on the device`,
    ]);
    expect(error.hint).toContain("free some space");
    expect(await readdir(join(folder, "records"))).toHaveLength(1);
    await open().write("run/1", "second", version);
    expect((await open().read("run/1"))?.value).toBe("second");
  });

  it("that is full for a while lets a run go on once there is room", async () => {
    let isFull = false;
    const time = new FakeTime();
    const records = open(async (path, text) => failing("ENOSPC", () => isFull)(path, text));
    const process = new FakeProcess("one", { records, clock: time.clock(), machines: new FakeMachines() });
    const lease = await process.acquire();
    isFull = true;
    lease.append("r", storedEntry("oso.a", day(0)));
    const flushed = lease.flush();
    await time.advance(ttl / 2);
    isFull = false;
    await time.advance(ttl / 10);
    await flushed;
    expect(lease.lost.aborted).toBe(false);
    expect(await process.store.journal("r")).toHaveLength(1);
  });

  it.each(["EROFS", "EACCES", "EPERM"])(
    "that may not be written to (%s) is a matter of permission",
    async (code) => {
      const error = await errorOf(() => open(failing(code)).write("run/1", "a", null));
      expect([error.code, error.where]).toEqual(["PERMISSION_DENIED", folder]);
    },
  );

  it("with a file where the folder should be is named", async () => {
    await writeFile(folder, "");
    for (const work of [() => open().read("run/1"), () => open().write("run/1", "a", null)]) {
      const error = await errorOf(work);
      expect([error.code, error.message]).toEqual(["SERVICE_UNAVAILABLE", expect.stringContaining(folder)]);
    }
  });
});

describe("a folder", () => {
  const commits = async (): Promise<string[]> => (await readdir(join(folder, "log"))).toSorted();

  it("keeps few files, however often its records change", async () => {
    let version = await open().write("run/1", "0", null);
    for (let n = 1; n < 50; n += 1) version = await open().write("run/1", `${n}`, version);
    expect(await commits()).toHaveLength(8);
    expect(await readdir(join(folder, "records"))).toHaveLength(8);
    await open().remove("run/1", version);
    expect(await open().list("")).toEqual([]);
  });

  it("takes the changes of many writers that come at once", async () => {
    const stores = Array.from({ length: 6 }, () => open());
    await Promise.all(
      stores.map(async (store, n) => {
        let version = await store.write(`run/${n}`, "0", null);
        for (let k = 1; k <= 15; k += 1) version = await store.write(`run/${n}`, `${k}`, version);
      }),
    );
    expect((await open().list("run/")).map(({ value }) => value)).toEqual(
      Array.from({ length: 6 }, () => "15"),
    );
  });

  it.each([0, 25])(
    "whose newest commit was cut to %i bytes is an error that names the file",
    async (length) => {
      const version = await open().write("run/1", "first", null);
      const file = join(folder, "log", (await commits()).at(-1) ?? "");
      await truncate(file, length);
      for (const work of [
        () => open().read("run/1"),
        () => open().list(""),
        () => open().write("run/1", "second", version),
        () => open().fencedBy("run/1", version).write("x", "y"),
      ]) {
        const error = await errorOf(work);
        expect([error.code, error.where]).toEqual(["STATE_UNREADABLE", file]);
      }
      expect((await readFile(file)).length).toBe(length);
    },
  );

  it("that a later release wrote to asks for an upgrade", async () => {
    await open().write("run/1", "first", null);
    await writeFile(join(folder, "log", "000000000002.json"), '{"schema":2}');
    const error = await errorOf(() => open().read("run/1"));
    expect([error.code, error.hint]).toEqual(["VERSION_UNSUPPORTED", expect.stringContaining("upgrade")]);
  });

  it("that has lost a value says of which record", async () => {
    await open().write("run/1", "first", null);
    await open().write("run/2", "second", null);
    const [file] = await readdir(join(folder, "records"));
    await rm(join(folder, "records", file ?? ""));
    const error = await errorOf(() => open().list("run/"));
    expect([error.code, error.message]).toEqual([
      "STATE_UNREADABLE",
      expect.stringMatching(/has lost the value of the record run\/[12]$/),
    ]);
  });

  it("with a value that was cut short says of which record", async () => {
    const records = open();
    const process = new FakeProcess("one", {
      records,
      clock: new FakeTime().clock(),
      machines: new FakeMachines(),
    });
    const lease = await process.acquire();
    await lease.saveRun(runRecord("r"));
    const file = (await readdir(join(folder, "records"))).find((name) => name.startsWith("run"));
    await truncate(join(folder, "records", file ?? ""), 40);
    const error = await errorOf(() => process.store.runs());
    expect([error.code, error.message]).toEqual([
      "STATE_UNREADABLE",
      `the record run/r in folder ${folder} cannot be read: it is not whole`,
    ]);
  });
});
