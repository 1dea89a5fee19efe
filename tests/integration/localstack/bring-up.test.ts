import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { bringUp } from "../../../src/localstack/bring-up.js";
import { endProcess, isAlive, processTable } from "../../../src/localstack/process-table.js";
import { endService, readRecord, writeRecord } from "../../../src/localstack/records.js";
import type { Service } from "../../../src/localstack/services.js";
import { startService } from "../../../src/localstack/start.js";
import { errorOf } from "../../support/errors.js";
import { crashes } from "./dying-up.js";
import { createFakeStack, type FakeStack } from "./fake-stack.js";

let stack: FakeStack;

beforeEach(async () => {
  stack = await createFakeStack();
});

afterEach(async () => {
  await stack.remove();
});

const up = (services: readonly Service[], signal = new AbortController().signal): Promise<string[]> =>
  bringUp(services, stack.context, signal);

const pidOf = async (name: "s3" | "nessie"): Promise<number | undefined> =>
  (await readRecord(stack.home, name))?.pid;

const answers = async (service: Service): Promise<boolean> =>
  (await service.ready(new AbortController().signal)).ready;

describe("up", () => {
  it("starts what does not run and records it, and a second time starts nothing", async () => {
    const services = [stack.service("s3"), stack.service("nessie")];
    expect(await up(services)).toEqual(["s3", "nessie"]);
    const pids = [await pidOf("s3"), await pidOf("nessie")];
    expect(await up(services)).toEqual([]);
    expect([await pidOf("s3"), await pidOf("nessie")]).toEqual(pids);
    expect((await stack.processes("s3")).map(({ pid }) => pid)).toEqual([pids[0]]);
  });

  it("starts a service that was killed anew, and leaves the other alone", async () => {
    const services = [stack.service("s3"), stack.service("nessie")];
    await up(services);
    const [victim] = await stack.processes("s3");
    const other = await pidOf("nessie");
    if (!victim) throw new Error("nothing to kill");
    await endProcess(processTable(), victim, 0);
    expect(await up(services)).toEqual(["s3"]);
    expect(await pidOf("s3")).not.toBe(victim.pid);
    expect(await pidOf("nessie")).toBe(other);
  });

  it("starts a service anew whose settings have changed", async () => {
    await up([stack.service("s3")]);
    const before = await pidOf("s3");
    const changed = { ...stack.service("s3"), version: "2" };
    expect(await up([changed])).toEqual(["s3"]);
    expect(await pidOf("s3")).not.toBe(before);
    expect(await stack.processes("s3")).toHaveLength(1);
    expect(stack.events).toContainEqual(
      expect.objectContaining({ type: "service", state: "restarting", detail: "its settings have changed" }),
    );
  });

  it.each(crashes)("recovers from an up that was killed %s", async (crash) => {
    const job = JSON.stringify({ home: stack.home.path, ports: stack.context.ports, crash });
    const child = spawn(process.execPath, [join(import.meta.dirname, "dying-up.mjs"), job], {
      stdio: "inherit",
    });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    const left = await stack.processes("s3");
    expect(left).toHaveLength(1);

    const service = stack.service("s3");
    await up([service]);
    expect(await answers(service)).toBe(true);
    const now = await stack.processes("s3");
    expect(now.map(({ pid }) => pid)).toEqual([await pidOf("s3")]);
    // What was recorded is taken over; what was not is replaced.
    expect(now[0]?.pid === left[0]?.pid).toBe(crash !== "before the record");
  });

  it("says at once which service died, why, and where its log is, and ends what it had started", async () => {
    const error = await errorOf(() =>
      up([stack.service("s3"), stack.service("nessie", "--die", "Caused by: the disk is gone")]),
    );
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toBe("Nessie ended while it was starting: Caused by: the disk is gone");
    expect(error.where).toBe(stack.home.logFile("nessie"));
    expect(await stack.processes("s3")).toEqual([]);
    expect(await readRecord(stack.home, "s3")).toBeNull();
  });

  it("starts nothing where a port is taken, and says which setting and by whom", async () => {
    const server = createServer().listen(stack.context.ports.nessie, "127.0.0.1");
    await once(server, "listening");
    try {
      const error = await errorOf(() => up([stack.service("s3"), stack.service("nessie")]));
      expect(error.code).toBe("SERVICE_UNAVAILABLE");
      expect(error.message).toContain(
        `port ${stack.context.ports.nessie}, which Nessie is to listen on, is taken by`,
      );
      expect(error.message).toContain(`(process ${process.pid})`);
      expect(error.hint).toContain("local.ports.nessie");
      expect(await stack.processes("s3")).toEqual([]);
    } finally {
      server.close();
    }
  });

  it("does not end what runs where its new port is taken", async () => {
    const service = stack.service("s3");
    await up([service]);
    const server = createServer().listen(stack.context.ports.trino, "127.0.0.1");
    await once(server, "listening");
    try {
      const moved: Service = { ...service, version: "2", ports: ["trino"] };
      expect((await errorOf(() => up([moved]))).message).toContain(`port ${stack.context.ports.trino}`);
      expect(await answers(service)).toBe(true);
    } finally {
      server.close();
    }
  });

  it("ends what it has started when it is broken off", async () => {
    const stop = new AbortController();
    const why = new PipelineError("INTERRUPTED", { message: "interrupted" });
    const never = stack.service("nessie", "--ready-when", join(stack.home.path, "never"));
    let asked = 0;
    const patient: Service = {
      ...never,
      ready: async (signal) => {
        asked += 1;
        if (asked === 3) stop.abort(why);
        return never.ready(signal);
      },
    };
    await expect(up([stack.service("s3"), patient], stop.signal)).rejects.toThrow(/aborted|interrupted/);
    expect(asked).toBeGreaterThanOrEqual(3);
    expect([...(await stack.processes("s3")), ...(await stack.processes("nessie"))]).toEqual([]);
  });

  it("keeps the log of the run before beside the new one", async () => {
    await errorOf(() => up([stack.service("s3", "--die", "first")]));
    await errorOf(() => up([stack.service("s3", "--die", "second")]));
    expect(await readFile(stack.home.logFile("s3"), "utf8")).toBe("starting\nsecond\n");
    expect(await readFile(`${stack.home.logFile("s3")}.1`, "utf8")).toBe("starting\nfirst\n");
  });
});

describe("down", () => {
  it("ends a service, recorded or not, and says whether there was one", async () => {
    const { home, context } = stack;
    await startService(stack.service("s3"), context);
    expect(await endService(home, context.table, "s3")).toBe(true);
    expect(await stack.processes("s3")).toEqual([]);
    expect(await endService(home, context.table, "s3")).toBe(false);
  });

  it("never touches a process that has got the number of a dead service", async () => {
    const bystander = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(bystander, "spawn");
    const pid = bystander.pid ?? 0;
    const { home, context } = stack;
    const birth = await context.table.birthOf(pid);
    if (birth === null) throw new Error("no bystander");
    await writeRecord(home, "s3", {
      schema: 1,
      pid,
      birth: `${birth}0`,
      startedAt: "2026-01-01T00:00:00Z",
      version: "1",
      address: "http://127.0.0.1:1",
      ports: [1],
      digest: "",
      wasReady: true,
    });
    expect(await endService(home, context.table, "s3")).toBe(false);
    expect(await isAlive(context.table, { pid, birth })).toBe(true);
    bystander.kill("SIGKILL");
  });

  it("ends a process by force that does not end when it is asked to", async () => {
    const service = stack.service("s3", "--ignore-term");
    await up([service]);
    const [stubborn] = await stack.processes("s3");
    if (!stubborn) throw new Error("nothing to end");
    await endProcess(stack.context.table, stubborn, 300);
    expect(await stack.processes("s3")).toEqual([]);
    expect(await readFile(stack.home.logFile("s3"), "utf8")).toContain("asked to end");
  });
});
