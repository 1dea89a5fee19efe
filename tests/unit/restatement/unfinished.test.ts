import { describe, expect, it } from "vitest";
import type { Interval } from "../../../src/core/events.js";
import type { JournalEntry } from "../../../src/restatement/runs.js";
import {
  decide,
  foldJournal,
  refuseUnfounded,
  type Left,
  type LeftRequest,
  whatIsLeft,
} from "../../../src/restatement/unfinished.js";
import { errorOf } from "../../support/errors.js";
import {
  day,
  delicate,
  failedEntry,
  restated,
  restatementPlan,
  storedEntry,
  unaccounted,
} from "../../support/restatement-plans.js";

const span = (first: number, last: number): Interval => ({ start: day(first).start, end: day(last).end });
const range = (model: string, interval: Interval) => ({ model, interval });
const found = (model: string, interval: Interval, attempt = 2): JournalEntry => ({
  type: "batch-found",
  attempt,
  model,
  interval,
});
const rebuild = (model: string, attempt = 2): JournalEntry => ({
  type: "decided",
  attempt,
  model,
  decision: "rebuild",
  interval: null,
  commits: [],
});
const written = (model: string, interval: Interval, commits: string[] = [], attempt = 2): JournalEntry => ({
  type: "decided",
  attempt,
  model,
  decision: "written",
  interval,
  commits,
});

const plan = restatementPlan([restated("a", 5), restated("b", 1, { downstreamOf: ["a"] })]);
const left = (journal: readonly JournalEntry[], request: Partial<LeftRequest> = {}): Left =>
  whatIsLeft({ plan, journal, attempt: 2, found: [], unaccounted: new Map(), ...request });

describe("what is left of a restatement", () => {
  it("is all of it at first", () => {
    expect(left([])).toEqual({
      left: [range("a", span(0, 4)), range("b", day(0))],
      repeated: [],
      newlyFound: [],
      undecided: [],
      rebuilt: [],
      stored: 0,
      planned: 6,
      found: 0,
    });
  });

  it("is of a model what comes after its stored batches, and nothing of a finished one", () => {
    const journal = [0, 1, 2].map((n) => storedEntry("a", day(n)));
    expect(left(journal)).toMatchObject({
      left: [range("a", span(3, 4)), range("b", day(0))],
      stored: 3,
      repeated: [],
    });
    const more = [...journal, storedEntry("a", day(3)), storedEntry("a", day(4)), storedEntry("b", day(0))];
    expect(left(more)).toMatchObject({ left: [], stored: 6 });
  });

  it("is one range where stored batches lie between, which are repeated and named", () => {
    const journal = [0, 2, 4].map((n) => storedEntry("a", day(n)));
    expect(left(journal)).toMatchObject({
      left: [range("a", span(1, 3)), range("b", day(0))],
      repeated: [range("a", day(2))],
      stored: 3,
    });
  });

  it("leaves out what SQLMesh's state alone tells of, and names it for the journal", () => {
    const request = { found: [range("a", day(0)), range("a", day(1)), range("b", span(0, 3))] };
    expect(left([storedEntry("a", day(0))], request)).toMatchObject({
      left: [range("a", span(2, 4)), range("b", day(0))],
      newlyFound: [range("a", day(1))],
      stored: 2,
      found: 1,
    });
  });

  it("counts as found what an earlier attempt has found, until it is stored anew", () => {
    const journal = [found("a", day(0)), found("a", day(1)), storedEntry("a", day(1), { attempt: 2 })];
    expect(left(journal, { attempt: 3 })).toMatchObject({ stored: 2, found: 1, newlyFound: [] });
  });

  it("passes over batches and models that are not planned", () => {
    const journal = [storedEntry("a", span(0, 1)), storedEntry("gone", day(0)), found("b", day(1))];
    expect(left(journal)).toMatchObject({ stored: 0, planned: 6 });
  });

  it("does not take a stored child's word for its parent, nor restate it when a batch of the parent is repeated", () => {
    const journal = [storedEntry("b", day(0)), ...[0, 1, 3, 4].map((n) => storedEntry("a", day(n)))];
    expect(left(journal).left).toEqual([range("a", day(2))]);
  });
});

describe("a model that must not be written twice", () => {
  const only = restatementPlan([delicate("d", 4)]);
  const ask = (
    journal: readonly JournalEntry[],
    commits: string[] = [],
    request: Partial<LeftRequest> = {},
  ) =>
    whatIsLeft({
      plan: only,
      journal,
      attempt: 3,
      found: [],
      unaccounted: new Map([["d", commits.map(unaccounted)]]),
      ...request,
    });

  it("of which nothing is stored is restated from its first batch, whatever was written", () => {
    expect(ask([], ["c1"])).toMatchObject({ left: [range("d", span(0, 3))], undecided: [] });
  });

  it("goes on after its stored batches when every commit is explained", () => {
    expect(ask([storedEntry("d", day(0))])).toMatchObject({ left: [range("d", span(1, 3))], undecided: [] });
  });

  it("is undecided about its next batch when there is a commit that no stored batch explains", () => {
    expect(ask([storedEntry("d", day(0))], ["c1"])).toMatchObject({
      left: [],
      undecided: [{ model: "d", interval: day(1), commits: [unaccounted("c1")] }],
    });
  });

  it("is undecided also where SQLMesh's state tells of a batch whose queries nobody knows", () => {
    const { undecided } = ask([], ["c1"], { found: [range("d", day(0))] });
    expect(undecided).toEqual([{ model: "d", interval: day(1), commits: [unaccounted("c1")] }]);
  });

  it("is done when all is stored, whatever else was written", () => {
    const journal = [0, 1, 2, 3].map((n) => storedEntry("d", day(n)));
    expect(ask(journal, ["c1"])).toMatchObject({ left: [], undecided: [] });
  });

  it("is undecided about a hole, for it is never written out of order", () => {
    const { left: ranges, undecided } = ask([storedEntry("d", day(0)), storedEntry("d", day(2))]);
    expect(ranges).toEqual([]);
    expect(undecided).toEqual([{ model: "d", interval: day(1), commits: [] }]);
  });

  it("goes on after a batch that a person takes as written, and never asks about its commits again", () => {
    const journal = [storedEntry("d", day(0)), written("d", day(1), ["c1"])];
    expect(ask(journal, ["c1"])).toMatchObject({ left: [range("d", span(2, 3))], undecided: [], stored: 2 });
    expect(ask(journal, ["c1", "c2"]).undecided).toEqual([
      { model: "d", interval: day(2), commits: [unaccounted("c2")] },
    ]);
  });

  it("starts from its first batch when a person has it rebuilt, and counts what is stored from then on", () => {
    const journal = [storedEntry("d", day(0)), storedEntry("d", day(1)), rebuild("d")];
    expect(ask(journal, ["c1"])).toMatchObject({
      left: [range("d", span(0, 3))],
      undecided: [],
      rebuilt: ["d"],
      stored: 0,
    });
    const later = [...journal, storedEntry("d", day(0), { attempt: 2 })];
    expect(ask(later)).toMatchObject({ left: [range("d", span(1, 3))], rebuilt: ["d"], stored: 1 });
  });
});

describe("a rebuild", () => {
  const chain = restatementPlan([
    restated("a", 2),
    restated("b", 2, { downstreamOf: ["a"] }),
    delicate("c", 2, { downstreamOf: ["b"] }),
    restated("d", 2),
  ]);
  const all = chain.models.flatMap(({ model }) => [storedEntry(model, day(0)), storedEntry(model, day(1))]);
  const after = (journal: readonly JournalEntry[], request: Partial<LeftRequest> = {}): Left =>
    whatIsLeft({ plan: chain, journal, attempt: 3, found: [], unaccounted: new Map(), ...request });

  it("has everything downstream restated as well, and nothing else", () => {
    expect(after([...all, rebuild("a")])).toMatchObject({
      left: ["a", "b", "c"].map((model) => range(model, span(0, 1))),
      rebuilt: ["a", "b", "c"],
      stored: 2,
    });
    expect(after([...all, rebuild("c")])).toMatchObject({ rebuilt: ["c"], stored: 6 });
  });

  it("is over for a model once it is stored again", () => {
    const again = [storedEntry("a", day(0), { attempt: 2 }), storedEntry("a", day(1), { attempt: 2 })];
    expect(after([...all, rebuild("a"), ...again])).toMatchObject({ rebuilt: ["b", "c"], stored: 4 });
  });

  it("does not take SQLMesh's rows for batches stored since: they may be older than itself", () => {
    const rows = { found: [range("a", day(0)), range("b", day(1)), range("d", day(0))] };
    expect(after([...all, rebuild("a")], rows)).toMatchObject({ stored: 2, newlyFound: [] });
    const noted = [found("a", day(0)), rebuild("a"), found("a", day(0), 3)];
    expect(after(noted, rows)).toMatchObject({ stored: 1, newlyFound: [range("d", day(0))] });
  });

  it("makes void what is taken as written of a model downstream by the same word", () => {
    const journal = [storedEntry("c", day(0)), written("c", day(1)), rebuild("b")];
    expect(after(journal)).toMatchObject({ stored: 0, rebuilt: ["c"] });
  });

  it("said twice is one, even when the second arrives after batches were stored", () => {
    const journal = [...all, rebuild("a"), storedEntry("a", day(0), { attempt: 2 }), rebuild("a")];
    expect(after(journal).stored).toBe(3);
  });

  it("is not undone by what a dead attempt wrote down late", () => {
    expect(after([rebuild("a"), ...all]).stored).toBe(2);
  });
});

describe("what a person says of undecided batches", () => {
  const two = restatementPlan([delicate("oso.first", 3), delicate("oso.second", 3)]);
  const undecided = [
    { model: "oso.first", interval: day(1), commits: [unaccounted("c1")] },
    { model: "oso.second", interval: day(2), commits: [unaccounted("c2")] },
  ];

  it("is written down with the batch and the commits that it is about", () => {
    const said = [
      { model: "oso.first", decision: "written" },
      { model: "oso.second", decision: "rebuild" },
    ] as const;
    expect(decide(said, undecided, 4)).toEqual([
      {
        type: "decided",
        attempt: 4,
        model: "oso.first",
        decision: "written",
        interval: day(1),
        commits: ["c1"],
      },
      {
        type: "decided",
        attempt: 4,
        model: "oso.second",
        decision: "rebuild",
        interval: null,
        commits: ["c2"],
      },
    ]);
  });

  it("is nothing new about a model that is decided, so that the same command may come again", () => {
    expect(decide([{ model: "oso.first", decision: "written" }], [], 4)).toEqual([]);
  });

  it("cannot be both, nor about a model that is not restated", async () => {
    const both = [
      { model: "oso.first", decision: "written" },
      { model: "oso.first", decision: "rebuild" },
    ] as const;
    expect((await errorOf(() => refuseUnfounded(both, two.models))).code).toBe("USAGE");
    const typo = await errorOf(() =>
      refuseUnfounded([{ model: "oso.frst", decision: "written" }], two.models),
    );
    expect(typo).toMatchObject({ code: "USAGE", message: "the run restates no model oso.frst" });
    expect(typo.hint).toContain("oso.first");
  });
});

describe("what a journal says", () => {
  it("names a model's last failure, unless it has stored something in a later attempt", () => {
    const journal = [
      failedEntry("a", { attempt: 2, message: "second" }),
      failedEntry("a", { attempt: 1, message: "first" }),
      failedEntry("b", { attempt: 1 }),
      storedEntry("b", day(0), { attempt: 2 }),
    ];
    const { failures } = foldJournal(journal, plan);
    expect([...failures.values()].map(({ message }) => message)).toEqual(["second"]);
  });

  it("names a failed model although batches of it were stored in the same attempt", () => {
    const { failures } = foldJournal([failedEntry("a"), storedEntry("a", day(0))], plan);
    expect([...failures.keys()]).toEqual(["a"]);
  });
});
