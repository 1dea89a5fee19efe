import { describe, expect, it } from "vitest";
import { fileLook } from "../../../src/doctor/file-look.js";
import type { ContentChange, ContentMark } from "../../../src/release/ports.js";
import { FakeReferenceStore, hash } from "../../support/fake-reference-store.js";

const mark = (kind: "table" | "view"): ContentMark => ({ kind, rows: "1", columns: "1" });
const changed = (name: string, to: ContentMark | null = mark("table")): ContentChange => ({
  name,
  from: null,
  to,
});

function look(pages: readonly (readonly ContentChange[])[], most: number) {
  const read: string[] = [];
  let pagesAsked = 0;
  const files = fileLook(
    {
      comparison: {
        async *changes() {
          for (const page of pages) {
            pagesAsked += 1;
            yield page;
          }
        },
        kinds: async () => new Map(),
        facts: async () => null,
      },
      files: {
        manifests: async (tables) => {
          read.push(...tables.map(({ table }) => table));
          return new Map(
            tables.map(({ table }) => [table, table.endsWith("gone") ? { error: "no file" } : sample]),
          );
        },
        unopenable: async () => [],
      },
      store: new FakeReferenceStore([hash("a1")]),
      ledger: { releases: async () => [] },
      branch: "main",
    },
    most,
  );
  return { files, read, pagesAsked: () => pagesAsked };
}

const sample = { files: 0, paths: [] };

describe("the look for missing files", () => {
  it("tells the tables that cannot be read, and how many it looked at", async () => {
    const { files } = look([[changed("a.kept"), changed("a.gone"), changed("a.view", mark("view"))]], 10);
    expect(await files.unreadable(hash("b1"), hash("a1"))).toEqual({
      tables: [{ table: "a.gone", error: "no file" }],
      looked: 2,
      isAll: true,
    });
  });

  it("asks after no more tables, and no more pages of them, than it may", async () => {
    const { files, read, pagesAsked } = look(
      [[changed("a.1"), changed("a.2")], [changed("a.3"), changed("a.4")], [changed("a.5")]],
      3,
    );
    expect(await files.unreadable(hash("b1"), hash("a1"))).toMatchObject({ looked: 3, isAll: false });
    expect(read).toEqual(["a.1", "a.2", "a.3"]);
    expect(pagesAsked()).toBe(2);
  });
});
