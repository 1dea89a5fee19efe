import { describe, expect, it } from "vitest";
import { undecided } from "../../../src/restatement/refusals.js";
import type { Undecided } from "../../../src/restatement/unfinished.js";

const inFlight: Undecided = {
  model: "oso.custom",
  interval: { start: "2026-01-02T00:00:00Z", end: "2026-01-03T00:00:00Z" },
  commits: [{ hash: "c1".padEnd(64, "0"), table: "sqlmesh.custom", queryId: "q1", by: "unknown" }],
};
const gap: Undecided = { ...inFlight, model: "oso.merged", commits: [] };

describe("a run about which a person has to decide", () => {
  it("is told the commits that may be its batch, and what to say then", () => {
    const { message, hint, next } = undecided("r1", [inFlight]);
    expect(message).toBe(
      "the run died while it wrote to models that must not be written twice, and main has commits that fit: oso.custom 2026-01-02 to 2026-01-03 (c10000000000)",
    );
    expect(hint).toContain(
      "look at the commits, then `oso-pipeline resume r1 --written oso.custom` if this batch",
    );
    expect(next.map(({ command }) => command)).toEqual([
      "oso-pipeline resume r1 --written oso.custom",
      "oso-pipeline resume r1 --rebuild oso.custom",
    ]);
  });

  it("is told of a gap that it is one, for no commit speaks of it and there are batches after it", () => {
    const { message, hint, next } = undecided("r1", [gap]);
    expect(message).toBe(
      "nothing tells of a batch though later ones are stored, of models that must not be written twice: oso.merged 2026-01-02 to 2026-01-03",
    );
    expect(hint).toContain(
      "look at the table, then `oso-pipeline resume r1 --written oso.merged` if this batch is there, else",
    );
    expect(next.map(({ does }) => does)).toEqual([
      "if its missing batch is there",
      "else: restates this model from its start",
    ]);
  });

  it("is told of all of them, each with its two commands", () => {
    const { message, next } = undecided("r1", [gap, inFlight]);
    expect(message).toMatch(/commits that fit: oso\.custom .*; nothing tells of a batch .*: oso\.merged /);
    expect(next.map(({ command }) => command.split(" ").slice(3).join(" "))).toEqual([
      "--written oso.merged",
      "--rebuild oso.merged",
      "--written oso.custom",
      "--rebuild oso.custom",
    ]);
  });
});
