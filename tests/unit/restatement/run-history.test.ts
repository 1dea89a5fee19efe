import { describe, expect, it } from "vitest";
import type { StateStore } from "../../../src/restatement/ports.js";
import { RunHistory } from "../../../src/restatement/run-history.js";
import type { JournalEntry, RunRecord } from "../../../src/restatement/runs.js";
import { errorOf } from "../../support/errors.js";
import { day, restated, restatementPlan, runRecord, storedEntry } from "../../support/restatement-plans.js";

const plan = restatementPlan([restated("oso.a", 2)]);
const restating: Partial<RunRecord> = { planDigest: plan.digest };
const deployed: JournalEntry = { type: "step-ended", attempt: 1, step: "deploy", models: [], failures: [] };

/** A history of runs, newest first, of which each has stored a batch; what is read of them is written down. */
function historyOf(...runs: readonly RunRecord[]) {
  const reads: string[] = [];
  const state: Partial<StateStore> = {
    runs: async () => runs,
    leases: async () => [],
    plan: async (run) => {
      reads.push(`plan ${run}`);
      return runs.find(({ id }) => id === run)?.planDigest ? plan : null;
    },
    journal: async (run) => {
      reads.push(`journal ${run}`);
      return [deployed, storedEntry("oso.a", day(0))];
    },
    releaseLease: async () => null,
  };
  return { reads, history: new RunHistory(state as StateStore) };
}

const runs = [
  runRecord("3", { ...restating, status: "succeeded" }),
  runRecord("2", { status: "failed" }),
  runRecord("1", { ...restating, status: "running" }),
];

describe("the history of runs", () => {
  it("reads plan and journal of those that it lists only, and of those that restate", async () => {
    const { history, reads } = historyOf(...runs);
    const { runs: listed, total } = await history.runs(2);
    expect(listed.map(({ run, batches }) => [run.id, batches])).toEqual([
      ["3", { planned: 2, stored: 1 }],
      ["2", null],
    ]);
    expect(total).toBe(3);
    expect(reads).toEqual(["plan 3", "journal 3"]);
  });

  it("shows what was deployed by a run that restates nothing", async () => {
    const { history } = historyOf(...runs);
    expect(await history.show("2")).toMatchObject({ plan: null, deployment: { attempt: 1 }, due: null });
    expect((await errorOf(() => history.show("4"))).code).toBe("RUN_UNKNOWN");
  });

  it("tells of the last run, of all that are unfinished, and who holds leases", async () => {
    const { history } = historyOf(...runs);
    const { last, unfinished, ...more } = await history.present();
    expect(last).toMatchObject({ run: { id: "3" }, deployment: { attempt: 1 } });
    expect(unfinished.map(({ run, state }) => [run.id, state])).toEqual([
      ["2", "failed"],
      ["1", "died"],
    ]);
    expect(more).toEqual({ leases: [] });
    expect((await historyOf().history.present()).last).toBeNull();
  });

  it("knows when there is no lease to release", async () => {
    const error = await errorOf(() => historyOf().history.releaseLease("oso/trino"));
    expect(error).toMatchObject({ code: "RUN_UNKNOWN", message: "nobody holds a lease of oso/trino" });
  });
});
