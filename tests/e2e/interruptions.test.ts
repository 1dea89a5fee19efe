import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetails, RunSummary } from "../../src/restatement/history.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import type { LeaseStatus } from "../../src/core/lease.js";
import { contentsOf, type Contents, statementsSince } from "../support/crash-proof.js";
import { type CrashCase, CrashWarehouse } from "../support/crash-warehouse.js";
import { openQueriesOf, type Process, StartedCli, until } from "../support/started-cli.js";
import { hashOf } from "../support/warehouse.js";

let warehouse: CrashWarehouse;
let undisturbed: Contents;

beforeAll(async () => {
  warehouse = await CrashWarehouse.build("interruptions");
  undisturbed = await contentsOf(warehouse.schema);
});
afterAll(() => warehouse.remove());

interface AtWork {
  readonly at: CrashCase;
  readonly cli: StartedCli;
  readonly bridge: Process;
  /** Id of the run. */
  readonly run: string;
  /** Head of main before it. */
  readonly since: string;
}

/** Appends the second of two batches, which would take ten minutes, and must not be there twice. */
async function inMidBatch(): Promise<AtWork> {
  const at = await warehouse.case();
  const since = await hashOf("main");
  const cli = await StartedCli.start(at, ["run", "--restate", `${at.schema}.steps`, "--yes"], {
    slow: "steps@2025-01-05=600",
  });
  await cli.reaches("after bridge sends INSERT steps#1");
  const bridge = await cli.bridge();
  const { leases } = await at.ask<{ leases: readonly LeaseStatus[] }>(["lease", "show"]);
  const run = leases[0]?.run ?? "";
  expect(await openQueriesOf(run)).toHaveLength(1);
  return { at, cli, bridge, run, since };
}

/** Takes the run up and proves that each batch was written once. */
async function finishes({ at, run, since }: AtWork): Promise<void> {
  const { resumed } = await at.ask<RunResult>(["resume", run, "--yes"]);
  expect(resumed).toMatchObject({ stored: 1, planned: 4, repeated: [] });
  const statements = await statementsSince(since, at.schema);
  expect(Object.fromEntries([...statements].map(([table, ids]) => [table, ids.length]))).toEqual({
    steps: 2,
    totals: 1,
  });
  expect((await contentsOf(at.schema)).rows).toEqual(undisturbed.rows);
}

const stateOfRuns = async (at: CrashCase): Promise<readonly string[]> =>
  (await at.ask<{ runs: readonly RunSummary[] }>(["runs"])).runs.map(({ state }) => state);

const leasesOf = async (at: CrashCase): Promise<readonly LeaseStatus[]> =>
  (await at.ask<{ leases: readonly LeaseStatus[] }>(["lease", "show"])).leases;

describe("a restatement that is interrupted in the middle of a batch", () => {
  it.each([
    ["by Ctrl-C", 130, "INTERRUPTED", ({ cli }: AtWork) => cli.signalGroup("SIGINT")],
    [
      "by Ctrl-C that its bridge gets too",
      130,
      "INTERRUPTED",
      ({ cli, bridge }: AtWork) => {
        bridge.signal("SIGINT");
        cli.signalGroup("SIGINT");
      },
    ],
    [
      "by SIGTERM that its bridge gets too",
      143,
      "TERMINATED",
      ({ cli, bridge }: AtWork) => {
        bridge.signal("SIGTERM");
        cli.signal("SIGTERM");
      },
    ],
  ])(
    "%s ends its query, says what it has done, holds up nobody, and is resumed",
    async (_, exitCode, code, interrupt) => {
      const work = await inMidBatch();
      interrupt(work);
      const ended = await work.cli.end;
      expect(ended).toMatchObject({ exitCode, json: { exitCode, error: { code } } });
      expect(ended.json?.result).toMatchObject({ run: work.run, restatement: { status: "failed" } });
      expect(await openQueriesOf(work.run)).toEqual([]);
      expect(await work.bridge.isGone()).toBe(true);
      expect(await leasesOf(work.at)).toEqual([]);
      const { state, batches } = await work.at.ask<RunDetails>(["show", work.run]);
      expect({ state, batches }).toEqual({ state: "interrupted", batches: { planned: 4, stored: 1 } });
      await finishes(work);
      expect(await stateOfRuns(work.at)).toEqual(["succeeded"]);
    },
  );

  it("twice ends at once; its bridge ends the query and itself, and the run is resumed", async () => {
    const work = await inMidBatch();
    // It cannot listen to the first one, so that there is something to wait for.
    work.bridge.signal("SIGSTOP");
    work.cli.signalGroup("SIGINT");
    await work.cli.says(/once more/);
    work.cli.signalGroup("SIGINT");
    const ended = await work.cli.end;
    expect(ended).toMatchObject({ exitCode: 130, json: null });
    expect(await work.bridge.isGone()).toBe(false);
    work.bridge.signal("SIGCONT");
    await until("the bridge is gone", () => work.bridge.isGone());
    expect(await openQueriesOf(work.run)).toEqual([]);
    expect(await leasesOf(work.at)).toMatchObject([{ run: work.run, holder: "dead" }]);
    await finishes(work);
  });

  it("ends a bridge that does not listen, and what that leaves in Trino", async () => {
    const work = await inMidBatch();
    work.bridge.signal("SIGSTOP");
    work.cli.signalGroup("SIGINT");
    expect(await work.cli.end).toMatchObject({ exitCode: 130, json: { error: { code: "INTERRUPTED" } } });
    expect(await work.bridge.isGone()).toBe(true);
    expect(await openQueriesOf(work.run)).toEqual([]);
    expect(await leasesOf(work.at)).toEqual([]);
    await finishes(work);
  });
});
