import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hash } from "../../../src/core/commit.js";
import type { SealOrder } from "../../../src/release/ports.js";
import { keptViews } from "../../../src/release/kept-views.js";
import type { ManifestView } from "../../../src/release/release.js";
import { reads, SealableWarehouse } from "../../support/sealable-warehouse.js";

const view = (name: string, inputs: readonly string[], madeIn = 5): ManifestView => ({
  name,
  reads: inputs,
  sealedAt: "c",
  madeIn,
  notPinned: [],
});

const names = new Map<string, "table" | "view">([
  ["oso.t", "table"],
  ["oso.u", "table"],
  ["oso.v", "view"],
  ["oso.w", "view"],
  ["mart.top", "view"],
]);

const keep = (views: readonly ManifestView[], changed: readonly string[], overrides = {}): string[] => [
  ...keptViews({
    manifest: { release: 5, views },
    changed: new Set(changed),
    names,
    oldestKept: 1,
    ...overrides,
  }).keys(),
];

describe("a sealed view is kept", () => {
  const views = [view("oso.v", ["oso.t"]), view("oso.w", ["oso.u"]), view("mart.top", ["oso.v"])];

  it("as long as nothing below it has changed", () => {
    expect(keep(views, [])).toEqual(["oso.v", "oso.w", "mart.top"]);
    expect(keep(views, ["oso.u"])).toEqual(["oso.v", "mart.top"]);
    expect(keep(views, ["oso.t"])).toEqual(["oso.w"]);
    expect(keep(views, ["oso.v"])).toEqual(["oso.w"]);
    expect(keep(views, ["mart.top"])).toEqual(["oso.v", "oso.w"]);
  });

  it("only where all that it reads is there still, and a view that it reads is sealed", () => {
    expect(keep([view("oso.w", ["oso.gone"])], [])).toEqual([]);
    expect(keep([view("mart.top", ["oso.v"])], [])).toEqual([]);
    expect(keep([view("oso.dropped", ["oso.t"])], [])).toEqual([]);
  });

  it("only as long as the release is kept in which it was sealed, with all views above it", () => {
    const old = [view("oso.v", ["oso.t"], 2), view("oso.w", ["oso.u"], 3), view("mart.top", ["oso.v"], 3)];
    expect(keep(old, [], { oldestKept: 3 })).toEqual(["oso.w"]);
  });

  it("not where it reads itself", () => {
    expect(keep([view("oso.v", ["oso.w"]), view("oso.w", ["oso.v"])], [])).toEqual([]);
  });
});

/** Tables and views of which each reads some of those before it, and what a series of commits changes. */
const history = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 8 }))
  .chain(([tables, views]) => {
    const inputs = Array.from({ length: views }, (_, index) =>
      fc.uniqueArray(fc.nat({ max: tables + index - 1 }), { minLength: 0, maxLength: 3 }),
    );
    const change = fc.record({
      rows: fc.uniqueArray(fc.nat({ max: tables - 1 }), { maxLength: 2 }),
      texts: fc.uniqueArray(fc.nat({ max: views - 1 }), { maxLength: 1 }),
      without: fc.uniqueArray(fc.nat({ max: tables + views - 1 }), { maxLength: 1 }),
      goesBack: fc.boolean(),
    });
    return fc.record({
      tables: fc.constant(tables),
      inputs: fc.tuple(...inputs),
      changes: fc.array(change, { minLength: 1, maxLength: 6 }),
      keep: fc.integer({ min: 1, max: 4 }),
    });
  });

it("whatever is kept, each release reads its base all the way down, whatever becomes of main", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ tables, inputs, changes, keep: keptReleases }) => {
      const warehouse = new SealableWarehouse();
      const sealing = warehouse.sealing();
      const nameOf = (index: number): string =>
        index < tables ? `oso.t${index}` : `s${index % 3}.v${index - tables}`;
      const rows = Array.from({ length: tables }, () => 0);
      const editions = inputs.map(() => 0);
      const released: { base: Hash; expected: ReadonlyMap<string, unknown>; order: SealOrder["earlier"] }[] =
        [];

      for (const [index, { rows: rewritten, texts, without, goesBack }] of changes.entries()) {
        for (const table of rewritten) rows[table] = index + 1;
        for (const text of texts) editions[text] = index + 1;
        const all = [
          ...rows.map((row, table) => [nameOf(table), { rows: `${table}.${row}` }] as const),
          ...inputs.map((read, number) => {
            const { sql } = reads(...read.map(nameOf));
            return [nameOf(tables + number), { sql: `${sql} /* ${editions[number]} */` }] as const;
          }),
        ];
        const back = goesBack ? released.at(-2)?.base : undefined;
        const base =
          back ??
          warehouse.base(Object.fromEntries(all.filter((_, position) => !without.includes(position))));
        // A base is what main is at this moment, also where it is gone back to.
        warehouse.base(Object.fromEntries(warehouse.at(base)));
        const expected = new Map(
          [...warehouse.at(base).keys()].map((name) => [name, warehouse.rows(name, base)]),
        );
        const number = index + 1;
        const sealed = await sealing.seal({
          base,
          branch: `b${number}`,
          release: number,
          tag: `r${number}`,
          startedAt: "2026-03-01T00:00:00Z",
          earlier: released.at(-1)?.order ?? [],
          oldestKept: number - keptReleases + 1,
        });
        const manifest = sealed.manifest ?? { release: number, views: [] };
        released.push({
          base,
          expected,
          order: [{ base, sealed: sealed.hash, manifest: async () => manifest }],
        });

        for (const { name, reads: read, madeIn } of manifest.views) {
          expect(madeIn).toBeGreaterThan(number - keptReleases);
          const text = warehouse.text(name, sealed.hash);
          for (const below of manifest.views.filter((other) => read.includes(other.name))) {
            expect(text).toContain(`#${below.sealedAt}`);
            expect(warehouse.text(below.name, below.sealedAt)).toBe(warehouse.text(below.name, sealed.hash));
          }
        }
      }

      warehouse.base({});
      for (const { expected, order } of released) {
        for (const { sealed } of order) {
          for (const [name, answer] of expected) expect(warehouse.rows(name, sealed)).toEqual(answer);
        }
      }
    }),
    { numRuns: 100 },
  );
});
