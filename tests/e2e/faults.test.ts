import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { createNessieRecords } from "../../src/nessie/records.js";
import type { RunDetails } from "../../src/restatement/history.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import type { LeaseStatus } from "../../src/restatement/runs.js";
import { contentsOf, type Contents, statementsSince } from "../support/crash-proof.js";
import { type CrashCase, CrashWarehouse } from "../support/crash-warehouse.js";
import { startProxy } from "../support/proxy.js";
import { openQueriesOf, StartedCli, until } from "../support/started-cli.js";
import { hashOf } from "../support/warehouse.js";

const { nessieUri } = inject("stack");

let warehouse: CrashWarehouse;
let undisturbed: Contents;

beforeAll(async () => {
  warehouse = await CrashWarehouse.build("faults");
  undisturbed = await contentsOf(warehouse.schema);
});
afterAll(() => warehouse.remove());

const restating = (at: CrashCase): readonly string[] => [
  "run",
  "--restate",
  `${at.schema}.steps`,
  "--yes",
  "--run-key",
  "weekly",
];

/** Nessie as the command line sees it; Trino goes past this. */
async function nessieThatMayBeAway() {
  const nessie = { isAway: false, refused: 0, environment: {} };
  const proxy = await startProxy(new URL(nessieUri).origin, async () => {
    if (!nessie.isAway) return "pass";
    nessie.refused += 1;
    return "refuse";
  });
  onTestFinished(() => proxy.close());
  nessie.environment = { OSO_PIPELINE__NESSIE__URI: `${proxy.url}/api/v2` };
  return nessie;
}

/** Each batch was written once, is known to be, and the data is as if nothing had happened. */
async function expectRestatedOnce(at: CrashCase, run: string, since: string): Promise<void> {
  const { state, batches } = await at.ask<RunDetails>(["show", run]);
  expect({ state, batches }).toEqual({ state: "succeeded", batches: { planned: 4, stored: 4 } });
  const statements = await statementsSince(since, at.schema);
  expect(Object.fromEntries([...statements].map(([table, ids]) => [table, ids.length]))).toEqual({
    steps: 2,
    totals: 1,
  });
  expect((await contentsOf(at.schema)).rows).toEqual(undisturbed.rows);
}

const runOf = async (cli: StartedCli): Promise<string> => {
  const { exitCode, json, stderr } = await cli.end;
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}\n${JSON.stringify(json)}\n${stderr}`);
  return (json?.result as RunResult).run;
};

describe("Nessie, where a run remembers what it has done,", () => {
  it("is waited for when it is away for less than the lease holds", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    const nessie = await nessieThatMayBeAway();
    const cli = await StartedCli.start(at, restating(at), { environment: nessie.environment });
    await cli.reaches("before bridge sends INSERT steps#1");
    nessie.isAway = true;
    await until("three requests are refused", () => nessie.refused >= 3);
    nessie.isAway = false;
    await expectRestatedOnce(at, await runOf(cli), since);
  });

  it("stops the run when it is away for longer; what was stored is not restated again", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    const nessie = await nessieThatMayBeAway();
    const cli = await StartedCli.start(at, restating(at), {
      slow: "steps@2025-01-05=600",
      environment: { ...nessie.environment, OSO_PIPELINE__STATE__LEASE_TTL: "4s" },
    });
    await cli.reaches("after bridge sends INSERT steps#1");
    const bridge = await cli.bridge();
    const { leases } = await at.ask<{ leases: readonly LeaseStatus[] }>(["lease", "show"]);
    const run = leases[0]?.run ?? "";
    nessie.isAway = true;
    expect(await cli.end).toMatchObject({
      exitCode: 8,
      json: { error: { code: "LEASE_LOST" }, result: { run } },
    });
    expect(await bridge.isGone()).toBe(true);
    expect(await openQueriesOf(run)).toEqual([]);
    expect((await at.ask<RunDetails>(["show", run])).state).toBe("died");
    expect(await at.ask<RunResult>(restating(at))).toMatchObject({
      run,
      attempt: 2,
      resumed: { stored: 1, planned: 4, repeated: [] },
    });
    await expectRestatedOnce(at, run, since);
  });

  it("may be written to by others without a pause", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    const cli = await StartedCli.start(at, restating(at), {});
    await cli.reaches("before bridge sends INSERT steps#1");
    let isOver = false;
    const others = [1, 2, 3, 4].map(async (other) => {
      const records = createNessieRecords({ uri: nessieUri, branch: at.stateBranch });
      let version = null;
      let written = 0;
      for (; !isOver; written += 1) version = await records.write(`note/${other}`, String(written), version);
      return written;
    });
    const run = await runOf(cli).finally(() => (isOver = true));
    for (const written of await Promise.all(others)) expect(written).toBeGreaterThan(1);
    await expectRestatedOnce(at, run, since);
  });
});
