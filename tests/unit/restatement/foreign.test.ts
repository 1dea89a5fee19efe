import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  foreignCommits,
  ownQueries,
  unaccountedCommits,
  type WrittenCommit,
} from "../../../src/restatement/foreign.js";
import type { JournalEntry } from "../../../src/restatement/runs.js";
import { hash } from "../../support/fake-reference-store.js";

const history = { model: "oso.history", table: "sqlmesh__oso.history__1" };
const interval = { start: "2024-01-01T00:00:00.000Z", end: "2024-01-02T00:00:00.000Z" };

const stored = (model: string, ...queries: string[]): JournalEntry => ({
  type: "batch-stored",
  attempt: 1,
  model,
  interval,
  rows: null,
  milliseconds: 1,
  auditsPassed: 0,
  auditsFailed: 0,
  queries,
});
const drained = (...queries: string[]): JournalEntry => ({ type: "queries-drained", attempt: 2, queries });

const commit = (digits: string, queryId: string | null, table = history.table): WrittenCommit => ({
  commit: { hash: hash(digits), table },
  queryId,
});

describe("foreign commits", () => {
  it("are those of none of the run's own queries, and those of nobody knows whom", () => {
    const own = ownQueries([stored("oso.history", "mine"), drained("dead")]);
    const commits = [commit("a1", "mine"), commit("a2", "theirs"), commit("a3", "dead"), commit("a4", null)];
    expect(foreignCommits(commits, own)).toEqual([
      { hash: hash("a2"), table: history.table, queryId: "theirs" },
      { hash: hash("a4"), table: history.table, queryId: null },
    ]);
  });
});

describe("unaccounted commits of a model", () => {
  it("are none where every commit is of a stored batch", () => {
    const journal = [stored("oso.history", "delete", "insert")];
    expect(unaccountedCommits(history, [commit("a1", "delete"), commit("a2", "insert")], journal)).toEqual(
      [],
    );
  });

  it("tell a dead attempt's from anybody else's", () => {
    const found = unaccountedCommits(
      history,
      [commit("a1", "first"), commit("a2", "second"), commit("a3", "theirs"), commit("a4", null)],
      [stored("oso.history", "first"), drained("first", "second")],
    );
    expect(found.map(({ queryId, by }) => [queryId, by])).toEqual([
      ["second", "dead-attempt"],
      ["theirs", "unknown"],
      [null, "unknown"],
    ]);
  });

  it("leave out other tables, and count no other model's batch for this one's", () => {
    const journal = [stored("oso.other", "shared")];
    const commits = [commit("a1", "shared"), commit("a2", "elsewhere", "sqlmesh__oso.other__1")];
    expect(unaccountedCommits(history, commits, journal).map(({ queryId }) => queryId)).toEqual(["shared"]);
  });

  it("are the commits that no stored batch names, in whatever order the journal came to be, and however often", () => {
    const id = fc.constantFrom("q1", "q2", "q3", "q4", "q5");
    const entry = fc.oneof(
      fc.array(id, { maxLength: 2 }).map((ids) => stored("oso.history", ...ids)),
      fc.array(id, { maxLength: 3 }).map((ids) => drained(...ids)),
    );
    fc.assert(
      fc.property(fc.array(entry), fc.array(fc.option(id)), (journal, writers) => {
        const commits = writers.map((writer, index) => commit(`a${index % 10}`, writer));
        const named = new Set(journal.flatMap((one) => (one.type === "batch-stored" ? one.queries : [])));
        const expected = writers.filter((writer) => writer === null || !named.has(writer));
        for (const told of [journal, journal.toReversed(), [...journal, ...journal]]) {
          expect(unaccountedCommits(history, commits, told).map(({ queryId }) => queryId)).toEqual(expected);
        }
      }),
    );
  });
});
