import { copyFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { RunDetails } from "../../src/restatement/history.js";
import type { LeaseStatus } from "../../src/core/lease.js";
import { contentsOf, type Contents, statementsSince } from "../support/crash-proof.js";
import { type CrashCase, CrashWarehouse } from "../support/crash-warehouse.js";
import { startProxy } from "../support/proxy.js";
import { openQueriesOf, StartedCli, stateOf, until } from "../support/started-cli.js";
import { hashOf } from "../support/warehouse.js";

/** Its clock is seven minutes ahead. */
const otherMachine = { name: "other-machine", clockAhead: 7 * 60_000 };
const TEN_MINUTES = "steps@2025-01-05=600";

let warehouse: CrashWarehouse;
let undisturbed: Contents;

beforeAll(async () => {
  warehouse = await CrashWarehouse.build("two_runs");
  undisturbed = await contentsOf(warehouse.schema);
});
afterAll(() => warehouse.remove());

const restating = (at: CrashCase, model: string): readonly string[] => [
  "run",
  "--restate",
  `${at.schema}.${model}`,
  "--yes",
];

const leaseOf = async (at: CrashCase): Promise<LeaseStatus & { readonly run: string }> => {
  const { leases } = await at.ask<{ leases: readonly LeaseStatus[] }>(["lease", "show"]);
  const [lease] = leases;
  if (lease === undefined || lease.run === null) throw new Error("no run holds a lease");
  return { ...lease, run: lease.run };
};

/** DuckDB lets one process in at a time, which state that several machines share does not. */
async function stateOfItsOwn(at: CrashCase, name: string): Promise<Readonly<Record<string, string>>> {
  const copy = join(at.folder, `${name}.db`);
  await copyFile(join(at.folder, "state.db"), copy);
  return { CRASH_STATE: copy };
}

async function statementsOf(at: CrashCase, since: string): Promise<Readonly<Record<string, number>>> {
  const statements = await statementsSince(since, at.schema);
  return Object.fromEntries([...statements].map(([table, ids]) => [table, ids.length]));
}

describe("two runs at once on one state", () => {
  it.each([
    ["of the same request, on one machine", "steps", { name: hostname(), clockAhead: 0 }],
    ["of different ones, on two machines whose clocks differ", "latest", otherMachine],
  ])("%s: the second says who is at work, and changes nothing", async (_, model, machine) => {
    const at = await warehouse.case();
    const environment = await stateOfItsOwn(at, "second");
    const first = await StartedCli.start(at, restating(at, "steps"), {
      slow: TEN_MINUTES,
      environment: { OSO_PIPELINE__STATE__LEASE_TTL: "20s" },
    });
    await first.reaches("after bridge sends INSERT steps#1");
    const { run, since } = await leaseOf(at);
    const main = await hashOf("main");
    const second = await StartedCli.start(at, restating(at, model), { environment, machine });
    const { exitCode, json } = await second.end;
    expect({ exitCode, code: json?.error?.code }).toEqual({ exitCode: 8, code: "LEASE_HELD" });
    for (const told of [run, hostname(), String(first.pid), since.slice(0, 10)])
      expect(json?.error?.message).toContain(told);
    expect(await hashOf("main")).toBe(main);
    expect((await leaseOf(at)).run).toBe(run);
  });

  it("let the second wait: the same trigger then has nothing to do, another request is restated", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    let isHeldUp = false;
    const { nessieUri } = inject("stack");
    const proxy = await startProxy(new URL(nessieUri).origin, async ({ url }) => {
      if (isHeldUp && url.includes("/trees/main")) await opened;
      return "pass";
    });
    const states = await Promise.all([stateOfItsOwn(at, "same"), stateOfItsOwn(at, "other")]);
    const first = await StartedCli.start(at, [...restating(at, "steps"), "--run-key", "weekly"], {
      environment: { OSO_PIPELINE__NESSIE__URI: `${proxy.url}/api/v2` },
    });
    await first.reaches("after bridge INSERT steps#1");
    // It is not done before it knows where main stands.
    isHeldUp = true;
    const same = await StartedCli.start(
      at,
      [...restating(at, "steps"), "--run-key", "weekly", "--wait", "10m"],
      { environment: states[0] },
    );
    const other = await StartedCli.start(at, [...restating(at, "totals"), "--wait"], {
      environment: states[1],
      machine: otherMachine,
    });
    await Promise.all([
      same.says(/waiting for run .+ to finish/),
      other.says(/waiting for run .+ to finish/),
    ]);
    open();
    expect(await first.end).toMatchObject({ exitCode: 0, json: { result: { status: "succeeded" } } });
    expect(await same.end).toMatchObject({ exitCode: 0, json: { result: { status: "already-done" } } });
    expect(await other.end).toMatchObject({ exitCode: 0, json: { result: { status: "succeeded" } } });
    await proxy.close();
    expect(await statementsOf(at, since)).toEqual({ steps: 2, totals: 2 });
  });
});

describe("a run that is stopped for longer than its lease", () => {
  const shortLease = { OSO_PIPELINE__STATE__LEASE_TTL: "4s" };
  const keyed = (at: CrashCase): readonly string[] => [...restating(at, "steps"), "--run-key", "weekly"];

  it("has its bridge end itself; whoever has finished the run meanwhile is not disturbed when it continues", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    const stopped = await StartedCli.start(at, keyed(at), { slow: TEN_MINUTES, environment: shortLease });
    await stopped.reaches("after bridge sends INSERT steps#1");
    const bridge = await stopped.bridge();
    const { run } = await leaseOf(at);
    stopped.signal("SIGSTOP");
    await until("its bridge is gone", () => bridge.isGone());
    expect(await openQueriesOf(run)).toEqual([]);

    const other = await StartedCli.start(at, keyed(at), { machine: otherMachine });
    expect(await other.end).toMatchObject({ exitCode: 0, json: { result: { run, attempt: 2 } } });
    const after = { main: await hashOf("main"), state: await stateOf(at) };

    stopped.signal("SIGCONT");
    expect(await stopped.end).toMatchObject({ exitCode: 8, json: { error: { code: "LEASE_LOST" } } });
    expect({ main: await hashOf("main"), state: await stateOf(at) }).toEqual(after);
    expect(await statementsOf(at, since)).toEqual({ steps: 2, totals: 1 });
    expect((await contentsOf(at.schema)).rows).toEqual(undisturbed.rows);
  });

  it("disturbs nobody who is in the middle of it when it continues, though its bridge could tell it nothing", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    const stopped = await StartedCli.start(at, keyed(at), {
      slow: TEN_MINUTES,
      environment: shortLease,
      machine: otherMachine,
    });
    await stopped.reaches("after bridge sends INSERT steps#1");
    const bridge = await stopped.bridge();
    const { run } = await leaseOf(at);
    const [left] = await openQueriesOf(run);
    stopped.signal("SIGSTOP");
    bridge.signal("SIGKILL");

    const other = await StartedCli.start(at, keyed(at), { slow: "steps@2025-01-05=1" });
    await other.reaches("after bridge sends INSERT steps#1");
    const [working, ...more] = await openQueriesOf(run);
    expect(more).toEqual([]);
    expect(working).not.toBe(left);

    stopped.signal("SIGCONT");
    expect(await stopped.end).toMatchObject({ exitCode: 8, json: { error: { code: "LEASE_LOST" } } });
    expect(await other.end).toMatchObject({
      exitCode: 0,
      json: { result: { run, attempt: 2, resumed: { stored: 1, planned: 4, drained: [left] } } },
    });
    const { run: record } = await at.ask<RunDetails>(["show", run]);
    expect(record.attempts.map(({ host, endedAt }) => [host, endedAt === null])).toEqual([
      [otherMachine.name, true],
      [hostname(), false],
    ]);
    expect(await statementsOf(at, since)).toEqual({ steps: 2, totals: 1 });
    expect((await contentsOf(at.schema)).rows).toEqual(undisturbed.rows);
  });
});
