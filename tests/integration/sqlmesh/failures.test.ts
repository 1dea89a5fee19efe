import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { BridgeOptions } from "../../../src/sqlmesh/client.js";
import { errorOf } from "../../support/errors.js";
import { fakeBridge } from "../../support/fake-bridge.js";

const failing = async (behaviour: string, options: Partial<BridgeOptions> = {}) => {
  const bridge = await fakeBridge(behaviour, options);
  return { ...bridge, error: await errorOf(() => bridge.client.load()) };
};

describe("a bridge that breaks", () => {
  it.each([
    ["exits-at-start", "ended with exit code 1"],
    ["crash", "ended by signal SIGSEGV while it was at load"],
    ["exit", "ended with exit code 3 while it was at load"],
    ["broken-line", "sent a line that is not of its protocol"],
    ["not-json", "sent a line that is not of its protocol"],
    ["odd-event", "sent a line that is not of its protocol"],
    ["foreign-id", "answered request 4711, which nobody waits for"],
    ["wrong-shape", "answered load in a form this version does not know"],
  ])("ends as one clear error that names the log: %s", async (behaviour, message) => {
    const { error, logFile } = await failing(behaviour);
    expect(error).toMatchObject({ code: "BRIDGE_FAILED", exitCode: 5, where: logFile });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("\n");
  });

  it("is quoted with its last words", async () => {
    const { error } = await failing("exit");
    expect(error.hint).toBe("its last words: MemoryError: no more memory");
  });

  it("is given up when it hangs at the start", async () => {
    const { error } = await failing("hangs-at-start", { startupTimeoutMs: 300 });
    expect(error).toMatchObject({
      code: "BRIDGE_FAILED",
      message: expect.stringContaining("did not answer hello within 0.3 s"),
    });
  });

  it("is given up when it is silent, even when it ignores SIGTERM", async () => {
    const { error, client } = await failing("silence", { silenceTimeoutMs: 200 });
    expect(error).toMatchObject({
      code: "BRIDGE_FAILED",
      message: expect.stringContaining("has been silent for 0.2 s"),
    });
    await expect(client.close()).resolves.toBeUndefined();
  });

  it("answers every later request with the same error", async () => {
    const { error, client } = await failing("crash");
    expect(await errorOf(() => client.read(["SELECT 1"]))).toBe(error);
  });

  it("is not one when it works for longer than the silence that is borne, with signs of life", async () => {
    const { client } = await fakeBridge("beats", { silenceTimeoutMs: 2_000 });
    await expect(client.load()).resolves.toMatchObject({ gateway: "local" });
  });

  it("is not one when it tells of something this version does not know", async () => {
    const { client } = await fakeBridge("unknown-event");
    await expect(client.load()).resolves.toMatchObject({ gateway: "local" });
  });

  it("cannot be made one by what a model prints, which goes to the log", async () => {
    const { client, logFile } = await fakeBridge("prints");
    await expect(client.load()).resolves.toMatchObject({ gateway: "local", logFile });
    expect(await readFile(logFile, "utf8")).toBe('{"id": 2, "result": "printed by a model"}\na warning\n');
  });

  it("is seen to end although a process that it forked holds its pipes", async () => {
    const { client } = await fakeBridge("forked-child");
    await client.load();
    await expect(client.close()).resolves.toBeUndefined();
  });

  it("is ended when it ignores close and SIGTERM", async () => {
    const { client } = await fakeBridge("deaf", { graceMs: 50 });
    await client.load();
    await expect(client.close()).resolves.toBeUndefined();
  });
});

const refuse = (error: object) => failing("refuse", { environment: { FAKE_ERROR: JSON.stringify(error) } });

describe("what the bridge refuses", () => {
  it("keeps its code, message and place", async () => {
    const said = { code: "PROJECT_INVALID", message: "unknown column", hint: null, where: "models/a.sql" };
    const { error } = await refuse(said);
    expect(error).toMatchObject({
      code: "PROJECT_INVALID",
      message: "unknown column",
      where: "models/a.sql",
      hint: "mend the SQLMesh project and run the same command again",
    });
    expect((await refuse({ ...said, hint: "set it" })).error.hint).toBe("set it");
  });

  it("names the log where it names no other place, but not for a mistake in the request", async () => {
    const said = { message: "no", hint: null, where: null };
    const broken = await refuse({ code: "TRANSFORMATION_FAILED", ...said });
    expect(broken.error.where).toBe(broken.logFile);
    expect((await refuse({ code: "USAGE", ...said })).error.where).toBeUndefined();
  });
});

describe("a bridge that cannot be started", () => {
  it("for want of an interpreter names it and the setting", async () => {
    const { error } = await failing("", { python: "/nowhere/python" });
    expect(error).toMatchObject({
      code: "REQUIREMENT_MISSING",
      message: "there is no Python interpreter /nowhere/python",
      hint: expect.stringContaining("sqlmesh.python"),
    });
  });

  it("for want of a project names the folder and the setting", async () => {
    const { error } = await failing("", { project: "/nowhere/project" });
    expect(error).toMatchObject({
      code: "PROJECT_INVALID",
      message: "there is no SQLMesh project at /nowhere/project",
      hint: expect.stringContaining("sqlmesh.project"),
    });
  });

  it("for want of SQLMesh, or with one that is too old, says so before the project is loaded", async () => {
    expect((await failing("exit", { environment: { FAKE_SQLMESH: "none" } })).error.code).toBe(
      "REQUIREMENT_MISSING",
    );
    expect((await failing("exit", { environment: { FAKE_SQLMESH: "0.199.0" } })).error.code).toBe(
      "VERSION_UNSUPPORTED",
    );
  });

  it("of another protocol is told apart", async () => {
    const { error } = await failing("exit", { environment: { FAKE_PROTOCOL: "1" } });
    expect(error).toMatchObject({
      code: "BRIDGE_FAILED",
      message: expect.stringContaining("speaks protocol 1"),
    });
  });

  it("refuses to restate with SQLMesh before 0.218, and does the rest", async () => {
    const { client } = await fakeBridge("unknown-event", { environment: { FAKE_SQLMESH: "0.217.0" } });
    await client.load();
    const restate = {
      environment: "prod",
      restate: ["lab.daily"],
      start: null,
      end: null,
      skipTests: false,
      allowDestructive: [],
      executionTime: null,
    };
    expect((await errorOf(() => client.plan(restate))).code).toBe("VERSION_UNSUPPORTED");
  });
});

describe("breaking off", () => {
  it("ends a request that listens, with the reason of the signal", async () => {
    const controller = new AbortController();
    const { client } = await fakeBridge("cancellable", { signal: controller.signal });
    await client.versions();
    const loading = errorOf(() => client.load());
    const reason = new PipelineError("TERMINATED", { message: "terminated" });
    controller.abort(reason);
    expect(await loading).toBe(reason);
  });

  it("ends a request that does not listen, after the grace", async () => {
    const controller = new AbortController();
    const { client } = await fakeBridge("silence", { signal: controller.signal, graceMs: 50 });
    await client.versions();
    const loading = errorOf(() => client.load());
    controller.abort();
    expect(await loading).toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  });

  it("starts nothing any more", async () => {
    const { error } = await failing("unknown-event", { signal: AbortSignal.abort() });
    expect(error.code).toBe("INTERRUPTED");
  });
});

describe("the permission to write", () => {
  it("is told at once, whatever is going on, and its end is a lost lease", async () => {
    const { client, logFile } = await fakeBridge("permitted");
    await client.versions();
    const before = Date.now();
    const loading = errorOf(() => client.load());
    client.permit(20_000);
    expect(await loading).toMatchObject({ code: "LEASE_LOST", exitCode: 8 });
    const said = /permitted for 20000, said at (\d+)/.exec(await readFile(logFile, "utf8"));
    expect(Number(said?.[1])).toBeGreaterThanOrEqual(before);
    expect(Number(said?.[1])).toBeLessThanOrEqual(Date.now());
  });

  it("that was given before there was a process holds for it, less the time that has passed", async () => {
    const { client } = await fakeBridge("permitted");
    client.permit(20_000);
    expect((await errorOf(() => client.load())).code).toBe("LEASE_LOST");
  });

  it("that is over when its process ends was lost with the lease, though that could not say so", async () => {
    const { client } = await fakeBridge("crash");
    await client.versions();
    client.permit(0);
    expect(await errorOf(() => client.load())).toMatchObject({ code: "LEASE_LOST", exitCode: 8 });
  });

  it("is said to nobody when the process is gone", async () => {
    const { client, error } = await failing("exit");
    client.permit(20_000);
    expect((await errorOf(() => client.load())).code).toBe(error.code);
  });
});

describe("the bridge's environment", () => {
  it("is the caller's, and SQLMesh calls nobody from it", async () => {
    const { client } = await fakeBridge("environment", {
      environment: { TRINO_PASSWORD: "SQLMesh reads this" },
    });
    const { gateway } = await client.load();
    const seen: unknown = JSON.parse(gateway);
    expect(seen).toMatchObject({
      TRINO_PASSWORD: "SQLMesh reads this",
      SQLMESH__DISABLE_ANONYMIZED_ANALYTICS: "true",
    });
  });
});

describe("a client", () => {
  it("starts no process for being closed, and none after it", async () => {
    const { client } = await fakeBridge("unknown-event");
    await client.close();
    expect((await errorOf(() => client.load())).code).toBe("BRIDGE_FAILED");
    await expect(client.close()).resolves.toBeUndefined();
  });
});
