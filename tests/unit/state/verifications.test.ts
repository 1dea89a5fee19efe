import { describe, expect, it } from "vitest";
import { decode, encodeJournal } from "../../../src/state/records.js";
import { verificationHistory } from "../../../src/state/verifications.js";
import type { Version } from "../../../src/state/ports.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { pastCheck, pastVerification } from "../../support/reports.js";

const at = (minute: number) =>
  pastVerification({ at: `2026-11-21T14:${String(minute).padStart(2, "0")}:00.000Z` });

describe("the history of verifications", () => {
  it("tells them newest first, failed ones too, as they were saved", async () => {
    const history = verificationHistory({ records: new FakeRecordStore() });
    const failed = pastVerification({
      at: "2026-11-21T15:00:00.000Z",
      verdict: "failed",
      checks: [pastCheck({ outcome: "failed", failingRows: 3, rowsQuery: "SELECT 1" })],
    });
    await history.save(at(1));
    await history.save(failed);
    expect(await history.newest(5)).toEqual([failed, at(1)]);
    expect(await history.newest(1)).toEqual([failed]);
  });

  it("forgets the oldest beyond the number to keep", async () => {
    const history = verificationHistory({ records: new FakeRecordStore(), keep: 3 });
    for (const minute of [1, 2, 3, 4, 5]) await history.save(at(minute));
    expect((await history.newest(10)).map((one) => one.at)).toEqual(
      [at(5), at(4), at(3)].map((one) => one.at),
    );
  });

  it("is one where the same was verified twice at the same moment", async () => {
    const history = verificationHistory({ records: new FakeRecordStore() });
    await history.save(at(1));
    await history.save(at(1));
    expect(await history.newest(10)).toHaveLength(1);
  });
});

describe("a journal of an older release", () => {
  it("is read, although it does not say when anything was stored", () => {
    const interval = { start: "2026-01-01T00:00:00.000Z", end: "2026-01-02T00:00:00.000Z" };
    const entries = [
      {
        type: "batch-stored",
        attempt: 1,
        model: "oso.a",
        interval,
        rows: 1,
        milliseconds: 5,
        auditsPassed: 0,
        auditsFailed: 0,
        queries: [],
      },
      { type: "step-ended", attempt: 1, step: "due", models: [], failures: [] },
      {
        type: "model-failed",
        attempt: 1,
        failure: { model: "oso.b", reason: "error", message: "x", audits: [] },
      },
    ];
    const value = encodeJournal(
      "r",
      entries.map((entry) => JSON.stringify(entry)),
    );
    const stored = { key: "journal/r/000001", value, version: "1" as Version };
    expect(decode("journal", "a folder", stored).entries).toEqual(entries);
  });
});
