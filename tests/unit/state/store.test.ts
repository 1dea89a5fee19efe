import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { JournalEntry } from "../../../src/restatement/runs.js";
import { errorOf } from "../../support/errors.js";
import { FakeTime, settled } from "../../support/fake-clock.js";
import { FakeRecordStore, type BeforeOperation } from "../../support/fake-record-store.js";
import {
  alice,
  bob,
  day,
  failedEntry,
  restated,
  restatementPlan,
  runRecord,
  storedEntry,
} from "../../support/restatement-plans.js";
import { FakeMachines, FakeProcess, ttl } from "../../support/state-store.js";

function world(keepRuns?: number) {
  const time = new FakeTime();
  const records = new FakeRecordStore();
  const machines = new FakeMachines();
  const start = (name = "one", before?: BeforeOperation): FakeProcess =>
    new FakeProcess(name, {
      records: records.client(before),
      clock: time.clock(),
      machines,
      ...(keepRuns === undefined ? {} : { keepRuns }),
    });
  return { time, records, start };
}

const away = (): never => {
  throw new PipelineError("SERVICE_UNAVAILABLE", { message: "Nessie is away" });
};

const entries = (count: number, from = 0): JournalEntry[] =>
  Array.from({ length: count }, (_, n) => storedEntry(`oso.model_${from + n}`, day(n)));

describe("what a run writes down", () => {
  it("is read back as it was, by anyone", async () => {
    const { start } = world();
    const lease = await start().acquire();
    const next = [{ command: "oso-pipeline approve d1", does: "gives the approval that it lacks" }];
    const failure = { code: "APPROVAL_MISSING", message: "nobody agrees", hint: "agree", next } as const;
    const attempts = [
      {
        number: 1,
        startedAt: "2026-01-01T00:00:00.000Z",
        endedAt: null,
        host: "ci-1",
        pid: 42,
        by: alice,
        link: null,
        sqlmeshVersion: "0.236.4",
        trinoUser: null,
        failure,
        logFile: "logs",
      },
    ];
    const run = runRecord("20260101-1", { approvedBy: bob, evidenceSince: 1_767_225_600_123, attempts });
    const plan = restatementPlan([
      restated("oso.a", 3, { earlier: { rows: null, milliseconds: 7, batches: 3 } }),
      restated("oso.b", 1, { kind: "A_KIND_OF_LATER" }),
    ]);
    const all: JournalEntry[] = [
      storedEntry("oso.a", day(0), { rows: null }),
      { type: "batch-found", attempt: 2, model: "oso.a", interval: day(1) },
      {
        type: "decided",
        attempt: 2,
        model: "oso.a",
        decision: "written",
        interval: day(2),
        commits: ["ab"],
      },
      { type: "queries-drained", attempt: 2, queries: ["q1"] },
      failedEntry("oso.a"),
      { type: "queries-drained", attempt: 2, queries: ["q"] },
    ];
    await lease.saveRun(run);
    await lease.savePlan(run.id, plan);
    lease.append(run.id, ...all);
    await lease.flush();
    const { store } = start("reader");
    expect(await store.runs()).toEqual([run]);
    expect(await store.plan(run.id)).toEqual(plan);
    expect(await store.journal(run.id)).toEqual(all);
  });

  it("is nothing for a run that nobody knows", async () => {
    const { store } = world().start();
    expect([await store.runs(), await store.plan("x"), await store.journal("x")]).toEqual([[], null, []]);
  });

  it("lists runs newest first, without reading plans or journals", async () => {
    const { start } = world();
    const lease = await start().acquire();
    for (const id of ["20260102-1", "20260103-1", "20260101-1"]) {
      await lease.saveRun(runRecord(id));
      await lease.savePlan(id, restatementPlan([]));
    }
    const read: string[] = [];
    const reader = start("reader", (_, key) => void read.push(key));
    expect((await reader.store.runs()).map(({ id }) => id)).toEqual([
      "20260103-1",
      "20260102-1",
      "20260101-1",
    ]);
    expect(read).toEqual(["run/"]);
  });

  it("keeps approvals of a digest, newest first, however many come at once", async () => {
    const { start } = world();
    const summary = { environment: "prod", models: 1, batches: 2 };
    const approval = (comment: string) => ({
      digest: "d1",
      by: alice,
      at: "now",
      until: null,
      comment,
      summary,
    });
    await start("one").store.saveApproval(approval("first"));
    await Promise.all(
      ["a", "b", "c"].map(async (comment) => start(comment).store.saveApproval(approval(comment))),
    );
    await start("one").store.saveApproval({ ...approval("other"), digest: "d10" });
    const found = (await start("reader").store.approvals("d1")).map(({ comment }) => comment);
    expect(new Set(found)).toEqual(new Set(["a", "b", "c", "first"]));
    expect(found.at(-1)).toBe("first");
  });

  it("keeps plans that wait for approval by their digest", async () => {
    const { start } = world();
    const { store } = start();
    const [one, other] = [restatementPlan([], { digest: "abc1" }), restatementPlan([], { digest: "abd2" })];
    await Promise.all([
      store.saveProposal(one),
      start("two").store.saveProposal(one),
      store.saveProposal(other),
    ]);
    expect(await store.proposals("abc")).toEqual([one]);
    expect(await store.proposals("ab")).toHaveLength(2);
  });
});

describe("a journal", () => {
  it("keeps its order over segments, attempts and processes", async () => {
    const { start, records } = world();
    const all = entries(600);
    const one = await start("one").acquire();
    one.append("r", ...all.slice(0, 250));
    await one.release();
    const two = await start("two").acquire();
    two.append("r", ...all.slice(250, 251));
    two.append("r", ...all.slice(251));
    await two.release();
    expect(await start("reader").store.journal("r")).toEqual(all);
    const sizes = [...records.records]
      .filter(([key]) => key.startsWith("journal/"))
      .map(([, { value }]) => value.length);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(40_000);
  });

  it("writes together what comes while a write is under way", async () => {
    const { start, records } = world();
    const waiting: (() => void)[] = [];
    const before: BeforeOperation = async (operation, key) =>
      operation === "write" && key.startsWith("journal/")
        ? new Promise<void>((resolve) => waiting.push(resolve))
        : undefined;
    const lease = await start("one", before).acquire();
    for (const entry of entries(50)) {
      lease.append("r", entry);
      await settled();
    }
    const flushed = lease.flush();
    for (let n = 0; n < 2; n += 1) {
      waiting.pop()?.();
      await settled();
    }
    await flushed;
    expect(records.writes.filter(({ key }) => key.startsWith("journal/"))).toHaveLength(2);
    expect(await start("reader").store.journal("r")).toHaveLength(50);
  });

  it("writes an entry at once, and the many of a busy time together", async () => {
    const { start, records, time } = world();
    const lease = await start("one").acquire();
    const written = () => records.writes.filter(({ key }) => key.startsWith("journal/")).length;
    lease.append("r", ...entries(1));
    await settled();
    expect(written()).toBe(1);
    for (const entry of entries(50, 1)) {
      lease.append("r", entry);
      await time.advance(20);
    }
    await time.advance(200);
    expect(written()).toBe(6);
    expect(await start("reader").store.journal("r")).toHaveLength(51);
    await time.advance(1_000);
    lease.append("r", ...entries(1, 51));
    await settled();
    expect(written()).toBe(7);
  });

  it("never falls behind, however many batches end at once", async () => {
    const { start, time } = world();
    const lease = await start("one").acquire();
    lease.append("r", ...entries(2_000));
    await time.advance(0);
    for (let n = 0; n < 100; n += 1) await settled();
    expect((await start("reader").store.journal("r")).length).toBeGreaterThan(1_800);
  });

  it("goes on where a store was away for a while, with nothing lost and nothing twice", async () => {
    const { start, time } = world();
    let isAway = false;
    const lease = await start("one", () => (isAway ? away() : undefined)).acquire();
    lease.append("r", ...entries(2));
    await lease.flush();
    isAway = true;
    lease.append("r", ...entries(2, 2));
    const flushed = lease.flush();
    await time.advance(ttl / 2);
    lease.append("r", ...entries(2, 4));
    isAway = false;
    await time.advance(2_000);
    await flushed;
    await lease.flush();
    expect(
      (await start("reader").store.journal("r")).map((entry) => "model" in entry && entry.model),
    ).toEqual([0, 1, 2, 3, 4, 5].map((n) => `oso.model_${n}`));
  });

  it("says at the next flush that it cannot be written, and keeps what it could not write", async () => {
    const { start, time } = world();
    let isFull = true;
    const lease = await start("one", (operation, key) =>
      isFull && operation === "write" && key.startsWith("journal/") ? away() : undefined,
    ).acquire();
    lease.append("r", ...entries(1));
    const failed = errorOf(() => lease.flush());
    await time.advance(2 * ttl);
    expect((await failed).message).toBe("Nessie is away");
    expect(lease.lost.aborted).toBe(false);
    isFull = false;
    await lease.release();
    expect(await start("reader").store.journal("r")).toHaveLength(1);
  });

  it("that could not be written before the lease is given back is an error, and the lease is given back", async () => {
    const { start } = world();
    const denied = (): never => {
      throw new PipelineError("PERMISSION_DENIED", { message: "read-only" });
    };
    const one = start("one", (_, key) => (key.startsWith("journal/") ? denied() : undefined));
    const lease = await one.acquire();
    lease.append("r", ...entries(1));
    expect((await errorOf(() => lease.release())).code).toBe("PERMISSION_DENIED");
    expect(await one.store.leases()).toEqual([]);
  });

  it("writes nothing more once the lease is lost, and says so", async () => {
    const { start } = world();
    const lease = await start("one").acquire();
    lease.append("r", ...entries(1));
    await lease.flush();
    await start("operator").store.releaseLease("oso/trino");
    lease.append("r", ...entries(1, 1));
    expect((await errorOf(() => lease.flush())).code).toBe("LEASE_LOST");
    expect((await errorOf(() => lease.release())).code).toBe("LEASE_LOST");
    expect(await start("reader").store.journal("r")).toHaveLength(1);
  });

  it("is an error where one of its parts is gone", async () => {
    const { start, records } = world();
    const lease = await start().acquire();
    lease.append("r", ...entries(400));
    await lease.flush();
    records.records.delete("journal/r/000001");
    const error = await errorOf(() => start("reader").store.journal("r"));
    expect([error.code, error.message]).toEqual([
      "STATE_UNREADABLE",
      "memory has lost the record journal/r/000001",
    ]);
  });
});

describe("forgetting runs", () => {
  const fill = async (
    process: FakeProcess,
    statuses: readonly ("succeeded" | "abandoned" | "failed" | "running")[],
  ) => {
    const lease = await process.acquire();
    for (const [n, status] of statuses.entries()) {
      const id = `run-${n}`;
      await lease.saveRun(runRecord(id, { status }));
      await lease.savePlan(id, restatementPlan([]));
      lease.append(id, ...entries(1));
    }
    await lease.flush();
    return lease;
  };

  it("keeps the newest finished ones and every unfinished one", async () => {
    const { start, records } = world(2);
    const lease = await fill(start(), [
      "failed",
      "succeeded",
      "running",
      "abandoned",
      "succeeded",
      "succeeded",
    ]);
    await lease.release();
    expect([...records.records.keys()].toSorted()).toEqual(
      ["run-0", "run-2", "run-4", "run-5"]
        .flatMap((id) => [`journal/${id}/000001`, `plan/${id}`, `run/${id}`])
        .toSorted(),
    );
  });

  it("leaves those of other scopes alone", async () => {
    const { start } = world(0);
    const lease = await start().acquire();
    await lease.saveRun(runRecord("other", { scope: "other/trino" }));
    await lease.saveRun(runRecord("own"));
    await lease.release();
    expect((await start("reader").store.runs()).map(({ id }) => id)).toEqual(["other"]);
  });

  it("removes what is left of runs without a record, of its own scope", async () => {
    const { start, records } = world();
    const lease = await start("dead").acquire();
    await lease.savePlan("unbegun", restatementPlan([]));
    // One that is just beginning elsewhere.
    await lease.savePlan("beginning", restatementPlan([], { scope: "other/trino" }));
    await lease.savePlan("begun", restatementPlan([]));
    await lease.saveRun(runRecord("begun", { status: "running" }));
    await lease.savePlan("removed by hand", restatementPlan([]));
    lease.append("removed by hand", ...entries(1));
    await lease.flush();
    const version = records.records.get("run/begun")!.version;
    records.records.set("plan/broken", { value: "{", version });
    records.records.delete("lease/oso/trino");
    const next = start("next");
    await (await next.acquire()).release();
    expect([...records.records.keys()].toSorted()).toEqual([
      "plan/beginning",
      "plan/begun",
      "plan/broken",
      "run/begun",
    ]);
    expect(next.events).toEqual([]);
  });

  it("forgets proposals beyond the number kept, oldest first", async () => {
    const { start } = world(1);
    const one = start();
    for (const [digest, createdAt] of [
      ["new", "2026-03-01T00:00:00Z"],
      ["old", "2026-01-01T00:00:00Z"],
    ] as const)
      await one.store.saveProposal(restatementPlan([], { digest, createdAt }));
    const createdAt = "2025-01-01T00:00:00Z";
    await one.store.saveProposal(restatementPlan([], { digest: "foreign", scope: "x/y", createdAt }));
    await (await one.acquire()).release();
    expect((await one.store.proposals("")).map(({ digest }) => digest)).toEqual(["foreign", "new"]);
  });

  // Writes of a removal: the mark, the journal's only part, the plan, the mark again.
  it.each([1, 2, 3, 4])(
    "that a crash broke off before its write %i shows the run whole or not at all, and is finished later",
    async (crash) => {
      const { start, records } = world(0);
      await (await fill(start("filler"), ["running"])).release();
      let writes = -1;
      const lease = await start("crashing", (operation) => {
        if (operation === "write" && (writes += 1) >= crash) throw new Error("died");
      }).acquire();
      await expect(lease.removeRun("run-0")).rejects.toThrow("died");
      const { store } = start("reader");
      const shown = await store.runs();
      expect(shown.map(({ id }) => id)).toEqual(crash === 1 ? ["run-0"] : []);
      expect(await Promise.all(shown.map(async ({ id }) => store.plan(id)))).not.toContain(null);
      expect((await Promise.all(shown.map(async ({ id }) => store.journal(id)))).flat()).toHaveLength(
        shown.length,
      );
      records.records.delete("lease/oso/trino");
      await (await start("next").acquire()).release();
      expect([...records.records.keys()]).toHaveLength(crash === 1 ? 3 : 0);
    },
  );

  it("never fails a run", async () => {
    const { start, records } = world(0);
    const one = start();
    const lease = await one.acquire();
    await lease.saveRun(runRecord("run-0"));
    records.records.set("run/broken", { value: "{", version: records.records.get("run/run-0")!.version });
    await lease.release();
    expect(one.events).toEqual([
      expect.objectContaining({
        type: "notice",
        text: expect.stringContaining("old runs could not be put away"),
      }),
    ]);
    expect(await one.store.leases()).toEqual([]);
  });
});

describe("a record that cannot be read", () => {
  const whole = async () => {
    const { start, records } = world();
    const lease = await start().acquire();
    await lease.saveRun(runRecord("r"));
    const put = (value: string): void => {
      const record = records.records.get("run/r");
      if (record !== undefined) records.records.set("run/r", { ...record, value });
    };
    return { store: start("reader").store, put, value: records.records.get("run/r")?.value ?? "" };
  };

  it.each<[string, (value: string) => string, string]>([
    ["cut short", (value) => value.slice(0, -20), "it is not whole"],
    ["empty", () => "", "it is not whole"],
    ["something else", () => "[1]", "it is no record of oso-pipeline"],
    ["of another kind", (value) => value.replace('"kind":"run"', '"kind":"plan"'), "it is a plan, not a run"],
    ["without a field", (value) => value.replace('"status"', '"state"'), "status: "],
    [
      "without a schema",
      (value) => value.replace('"schema":1', '"schema":"1"'),
      "it is no record of oso-pipeline",
    ],
  ])("because it is %s is an error that names it, never a reset", async (_, spoil, why) => {
    const { store, put, value } = await whole();
    put(spoil(value));
    const error = await errorOf(() => store.runs());
    expect(error.code).toBe("STATE_UNREADABLE");
    expect(error.message).toContain(`the record run/r in memory cannot be read: ${why}`);
  });

  it("because a later release wrote it asks for an upgrade", async () => {
    const { store, put, value } = await whole();
    put(value.replace('"schema":1', '"schema":2').replace('"status"', '"state"'));
    const error = await errorOf(() => store.runs());
    expect([error.code, error.hint]).toEqual(["VERSION_UNSUPPORTED", expect.stringContaining("upgrade")]);
  });

  it("is no lease that could be taken", async () => {
    const { start, records } = world();
    await start("one").acquire();
    const record = records.records.get("lease/oso/trino");
    if (record !== undefined) records.records.set("lease/oso/trino", { ...record, value: "{}" });
    expect((await errorOf(() => start("two").acquire())).code).toBe("STATE_UNREADABLE");
    expect((await errorOf(() => start("two").store.leases())).code).toBe("STATE_UNREADABLE");
  });
});
