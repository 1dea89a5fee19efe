import { describe, expect, it } from "vitest";
import { CrashPoints, requestName } from "../../support/crash-points.mjs";

function recording(): { points: CrashPoints; reached: string[] } {
  const reached: string[] = [];
  return { points: new CrashPoints((when, effect) => reached.push(`${when} ${effect}`)), reached };
}

class Store {
  #value = 0;
  readonly place = "here";
  append(by: number): number {
    this.#value += by;
    return this.#value;
  }
  async write(): Promise<void> {
    await Promise.resolve();
  }
  async refuse(): Promise<void> {
    await Promise.resolve();
    throw new Error("refused");
  }
  apply(report: (event: object) => void): void {
    report({ type: "phase" });
    report({ type: "batch-finished" });
  }
  onRenewed(listener: () => void): void {
    listener();
  }
}

describe("points to crash at", () => {
  it("a part that is observed does what it did, private state and properties included", () => {
    const { points } = recording();
    const store = points.observe("store", new Store());
    store.append(2);
    expect(store.append(3)).toBe(5);
    expect(store.place).toBe("here");
  });

  it("each call is an effect, told apart by how often it has come", () => {
    const { points, reached } = recording();
    const store = points.observe("store", new Store());
    store.append(1);
    store.append(1);
    expect(reached).toEqual([
      "before store.append#1",
      "after store.append#1",
      "before store.append#2",
      "after store.append#2",
    ]);
  });

  it("an effect of a promise is over when the promise settles, kept or not", async () => {
    const { points, reached } = recording();
    const store = points.observe("store", new Store());
    const written = store.write();
    expect(reached).toEqual(["before store.write#1"]);
    await written;
    expect(reached.at(-1)).toBe("after store.write#1");
    await expect(store.refuse()).rejects.toThrow("refused");
    expect(reached.at(-1)).toBe("after store.refuse#1");
  });

  it("a finished batch that is reported is an effect of its own, other events are none", () => {
    const { points, reached } = recording();
    const seen: object[] = [];
    points.observe("engine", new Store()).apply((event) => seen.push(event));
    expect(seen).toEqual([{ type: "phase" }, { type: "batch-finished" }]);
    expect(reached).toEqual([
      "before engine.apply#1",
      "before engine batch-finished#1",
      "after engine batch-finished#1",
      "after engine.apply#1",
    ]);
  });

  it("listening is no effect", () => {
    const { points, reached } = recording();
    points.observe("lease", new Store()).onRenewed(() => undefined);
    expect(reached).toEqual([]);
  });

  it("what is thrown before anything was done leaves the effect unfinished", () => {
    const { points, reached } = recording();
    const refuse = (): never => {
      throw new Error("refused");
    };
    expect(() => points.around("act", refuse)).toThrow("refused");
    expect(reached).toEqual(["before act#1"]);
  });

  const state = "/api/v2/trees/crash-state";
  const commit = (type: string, ...elements: string[]): string =>
    JSON.stringify({
      operations: [
        { type, key: { elements } },
        { type: "UNCHANGED", key: { elements: ["x"] } },
      ],
    });

  it.each([
    ["GET", "/api/v2/trees/main?fetch=ALL", "", "GET /api/v2/trees/main"],
    [
      "POST",
      `${state}%40${"0f".repeat(32)}/history/commit`,
      commit("PUT", "journal/20261121-161202-ae42/000001"),
      `POST ${state}@…/history/commit writes journal/…/000001`,
    ],
    [
      "POST",
      `${state}%40${"0f".repeat(32)}/history/commit`,
      commit("DELETE", "lease/crash/trino"),
      `POST ${state}@…/history/commit removes lease/crash/trino`,
    ],
    [
      "POST",
      `${state}%40${"0f".repeat(32)}/history/commit`,
      commit("PUT", "verification/20261122T021129576Z-4006604e7751"),
      `POST ${state}@…/history/commit writes verification/…`,
    ],
    [
      "POST",
      `${state}/contents`,
      JSON.stringify({ requestedKeys: [{ elements: ["run/20261121-161202-ae42"] }] }),
      `POST ${state}/contents reads run/…`,
    ],
    [
      "POST",
      `/api/v2/trees/%40${"0f".repeat(32)}/contents`,
      JSON.stringify({ requestedKeys: [{ elements: ["oso", "v2"] }, { elements: ["oso", "v1"] }] }),
      "POST /api/v2/trees/@…/contents reads oso.v1",
    ],
    [
      "POST",
      `${state}%40${"0f".repeat(32)}/history/commit`,
      JSON.stringify({
        operations: ["v2", "v1"].map((view) => ({ type: "PUT", key: { elements: ["oso", view] } })),
      }),
      `POST ${state}@…/history/commit writes oso.v1`,
    ],
    ["POST", "/v1/statement", "CALL system.runtime.kill_query(…)", "POST /v1/statement CALL"],
    [
      "DELETE",
      "/v1/statement/executing/20261121_145946_00978_tihwi/y1/2",
      "",
      "DELETE /v1/statement/executing/…/y1/2",
    ],
    ["GET", "/v1/statement/queued/20261121_145946_00978_tihwi/y1/2", "", null],
  ])("the request %s %s is called the same in every run", (method, path, body, name) => {
    expect(requestName(method, path, body)).toBe(name);
  });
});
