import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { HeldLease } from "../../../src/restatement/ports.js";
import { errorOf } from "../../support/errors.js";
import { FakeTime, settled } from "../../support/fake-clock.js";
import { FakeRecordStore, type BeforeOperation } from "../../support/fake-record-store.js";
import { runRecord } from "../../support/restatement-plans.js";
import { FakeMachines, FakeProcess, scope, ttl } from "../../support/state-store.js";

function world() {
  const time = new FakeTime();
  const records = new FakeRecordStore();
  const machines = new FakeMachines();
  const start = (
    name: string,
    options: { before?: BeforeOperation; ahead?: number; machine?: string; pid?: number } = {},
  ): FakeProcess => {
    const { before, ahead = 0, ...rest } = options;
    return new FakeProcess(name, {
      records: records.client(before),
      clock: time.clock({ ahead }),
      machines,
      ...rest,
    });
  };
  return { time, records, machines, start };
}

/** What became of a promise by now: `pending`, `done` or an error's code. */
function watched<T>(promise: Promise<T>): { readonly now: () => Promise<string> } {
  let state = "pending";
  promise.then(
    () => (state = "done"),
    (thrown: unknown) => (state = thrown instanceof PipelineError ? thrown.code : String(thrown)),
  );
  return {
    now: async () => {
      await settled();
      return state;
    },
  };
}

const away = (): never => {
  throw new PipelineError("SERVICE_UNAVAILABLE", { message: "Nessie is away" });
};

const reasonOf = ({ lost }: HeldLease): PipelineError => {
  if (lost.reason instanceof PipelineError) return lost.reason;
  throw new Error(`not lost: ${String(lost.reason)}`);
};

describe("taking a lease that nobody holds", () => {
  it("succeeds at once and says who holds it", async () => {
    const { start } = world();
    const one = start("one");
    const lease = await one.acquire();
    expect(lease.takenFrom).toBeNull();
    expect(await one.store.leases()).toEqual([
      expect.objectContaining({ scope, run: "one", holder: "this-host", ttlMilliseconds: ttl }),
    ]);
    expect(await start("two").store.leases()).toMatchObject([{ run: "one", holder: "other-host" }]);
    expect(one.events).toEqual([]);
  });

  it("is free again after it was given back, twice as well as once", async () => {
    const { start } = world();
    const lease = await start("one").acquire();
    await Promise.all([lease.release(), lease.release()]);
    await lease.release();
    expect((await start("two").acquire()).takenFrom).toBeNull();
  });

  it("is won by one of two that come at the same moment; the other then finds it held", async () => {
    const { start, time } = world();
    const both = [start("one"), start("two")].map((process) => watched(process.acquire()));
    await time.advance(ttl / 2);
    expect((await Promise.all(both.map(({ now }) => now()))).toSorted()).toEqual(["LEASE_HELD", "done"]);
  });

  it("is of one scope only", async () => {
    const { start } = world();
    await start("one").acquire();
    await start("two").acquire({ scope: "oso/other" });
    expect(await start("three").store.leases()).toHaveLength(2);
  });
});

describe("a lease that another holds", () => {
  it("is refused at the holder's next heartbeat, naming the holder and what to do", async () => {
    const { start, time } = world();
    await start("one", { pid: 4711 }).acquire();
    const two = start("two");
    const refused = errorOf(() => two.acquire());
    await time.advance(ttl / 2);
    const error = await refused;
    expect(error.code).toBe("LEASE_HELD");
    expect(error.message).toBe(
      "run one of alice on host of one (process 4711) has held the lease on oso/trino since 2026-11-21 14:20 UTC",
    );
    expect(error.hint).toContain("oso-pipeline lease show");
    expect(error.hint).toContain("--wait");
    expect(two.waits).toEqual(["a sign of life from run one of alice on host of one (process 4711)"]);
  });

  it("is not refused before the holder has shown that it lives", async () => {
    const { start, time } = world();
    await start("one").acquire();
    const two = watched(start("two").acquire());
    await time.advance(ttl / 5);
    expect(await two.now()).toBe("pending");
  });

  it("is taken over when nothing was heard of the holder for its time to live, and not before", async () => {
    const { start, time } = world();
    let dead = false;
    await start("one", {
      before: async () => (dead ? new Promise<never>(() => undefined) : undefined),
    }).acquire();
    dead = true;
    const two = start("two");
    const lease = two.acquire();
    await time.advance(ttl - 1);
    expect(await watched(lease).now()).toBe("pending");
    await time.advance(ttl / 20);
    expect((await lease).takenFrom).toMatchObject({ run: "one" });
    expect(two.events.at(-1)).toMatchObject({ type: "waiting", longest: ttl });
  });

  it("is judged by the observer's own clock, however far apart the clocks are", async () => {
    const { start, time } = world();
    await start("one", { ahead: -600_000 }).acquire();
    const early = watched(start("two", { ahead: 86_400_000 }).acquire());
    await time.advance(ttl);
    expect(await early.now()).toBe("LEASE_HELD");
  });

  it("is not taken by an observer that slept meanwhile, as long as its holder lives", async () => {
    const { start, time } = world();
    const one = await start("one").acquire();
    let asleep = false;
    const gates: (() => void)[] = [];
    const before = async (): Promise<void> =>
      asleep ? new Promise<void>((resolve) => gates.push(resolve)) : undefined;
    const two = watched(start("two", { before }).acquire());
    await settled();
    asleep = true;
    await time.advance(10 * ttl);
    asleep = false;
    for (const open of gates) open();
    expect(await two.now()).toBe("LEASE_HELD");
    expect(one.lost.aborted).toBe(false);
  });

  it("is taken over at once when the holder's process on this machine is gone", async () => {
    const { start, machines } = world();
    await start("one", { machine: "laptop", pid: 10 }).acquire();
    machines.end("laptop", 10);
    const two = start("two", { machine: "laptop", pid: 11 });
    expect(await two.store.leases()).toMatchObject([{ run: "one", holder: "dead" }]);
    expect((await two.acquire()).takenFrom).toMatchObject({ run: "one", pid: 10 });
    expect(two.events).toEqual([]);
  });

  it("is taken over at once when another process has the holder's number by now", async () => {
    const { start, machines } = world();
    await start("one", { machine: "laptop", pid: 10 }).acquire();
    machines.start("laptop", 10, "born later");
    expect((await start("two", { machine: "laptop", pid: 11 }).acquire()).takenFrom).not.toBeNull();
  });

  it("is not taken for dead because this machine has no process of that number", async () => {
    const { start, time } = world();
    await start("one", { machine: "ci-7", pid: 10 }).acquire();
    const two = watched(start("two", { machine: "laptop", pid: 11 }).acquire());
    await time.advance(ttl / 2);
    expect(await two.now()).toBe("LEASE_HELD");
  });
});

describe("waiting for a lease", () => {
  it("takes it as soon as the holder gives it back", async () => {
    const { start, time } = world();
    const one = await start("one").acquire();
    const two = start("two");
    const lease = two.acquire({ wait: 10 * ttl });
    await time.advance(3 * ttl);
    await one.release();
    await time.advance(1_000);
    expect((await lease).takenFrom).toBeNull();
    expect(two.waits.at(-1)).toBe("run one of alice on host of one (process 1) to finish");
  });

  it("ends when it is over and the holder lives", async () => {
    const { start, time } = world();
    await start("one").acquire();
    const two = watched(start("two").acquire({ wait: 3 * ttl }));
    await time.advance(3 * ttl - 2_000);
    expect(await two.now()).toBe("pending");
    await time.advance(4_000);
    expect(await two.now()).toBe("LEASE_HELD");
  });

  it("goes on beyond its end until it is known whether the holder lives", async () => {
    const { start, time } = world();
    await start("one", { before: (_, key) => (key === "run/x" ? away() : undefined) }).acquire();
    const two = watched(start("two").acquire({ wait: 1 }));
    await time.advance(ttl / 5);
    expect(await two.now()).toBe("pending");
    await time.advance(ttl / 5);
    expect(await two.now()).toBe("LEASE_HELD");
  });

  it("is broken off with the reason of the interruption", async () => {
    const { start, time } = world();
    await start("one").acquire();
    const two = start("two");
    const waiting = watched(two.acquire({ wait: ttl }));
    await time.advance(ttl / 2);
    two.stop.abort(new PipelineError("TERMINATED", { message: "told to end" }));
    expect(await waiting.now()).toBe("TERMINATED");
  });
});

describe("holding a lease", () => {
  it("keeps it for as long as heartbeats arrive, and tells how long it is certain", async () => {
    const { start, time } = world();
    const lease = await start("one").acquire();
    const told: number[] = [];
    lease.onRenewed((milliseconds) => told.push(milliseconds));
    expect(told).toEqual([0.75 * ttl]);
    await time.advance(10 * ttl);
    expect(told).toHaveLength(41);
    expect(lease.lost.aborted).toBe(false);
  });

  it("counts what is certain from before the heartbeat was sent", async () => {
    const { start, time } = world();
    const slow: (() => void)[] = [];
    let isSlow = false;
    const before = async (): Promise<void> =>
      isSlow ? new Promise<void>((resolve) => slow.push(resolve)) : undefined;
    const lease = await start("one", { before }).acquire();
    const told: number[] = [];
    lease.onRenewed((milliseconds) => told.push(milliseconds));
    isSlow = true;
    await time.advance(ttl / 4 + 7_000);
    isSlow = false;
    slow.pop()?.();
    await settled();
    expect(told.at(-1)).toBe(0.75 * ttl - 7_000);
  });

  it("survives a store that is away for less than its time to live", async () => {
    const { start, time } = world();
    let isAway = false;
    const lease = await start("one", { before: () => (isAway ? away() : undefined) }).acquire();
    isAway = true;
    await time.advance(0.9 * ttl);
    isAway = false;
    await time.advance(ttl);
    expect(lease.lost.aborted).toBe(false);
    await lease.saveRun(runRecord("one"));
  });

  it("is over, with the reason, when no heartbeat has arrived for the time to live", async () => {
    const { start, time } = world();
    let isAway = false;
    const one = start("one", { before: () => (isAway ? away() : undefined) });
    const lease = await one.acquire();
    isAway = true;
    await time.advance(ttl);
    expect(reasonOf(lease).code).toBe("LEASE_LOST");
    expect(reasonOf(lease).message).toContain("could not be renewed for 40 s: Nessie is away");
    isAway = false;
    expect((await errorOf(() => lease.saveRun(runRecord("one")))).code).toBe("LEASE_LOST");
    await lease.release();
    expect(await one.store.leases()).toEqual([]);
  });

  it("is over when heartbeats hang for the time to live", async () => {
    const { start, time } = world();
    let hangs = false;
    const before = async (): Promise<void> => (hangs ? new Promise(() => undefined) : undefined);
    const lease = await start("one", { before }).acquire();
    hangs = true;
    await time.advance(ttl);
    expect(reasonOf(lease).message).toContain("could not be renewed for 40 s");
  });

  it("is lost at the next heartbeat after an operator released it", async () => {
    const { start, time } = world();
    const lease = await start("one").acquire();
    const operator = start("operator");
    expect(await operator.store.releaseLease(scope)).toMatchObject({ run: "one" });
    expect(await operator.store.releaseLease(scope)).toBeNull();
    await time.advance(ttl / 3);
    expect(reasonOf(lease).message).toContain("run one has lost the lease on oso/trino");
    expect(reasonOf(lease).hint).toContain("oso-pipeline resume one");
  });

  it("is lost at the first write after another has taken it, and that write is not made", async () => {
    const { start, records } = world();
    const lease = await start("one").acquire();
    await start("operator").store.releaseLease(scope);
    await start("two").acquire();
    expect((await errorOf(() => lease.saveRun(runRecord("one")))).code).toBe("LEASE_LOST");
    expect(lease.lost.aborted).toBe(true);
    expect([...records.records.keys()]).toEqual([`lease/${scope}`]);
  });

  it("that was lost is not taken from the one who has it now", async () => {
    const { start } = world();
    const lease = await start("one").acquire();
    await start("operator").store.releaseLease(scope);
    const two = start("two");
    await two.acquire();
    await lease.release();
    expect(await two.store.leases()).toMatchObject([{ run: "two" }]);
  });

  it("is taken away although its heartbeats come in between", async () => {
    const { start, records, time } = world();
    const lease = await start("one").acquire();
    let beats = 3;
    const operator = start("operator", {
      before: async (operation) => {
        if (operation === "write" && (beats -= 1) > 0) await time.advance(ttl / 2);
      },
    });
    expect(await operator.store.releaseLease(scope)).toMatchObject({ run: "one" });
    expect(records.records.size).toBe(0);
    expect(lease.lost.aborted).toBe(false);
  });

  it("says so, and no more, when it cannot be given back", async () => {
    const { start } = world();
    let isAway = false;
    const one = start("one", { before: () => (isAway ? away() : undefined) });
    const lease = await one.acquire();
    isAway = true;
    await lease.release();
    expect(one.events).toEqual([
      expect.objectContaining({ level: "warning", text: expect.stringContaining("old runs") }),
      expect.objectContaining({ level: "warning", text: expect.stringContaining("has to run out") }),
    ]);
  });
});
