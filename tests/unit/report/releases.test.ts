import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import type { Comparison, Difference } from "../../../src/release/diff.js";
import { disagreementInWords } from "../../../src/release/disagreement.js";
import type { ReleaseList } from "../../../src/release/history.js";
import { renderComparison } from "../../../src/report/text/diff.js";
import { renderPhysicalNames } from "../../../src/report/text/models.js";
import { renderRelease, renderReleases } from "../../../src/report/text/releases.js";
import { renderRollback } from "../../../src/report/text/rollback.js";
import { hash } from "../../support/fake-reference-store.js";
import { releaseOf } from "../../support/releases.js";
import { terminalOf } from "./fixtures.js";

const widths = [60, 80, 200];
const widest = (text: string): number => Math.max(...text.split("\n").map((line) => stringWidth(line)));

const unverified = releaseOf(2, {
  attestation: null,
  reason: "Trino was down; the numbers were looked at by hand",
});
const back = releaseOf(3, {
  rollbackTo: 1,
  reason: "events were counted twice",
  run: "20261103-142051-3f9a",
});
const list: ReleaseList = {
  consumer: { tag: "consumer", hash: hash("b3"), release: 3 },
  releases: [
    { ...back, seen: true },
    { ...unverified, seen: false },
    { ...releaseOf(1, { tag: null }), seen: false },
  ],
  total: 3,
  disagreements: [],
};

const commit = (asked: string, base: string, release: number | null) => ({ asked, base, at: base, release });
const content = (rows: number, exact = true) => ({ physical: null, rows: { rows, exact } });
const difference = (name: string, more: Partial<Difference>): Difference => ({
  name,
  kind: "table",
  change: "changed",
  ways: [],
  from: null,
  to: null,
  columns: [],
  looked: true,
  ...more,
});
const comparison: Comparison = {
  from: commit("consumer", hash("a3"), 3),
  to: commit("main", hash("a9"), null),
  differences: [
    difference("oso.added", { change: "added", to: content(12_345) }),
    difference("oso.int_events__github_with_a_long_name", {
      kind: "model",
      ways: ["version", "columns"],
      from: content(6_001_215),
      to: content(5_900_000, false),
      columns: [
        { column: "event_source_id", from: null, to: "string" },
        { column: "amount", from: "int", to: "long" },
        { column: "old", from: "date", to: null },
      ],
    }),
    difference("oso.removed", { change: "removed", kind: "view", from: { physical: null, rows: null } }),
  ],
  others: [{ name: "sqlmesh__oso.oso__mart__1", kind: "table", change: "removed" }],
};

describe("the list of releases in words", () => {
  it.each(widths)(
    "fits %i columns, and always says what was not verified and what readers see",
    (columns) => {
      const text = renderReleases(list, terminalOf(columns));
      expect(widest(text)).toBeLessThanOrEqual(columns);
      expect(text).toMatch(/^ +3 +seen now +2026-11-03 14:20 +attested/m);
      expect(text).toMatch(/^ +2 +published +2026-11-02 14:20 +without verif/m);
    },
  );

  it("tells why, and to which release one went back, where there is room", () => {
    const text = renderReleases(list, terminalOf(300));
    expect(text).toContain("without verification: Trino was down; the numbers were looked at by hand");
    expect(text).toContain("back to release 1: events were counted twice");
    expect(text).toContain("20261103-142051-3f9a");
  });

  it("names the next commands, and no way back before there is one", () => {
    expect(renderReleases(list, terminalOf(80))).toContain("oso-pipeline rollback --dry-run");
    const first = { ...list, releases: list.releases.slice(2), total: 1 };
    expect(renderReleases(first, terminalOf(80))).not.toContain("rollback");
    const none = renderReleases({ ...list, releases: [], total: 0 }, terminalOf(80));
    expect(none).toContain("Nothing was released yet.");
    expect(none).toContain("oso-pipeline tag-consumer");
  });

  it.each([
    ["tag-missing", "the tag t is gone: nothing keeps the files of release 2 any more"],
    ["tag-moved", "the tag t stands at e4e4e4e4e4e4, and release 2 is b2b2b2b2b2b2: it is not trusted"],
    ["tag-unknown", "the tag t stands at e4e4e4e4e4e4, and no release was made with it: it is not trusted"],
    ["consumer-missing", "there is no tag t: readers see nothing"],
    [
      "consumer-unknown",
      "the tag t stands at e4e4e4e4e4e4, which is no release: it was moved by something else",
    ],
    [
      "consumer-elsewhere",
      "the tag t stands at release 2, and another was published last (b2b2b2b2b2b2): it was moved by something else",
    ],
  ] as const)("says what does not agree: %s", (kind, expected) => {
    const found = { kind, tag: "t", release: 2, expected: hash("b2"), found: hash("e4") };
    expect(disagreementInWords(found)).toBe(expected);
    expect(renderReleases({ ...list, disagreements: [found] }, terminalOf(250))).toContain(`! ${expected}`);
  });
});

describe("one release in words", () => {
  it("names every view that is not what it seems", () => {
    const release = {
      ...releaseOf(2, {
        views: {
          policy: "seal",
          sealedBy: "hash",
          sealed: 41,
          kept: 39,
          notPinned: [{ view: "oso.fresh", what: "now" }],
          broken: [{ view: "oso.old", what: "oso.gone is not there" }],
          leaking: ["oso.leak"],
        },
      }),
      seen: false,
    };
    const text = renderRelease({ release, disagreements: [] }, terminalOf(80));
    expect(text).toContain("oso.fresh: now");
    expect(text).toContain("oso.old: oso.gone is not there");
    expect(text).toMatch(/^ {2}oso\.leak$/m);
    expect(text).toContain("41 views sealed, 39 of them kept from an earlier release");
    expect(text).toContain(hash("b2"));
    expect(text).toContain("oso-pipeline diff 1 2");
    expect(text).toContain("oso-pipeline rollback 2 --dry-run");
  });

  it("leads to no way back to one that was withdrawn", () => {
    const release = { ...releaseOf(2, { status: "withdrawn", trouble: "it was broken off" }), seen: false };
    const text = renderRelease({ release, disagreements: [] }, terminalOf(80));
    expect(text).toContain("it was broken off");
    expect(text).not.toContain("rollback");
  });
});

describe("a comparison in words", () => {
  it.each(widths)("fits %i columns with rows before and after", (columns) => {
    const text = renderComparison(comparison, terminalOf(columns));
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain("consumer, release 3 (a3a3a3a3a3a3) → main (a9a9a9a9a9a9)");
    expect(text).toMatch(/6 001 215 +~5 900 000/);
    expect(text).toContain("1 changed, 1 added, 1 removed");
    expect(text).toContain("besides, one table or view of other environments or old");
  });

  it("tells by how many rows and in which columns, where there is room", () => {
    const text = renderComparison(comparison, terminalOf(200));
    expect(text).toContain("−101 215  +event_source_id string, amount int → long, −old");
    expect(text).toContain("new version, columns");
    expect(text).toContain("removed, a view");
  });

  it("says how many it has not looked at, and how to", () => {
    const unlooked = { ...comparison, differences: [difference("oso.a", { looked: false })] };
    const text = renderComparison(unlooked, terminalOf(80));
    expect(text).toContain("1 name more not looked at");
    expect(text).toContain("oso-pipeline diff consumer main --all");
  });

  it("says when nothing differs", () => {
    const same = { ...comparison, to: comparison.from, differences: [], others: [] };
    expect(renderComparison(same, terminalOf(80))).toContain(
      "Nothing differs: both are made of the same commit.",
    );
    const nothing = { ...comparison, differences: [], others: [] };
    expect(renderComparison(nothing, terminalOf(80))).toContain("Nothing that readers query differs.");
  });
});

describe("a way back in words", () => {
  const result = {
    outcome: "would-publish",
    consumerTag: "consumer",
    from: { base: hash("a3"), at: hash("b3"), release: 3 },
    to: hash("a2"),
    backwards: true,
    rollbackTo: 2,
    release: null,
    verification: null,
    views: null,
    recovered: [],
    pruned: [],
    changes: comparison,
  } as const;

  it.each(widths)("fits %i columns, shows what readers would see otherwise, and how to go on", (columns) => {
    const text = renderRollback(result, terminalOf(columns));
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain("What consumer would show otherwise");
    expect(text).toContain("oso-pipeline rollback 2");
  });

  it("can be taken back", () => {
    const text = renderRollback({ ...result, outcome: "published", release: releaseOf(4) }, terminalOf(80));
    expect(text).toContain("What consumer shows otherwise now");
    expect(text).toContain("oso-pipeline rollback 3");
  });
});

describe("the tables behind models in words", () => {
  const names = {
    at: commit("consumer", hash("a3"), 3),
    seen: true,
    models: [
      {
        name: "oso.mart",
        physical: "sqlmesh__oso.oso__mart__1005879175",
        query: "iceberg_consumer.sqlmesh__oso.oso__mart__1005879175",
        pinned: `iceberg_consumer.sqlmesh__oso."oso__mart__1005879175#${hash("b3")}"`,
      },
      { name: "oso.vm", physical: null, query: null, pinned: null },
    ],
  };

  it.each(widths)("are never cut, in %i columns", (columns) => {
    const text = renderPhysicalNames(names, terminalOf(columns));
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain("iceberg_consumer.sqlmesh__oso.oso__mart__1005879175");
    expect(text).toMatch(/query them by their names\n {2}oso\.vm/);
  });

  it("say that they need a commit where readers see another", () => {
    expect(renderPhysicalNames({ ...names, seen: false }, terminalOf(80))).toContain('"#a3a3a3a3a3a3…"');
  });
});
