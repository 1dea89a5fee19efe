import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { HeldLease } from "../../../src/restatement/ports.js";
import { drainOwn, type LeaseParts, underLease } from "../../../src/restatement/under-lease.js";
import { errorOf } from "../../support/errors.js";
import { FakeEngine } from "../../support/fake-engine.js";
import { alice } from "../../support/restatement-plans.js";

const leased = {
  run: "1",
  scope: "oso/trino",
  trigger: { source: "manual", key: null, by: alice, link: null },
  waitMilliseconds: 0,
} as const;

/** A lease, and all that happens to it and in Trino. */
function surroundings({ unwritten }: { readonly unwritten?: PipelineError } = {}) {
  const happened: string[] = [];
  const losing = new AbortController();
  const engine = new FakeEngine([]);
  engine.close = async () => void happened.push("bridge closed");
  const lease: HeldLease = {
    takenFrom: null,
    lost: losing.signal,
    onRenewed: (listener) => listener(1000),
    saveRun: async () => undefined,
    saveKnownModels: async () => undefined,
    savePlan: async () => undefined,
    append: () => undefined,
    flush: async () => undefined,
    removeRun: async () => undefined,
    release: async () => {
      happened.push("released");
      if (unwritten) throw unwritten;
    },
  };
  const open = new Set(["left behind"]);
  const parts: LeaseParts = {
    engine,
    state: {
      runs: async () => [],
      plan: async () => null,
      journal: async () => [],
      knownModels: async () => [],
      approvals: async () => [],
      saveApproval: async () => undefined,
      saveProposal: async () => undefined,
      proposals: async () => [],
      leases: async () => [],
      releaseLease: async () => null,
      acquire: async () => lease,
    },
    queries: {
      ofSource: async (source, signal) => {
        signal?.throwIfAborted();
        return source === "oso-pipeline:1" ? [{ id: "left behind", ended: !open.has("left behind") }] : [];
      },
      showsQueriesOf: async () => true,
      kill: async (query) => {
        happened.push(`${query} ended`);
        open.delete(query);
      },
    },
    report: () => undefined,
    signal: AbortSignal.abort(new PipelineError("INTERRUPTED", { message: "interrupted" })),
    now: () => 0,
    monotonic: () => 0,
    sleep: async () => undefined,
    host: { name: "here", pid: 1 },
    clientTimeoutMilliseconds: 1000,
  };
  return { parts, lease, happened, lose: (why: PipelineError) => losing.abort(why) };
}

describe("work under a lease", () => {
  it("tells what it has done though its journal could not be written to its end", async () => {
    const unwritten = new PipelineError("SERVICE_UNAVAILABLE", { message: "the state is away" });
    const { parts, happened } = surroundings({ unwritten });
    expect(await underLease(parts, leased, async () => "all that was done")).toBe("all that was done");
    expect(happened).toEqual(["released"]);
  });

  it("that breaks because the lease was lost tells that, and is released all the same", async () => {
    const { parts, happened, lose } = surroundings();
    const why = new PipelineError("LEASE_LOST", { message: "somebody else has it" });
    const error = await errorOf(() =>
      underLease(parts, leased, async () => {
        lose(why);
        throw new Error("the bridge is gone");
      }),
    );
    expect(error).toBe(why);
    expect(happened).toEqual(["bridge closed", "released"]);
  });
});

describe("what a run that is broken off has left in Trino", () => {
  it("is ended once its bridge is gone, after Ctrl-C too", async () => {
    const { parts, lease, happened } = surroundings();
    await drainOwn(parts, lease, "1");
    expect(happened).toEqual(["bridge closed", "left behind ended"]);
  });

  it("is left to whoever has the lease now, for it may be of theirs", async () => {
    const { parts, lease, happened, lose } = surroundings();
    lose(new PipelineError("LEASE_LOST", { message: "somebody else has it" }));
    await drainOwn(parts, lease, "1");
    expect(happened).toEqual(["bridge closed"]);
  });

  it("does not fail the run where it cannot be ended", async () => {
    const { parts, lease } = surroundings();
    const ofSource = () => Promise.reject(new PipelineError("SERVICE_UNAVAILABLE", { message: "away" }));
    await expect(
      drainOwn({ ...parts, queries: { ...parts.queries, ofSource } }, lease, "1"),
    ).resolves.toBeUndefined();
  });
});
