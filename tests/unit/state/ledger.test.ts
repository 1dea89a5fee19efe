import { describe, expect, it } from "vitest";
import type { Release } from "../../../src/release/release.js";
import { releaseLedger } from "../../../src/state/ledger.js";
import { errorOf } from "../../support/errors.js";
import { FakeTime, settled } from "../../support/fake-clock.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { alice, bob } from "../../support/restatement-plans.js";
import { FakeMachines, ttl } from "../../support/state-store.js";

const release = (number: number): Release => ({
  number,
  tag: `consumer-release-${number}`,
  status: "published",
  base: "b".repeat(64),
  sealed: "5".repeat(64),
  from: "f".repeat(64),
  after: number - 1,
  rollbackTo: null,
  by: alice,
  startedAt: "2026-11-21T14:20:51.000Z",
  endedAt: "2026-11-21T14:20:55.000Z",
  run: null,
  reason: null,
  attestation: "proof",
  views: {
    policy: "seal",
    sealedBy: "hash",
    sealed: 2,
    kept: 1,
    notPinned: [{ view: "oso.stamped", what: "now" }],
    broken: [],
    leaking: [],
  },
  leansOn: 1,
  marked: true,
  trouble: null,
});

function world() {
  const time = new FakeTime();
  const records = new FakeRecordStore();
  const machines = new FakeMachines();
  const publisher = (machine: string, pid: number, consumerTag = "consumer") => {
    machines.start(machine, pid);
    return releaseLedger({
      records: records.client(),
      consumerTag,
      ttlMilliseconds: ttl,
      now: () => new Date("2026-11-21T14:20:51.000Z"),
      clock: time.clock(),
      host: machines.host(machine),
      process: { host: machine, pid },
    });
  };
  return { time, records, machines, publisher };
}

const quiet = () => undefined;
const signal = new AbortController().signal;

describe("the ledger of releases", () => {
  it("gives every release back as it was, newest first, beyond nine and ninety-nine too", async () => {
    const { publisher } = world();
    const ledger = publisher("host-a", 1);
    const held = await ledger.acquire(alice, quiet, signal);
    for (const number of [2, 100, 9, 10]) await held.save(release(number));
    await held.giveBack();
    expect(await ledger.releases()).toEqual([100, 10, 9, 2].map(release));
  });

  it("is one for each consumer tag", async () => {
    const { publisher } = world();
    const held = await publisher("host-a", 1, "readers").acquire(alice, quiet, signal);
    await held.save(release(1));
    expect(await publisher("host-a", 1).releases()).toEqual([]);
    await publisher("host-b", 1).acquire(bob, quiet, signal);
  });

  it("keeps how views were sealed, until that is removed", async () => {
    const { publisher } = world();
    const ledger = publisher("host-a", 1);
    const held = await ledger.acquire(alice, quiet, signal);
    const view = { name: "oso.a", reads: ["oso.t"], sealedAt: "5".repeat(64), madeIn: 3, notPinned: [] };
    await held.saveManifest({ release: 3, views: [view] });
    expect(await ledger.manifest(3)).toEqual({ release: 3, views: [view] });
    await held.removeManifest(3);
    await held.removeManifest(3);
    expect(await ledger.manifest(3)).toBeNull();
  });

  it("lets one publish at a time, and tells the other who it is", async () => {
    const { publisher, time } = world();
    const held = await publisher("host-a", 4711).acquire(alice, quiet, signal);
    const refused = errorOf(() => publisher("host-b", 1).acquire(bob, quiet, signal));
    await time.advance(ttl / 2);
    expect(await refused).toMatchObject({
      code: "LEASE_HELD",
      exitCode: 8,
      message: expect.stringContaining("a publication of alice on host-a (process 4711)"),
    });
    await held.giveBack();
    await publisher("host-b", 1).acquire(bob, quiet, signal);
  });

  it("takes over at once from a publisher of this machine that is gone, and refuses its writes", async () => {
    const { publisher, machines } = world();
    const dead = await publisher("host-a", 4711).acquire(alice, quiet, signal);
    machines.end("host-a", 4711);
    const held = await publisher("host-a", 4712).acquire(bob, quiet, signal);
    await held.save(release(1));
    expect(await errorOf(() => dead.save(release(2)))).toMatchObject({ code: "LEASE_LOST" });
    await settled();
    expect(dead.lost.aborted).toBe(true);
  });
});
