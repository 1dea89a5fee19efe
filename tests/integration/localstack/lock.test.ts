import { once } from "node:events";
import { mkdtemp, mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../../src/core/events.js";
import { withLock } from "../../../src/localstack/lock.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const signal = new AbortController().signal;
const silent = { report: () => undefined, signal };

describe("a lock", () => {
  it("lets one work at a time; the other waits and says for whom", async () => {
    const path = join(folder, "deep", "entry");
    const order: string[] = [];
    const [begun, finished] = [new AbortController(), new AbortController()];
    const hasBegun = once(begun.signal, "abort");
    const mayFinish = once(finished.signal, "abort");
    const first = withLock(path, "downloading x", silent, async () => {
      begun.abort();
      await mayFinish;
      order.push("first");
    });
    await hasBegun;
    const told: PipelineEvent[] = [];
    const report = (event: PipelineEvent): void => {
      told.push(event);
      finished.abort();
    };
    await withLock(path, "downloading x too", { report, signal }, async () => void order.push("second"));
    await first;
    expect(order).toEqual(["first", "second"]);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told[0])).toContain(`waiting for process ${process.pid}, downloading x since 20`);
    expect(await readdir(join(folder, "deep"))).toEqual([]);
  });

  it("is freed when the work fails", async () => {
    const path = join(folder, "entry");
    await expect(
      withLock(path, "failing", silent, async () => Promise.reject(new Error("no"))),
    ).rejects.toThrow("no");
    expect(await withLock(path, "again", silent, async () => "done")).toBe("done");
  });

  it("that a killed process left is taken over", async () => {
    const path = join(folder, "entry");
    await mkdir(`${path}.lock`);
    await writeFile(`${path}.holder`, "{ half");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${path}.lock`, longAgo, longAgo);
    expect(await withLock(path, "after", silent, async () => "done")).toBe("done");
  });

  it("is no longer waited for when the command is broken off", async () => {
    const path = join(folder, "entry");
    await mkdir(`${path}.lock`);
    const stop = new AbortController();
    const report = (): void => stop.abort(new Error("broken off"));
    await expect(
      withLock(path, "waiting", { report, signal: stop.signal }, async () => "done"),
    ).rejects.toThrow("broken off");
  });
});
