import { describe, expect, it } from "vitest";
import { attestationStore } from "../../../src/state/attestations.js";
import type { Attestation } from "../../../src/verification/attestation.js";
import { errorOf } from "../../support/errors.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { hash } from "../../support/fake-reference-store.js";

const attestation = (base: string, minute: number, more: Partial<Attestation> = {}): Attestation => ({
  digest: `of ${base}`,
  base: hash(base),
  configuration: "as configured",
  comparedWith: null,
  by: { name: "alice", from: "login" },
  at: new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString(),
  until: "2026-11-22T12:00:00.000Z",
  verdict: "passed",
  checks: [
    {
      model: "oso.a",
      check: "unique(id)",
      severity: "fail",
      outcome: "passed",
      expected: "id unique",
      observed: "none",
      inputs: null,
      from: null,
      where: "x.yaml:1:1",
    },
  ],
  unpinned: [],
  ...more,
});

describe("attestations", () => {
  it("are found by the commit they speak of", async () => {
    const store = attestationStore({ records: new FakeRecordStore() });
    await store.save(attestation("a1", 1));
    await store.save(attestation("b2", 2));
    expect(await store.of(hash("a1"))).toEqual(attestation("a1", 1));
    expect(await store.of(hash("c3"))).toBeNull();
  });

  it("are replaced by a later one of the same commit", async () => {
    const store = attestationStore({ records: new FakeRecordStore() });
    await store.save(attestation("a1", 1));
    await store.save(attestation("a1", 5, { verdict: "warned" }));
    expect(await store.of(hash("a1"))).toMatchObject({ verdict: "warned" });
    expect(await store.newest(9)).toHaveLength(1);
  });

  it("come newest first, whatever their commit", async () => {
    const store = attestationStore({ records: new FakeRecordStore() });
    await store.save(attestation("a1", 3));
    await store.save(attestation("f0", 1));
    await store.save(attestation("b2", 2));
    expect((await store.newest(2)).map(({ base }) => base)).toEqual([hash("a1"), hash("b2")]);
  });

  it("are forgotten beyond the newest of them", async () => {
    const store = attestationStore({ records: new FakeRecordStore(), keep: 2 });
    for (const [index, base] of ["f0", "a1", "b2"].entries()) await store.save(attestation(base, index));
    expect((await store.newest(9)).map(({ base }) => base)).toEqual([hash("b2"), hash("a1")]);
  });

  it("are saved although another process saves one of the same commit at the same moment", async () => {
    const records = new FakeRecordStore();
    const other = attestationStore({ records });
    let isFirst = true;
    const store = attestationStore({
      records: records.client(async (operation) => {
        if (operation === "read" || !isFirst) return;
        isFirst = false;
        await other.save(attestation("a1", 1));
      }),
    });
    await store.save(attestation("a1", 2));
    expect(await store.of(hash("a1"))).toEqual(attestation("a1", 2));
  });

  it("of a later release of the tool are refused, not misread", async () => {
    const records = new FakeRecordStore();
    const store = attestationStore({ records });
    await store.save(attestation("a1", 1));
    const stored = await records.read(`attestation/${hash("a1")}`);
    const later = (stored?.value ?? "").replace('"schema":1', '"schema":2');
    await records.write(`attestation/${hash("a1")}`, later, stored?.version ?? null);
    expect((await errorOf(() => store.of(hash("a1")))).code).toBe("VERSION_UNSUPPORTED");
  });
});
