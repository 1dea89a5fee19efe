import { describe, expect, it } from "vitest";
import { findRun, newRunId } from "../../../src/restatement/run-id.js";
import { errorOf } from "../../support/errors.js";
import { runRecord } from "../../support/restatement-plans.js";

const ids = ["20261121-142051-3f9a", "20261121-142051-a001", "20261120-000000-0000"];
const runs = ids.map((id) => runRecord(id));

describe("the id of a run", () => {
  it("tells when it was started, in UTC, and one of 65536 at the same second", () => {
    const now = new Date("2026-11-21T14:20:51.999Z");
    expect(newRunId(now, () => 0.24845)).toBe("20261121-142051-3f9a");
    expect(newRunId(now, () => 0)).toBe("20261121-142051-0000");
    expect(newRunId(now, () => 1 - Number.EPSILON)).toBe("20261121-142051-ffff");
  });

  it("finds its run, also by as much of its beginning as is unambiguous", () => {
    expect(findRun(runs, "20261121-142051-3f9a").id).toBe("20261121-142051-3f9a");
    expect(findRun(runs, "20261121-142051-A").id).toBe("20261121-142051-a001");
    expect(findRun(runs, "20261120").id).toBe("20261120-000000-0000");
  });

  it("that is the beginning of another finds its own run", () => {
    expect(findRun([runRecord("20261121-142051-3f9a1"), ...runs], "20261121-142051-3f9a").id).toBe(
      "20261121-142051-3f9a",
    );
  });

  it("is refused where it is ambiguous, with those that are meant", async () => {
    const error = await errorOf(() => findRun(runs, "20261121"));
    expect(error).toMatchObject({ code: "RUN_UNKNOWN", exitCode: 2 });
    expect(error.hint).toBe("name one of 20261121-142051-3f9a, 20261121-142051-a001");
  });

  it("is refused where there is no such run, with the nearest", async () => {
    const error = await errorOf(() => findRun(runs, "20261121-142051-3f9b"));
    expect(error.message).toBe("there is no run 20261121-142051-3f9b");
    expect(error.hint).toContain("did you mean 20261121-142051-3f9a");
    expect((await errorOf(() => findRun([], "x"))).hint).toBe("`oso-pipeline runs` lists the runs there are");
    expect((await errorOf(() => findRun(runs, " "))).code).toBe("RUN_UNKNOWN");
  });
});
