import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HeldLease, StateStore } from "../../src/restatement/ports.js";
import { createStateStore } from "../../src/state/store.js";
import { day, storedEntry } from "./restatement-plans.js";
import { recordsAt, type Place, type WriterJob } from "./state-writer.js";

interface Writer {
  readonly child: ChildProcess;
  readonly said: readonly string[];
  /** The first line that fits, said already or to come. */
  line(pattern: RegExp): Promise<string>;
}

function startWriter(job: WriterJob): Writer {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "state-writer.mjs"), JSON.stringify(job)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const tell = (): void => {
    for (const look of waiting.splice(0)) look();
  };
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    said.push(line);
    tell();
  });
  let isOver = false;
  lines.on("close", () => {
    isOver = true;
    tell();
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    child,
    said,
    async line(pattern) {
      for (;;) {
        const found = said.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        if (isOver) throw new Error(`the writer ended after: ${said.slice(-3).join(", ")}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

const ttl = 3_000;

const acquire = async (store: StateStore): Promise<HeldLease> =>
  store.acquire({
    scope: "oso/trino",
    holder: { run: "test", by: { name: "bob", from: "login" }, host: "here", pid: process.pid, since: "now" },
    wait: 0,
    report: () => undefined,
    signal: new AbortController().signal,
  });

/** What holds between real processes, wherever their records are. `open` names a new, empty place. */
export function stateProcessContract(open: () => Promise<Place>): void {
  const world = async (): Promise<{ store: StateStore; start: (run: string, wait?: number) => Writer }> => {
    const place = await open();
    return {
      store: createStateStore({ records: recordsAt(place), ttlMilliseconds: ttl, keepRuns: 10 }),
      start: (run, wait = 0) => startWriter({ place, run, ttl, wait }),
    };
  };
  const journalled = async (store: StateStore): Promise<string[]> =>
    (await store.journal("shared")).map((entry) => ("model" in entry ? entry.model : ""));

  describe("a writing process", () => {
    it("that is killed has lost nothing it had said was stored, and holds up nobody", async () => {
      const { store, start } = await world();
      const writer = start("killed");
      const stored = await writer.line(/^stored (\d{2})$/);
      writer.child.kill("SIGKILL");
      await once(writer.child, "close");
      expect(await store.leases()).toMatchObject([{ run: "killed", holder: "dead" }]);
      const lease = await acquire(store);
      expect(lease.takenFrom?.run).toBe("killed");
      expect((await store.journal("shared")).length).toBeGreaterThanOrEqual(Number(stored.slice(7)));
      lease.append("shared", storedEntry("next", day(0)));
      await lease.release();
      expect((await journalled(store)).at(-1)).toBe("next");
    });

    it("that was stopped for longer than its lease can write nothing when it goes on", async () => {
      const { store, start } = await world();
      const writer = start("stopped");
      await writer.line(/^stored (\d{2})$/);
      writer.child.kill("SIGSTOP");
      const lease = await acquire(store);
      expect(lease.takenFrom?.run).toBe("stopped");
      const before = await journalled(store);
      lease.append("shared", storedEntry("next", day(0)));
      await lease.flush();
      writer.child.kill("SIGCONT");
      expect(await writer.line(/^[A-Z]/)).toBe("LEASE_LOST");
      lease.append("shared", storedEntry("next", day(1)));
      await lease.flush();
      expect(await journalled(store)).toEqual([...before, "next", "next"]);
      expect(lease.lost.aborted).toBe(false);
      await lease.release();
    });

    it("keeps its lease from another that starts, which says who holds it", async () => {
      const { store, start } = await world();
      const both = [start("one"), start("other")];
      const ends = await Promise.all(both.map(async (writer) => writer.line(/^(stored 3|[A-Z].*)$/)));
      expect(ends.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["LEASE_HELD", "stored 3"]);
      const winner = ends[0] === "stored 3" ? "one" : "other";
      expect(await store.leases()).toMatchObject([{ run: winner, holder: "this-host" }]);
      expect(new Set(await journalled(store))).toEqual(new Set([winner]));
    });

    it("gets the lease it waits for as soon as its holder is killed", async () => {
      const { store, start } = await world();
      const one = start("one");
      await one.line(/^stored 3$/);
      const other = start("other", 60_000);
      const refused = start("refused");
      await refused.line(/^LEASE_HELD$/);
      one.child.kill("SIGKILL");
      await other.line(/^stored 3$/);
      const found = await journalled(store);
      expect(found.lastIndexOf("one")).toBeLessThan(found.indexOf("other"));
    });
  });
}
