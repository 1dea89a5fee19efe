import { describe, expect, it } from "vitest";
import { stateTrial } from "../../../src/state/trial.js";
import { errorOf } from "../../support/errors.js";
import { FakeRecordStore } from "../../support/fake-record-store.js";
import { PipelineError } from "../../../src/core/errors.js";

describe("a trial of whether records can be written", () => {
  it("leaves nothing, also not what a trial that died has left", async () => {
    const store = new FakeRecordStore();
    await store.client().write("doctor/dead", "{}", null);
    await store.client().write("run/1", "kept", null);
    await stateTrial(store.client()).write();
    expect([...store.records.keys()]).toEqual(["run/1"]);
    expect(store.writes.filter(({ value }) => value !== null).length).toBe(3);
  });

  it("goes on where another trial takes away the same at the same moment", async () => {
    const store = new FakeRecordStore();
    await store.client().write("doctor/dead", "{}", null);
    let isFirst = true;
    const client = store.client((operation, key) => {
      if (operation === "write" && key === "doctor/dead" && isFirst) {
        isFirst = false;
        store.records.delete(key);
      }
    });
    await stateTrial(client).write();
    expect(store.records.size).toBe(0);
  });

  it("fails as writing fails", async () => {
    const store = new FakeRecordStore();
    const client = store.client((operation) => {
      if (operation === "write") throw new PipelineError("PERMISSION_DENIED", { message: "read only" });
    });
    expect(await errorOf(() => stateTrial(client).write())).toMatchObject({ code: "PERMISSION_DENIED" });
  });
});
