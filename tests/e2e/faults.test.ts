import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { createNessieRecords } from "../../src/nessie/records.js";
import type { RunDetails } from "../../src/restatement/history.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import type { LeaseStatus } from "../../src/core/lease.js";
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

interface Outcome {
  readonly state: RunDetails["state"];
  readonly batches: RunDetails["batches"];
  /** How many statements have written to each table. */
  readonly statements: Readonly<Record<string, number>>;
  readonly rows: Contents["rows"];
}

async function outcomeOf(at: CrashCase, run: string, since: string): Promise<Outcome> {
  const { state, batches } = await at.ask<RunDetails>(["show", run]);
  const written = [...(await statementsSince(since, at.schema))];
  const statements = Object.fromEntries(written.map(([table, ids]) => [table, ids.length]));
  return { state, batches, statements, rows: (await contentsOf(at.schema)).rows };
}

/** Each batch was written once, is known to be, and the data is as if nothing had happened. */
const restatedOnce = (): Outcome => ({
  state: "succeeded",
  batches: { planned: 4, stored: 4 },
  statements: { steps: 2, totals: 1 },
  rows: undisturbed.rows,
});

/** Its run, once it has succeeded. */
async function succeeded(cli: StartedCli): Promise<string> {
  const { exitCode, json, stderr } = await cli.end;
  if (exitCode !== 0 || json === null)
    throw new Error(`it ended with ${exitCode}\n${JSON.stringify(json)}\n${stderr}`);
  const { run } = json.result as RunResult;
  return run;
}

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
    expect(await outcomeOf(at, await succeeded(cli), since)).toEqual(restatedOnce());
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
    const stored = async () => (await at.ask<RunDetails>(["show", run])).batches?.stored;
    await until("the first batch is written down", async () => (await stored()) === 1);
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
    expect(await outcomeOf(at, run, since)).toEqual(restatedOnce());
  });

  it("may be written to by others without a pause", async () => {
    const at = await warehouse.case();
    const since = await hashOf("main");
    const cli = await StartedCli.start(at, restating(at), {});
    await cli.reaches("before bridge sends INSERT steps#1");
    const over = new AbortController();
    const others = [1, 2, 3, 4].map(async (other) => {
      const records = createNessieRecords({ uri: nessieUri, branch: at.stateBranch });
      let version = null;
      let written = 0;
      for (; !over.signal.aborted; written += 1)
        version = await records.write(`note/${other}`, String(written), version);
      return written;
    });
    const run = await succeeded(cli).finally(() => over.abort());
    for (const written of await Promise.all(others)) expect(written).toBeGreaterThan(1);
    expect(await outcomeOf(at, run, since)).toEqual(restatedOnce());
  });
});
