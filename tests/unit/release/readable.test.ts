import { describe, expect, it } from "vitest";
import type {
  FileReader,
  FileSample,
  FilesUnreadable,
  SampledFile,
  TableToRead,
} from "../../../src/release/ports.js";
import { ReadableFiles } from "../../../src/release/readable.js";
import type { Release } from "../../../src/release/release.js";
import { targetAt } from "../../../src/release/target.js";
import { errorOf } from "../../support/errors.js";
import { FakeCatalog } from "../../support/fake-catalog.js";
import { FakeReferenceStore, hash } from "../../support/fake-reference-store.js";
import { releaseOf } from "../../support/releases.js";

const main = hash("a9");
const releases = [3, 2, 1].map((number) => releaseOf(number));
const target = (number: number) => targetAt(hash(`b${number}`), releases);

interface Lost {
  readonly manifests?: readonly string[];
  readonly files?: readonly string[];
}

/** Trino at commits whose files are partly gone. Every table has three files. */
class FakeFiles implements FileReader {
  readonly asked: TableToRead[] = [];
  readonly opened: SampledFile[] = [];

  constructor(private readonly lost: ReadonlyMap<string, Lost>) {}

  async manifests(tables: readonly TableToRead[], at: string) {
    this.asked.push(...tables);
    const read = ({ table }: TableToRead): FileSample | FilesUnreadable =>
      this.lost.get(at)?.manifests?.includes(table)
        ? { error: "no snap.avro" }
        : { files: 3, paths: [1, 2, 3].map((file) => `${table}/${file}`) };
    return new Map(tables.map((one) => [one.table, read(one)]));
  }

  async unopenable(files: readonly SampledFile[], at: string) {
    this.opened.push(...files);
    return files
      .filter(({ path }) => this.lost.get(at)?.files?.includes(path))
      .map((file) => ({ ...file, error: `no ${file.path}` }));
  }
}

function world(lost: Record<string, Lost>, tables = 2, known: readonly Release[] = releases) {
  const at = (version: number) =>
    Object.fromEntries([
      ...Array.from({ length: tables }, (_, index) => [`oso.t${index}`, { rows: version }] as const),
      ["oso.same", { rows: 0 }],
      ["oso.v", { sql: `SELECT ${version}` }],
    ]);
  const onMain = Object.fromEntries(Object.entries(at(9)).filter(([name]) => name !== "oso.t1"));
  const commits = new Map([
    ...releases.map(({ number }) => [hash(`b${number}`), at(number)] as const),
    [main, onMain],
  ]);
  const files = new FakeFiles(new Map(Object.entries(lost)));
  const readable = new ReadableFiles({
    comparison: new FakeCatalog(commits),
    files,
    store: new FakeReferenceStore([main]),
    ledger: { releases: async () => known },
    branch: "main",
  });
  return { files, readable };
}

describe("the files of what is gone back to", () => {
  it("are read of every table that readers would see otherwise, and no other", async () => {
    const { files, readable } = world({});
    await readable.mustBeReadable(target(1), target(3));
    expect(files.asked).toEqual([
      { table: "oso.t0", isOnMain: true },
      { table: "oso.t1", isOnMain: false },
    ]);
    expect(files.opened.map(({ path }) => path)).toEqual([
      "oso.t0/1",
      "oso.t1/1",
      "oso.t0/2",
      "oso.t1/2",
      "oso.t0/3",
      "oso.t1/3",
    ]);
  });

  it.each<[string, Lost, string]>([
    ["manifests", { manifests: ["oso.t1"] }, "no snap.avro"],
    ["data files", { files: ["oso.t1/2"] }, "no oso.t1/2"],
  ])("that are gone refuse it: %s", async (_, lost, said) => {
    const { readable } = world({ [hash("b1")]: lost });
    expect(await errorOf(() => readable.mustBeReadable(target(1), target(3)))).toMatchObject({
      code: "FILES_MISSING",
      exitCode: 7,
      message: `release 1 cannot be gone back to: files of 1 table are gone: oso.t1 (${said})`,
      hint: "release 2 is still whole: `oso-pipeline rollback 2`",
    });
  });

  it("that are gone of all releases leave restating", async () => {
    const lost = { manifests: ["oso.t0", "oso.t1"] };
    const { readable } = world({ [hash("b1")]: lost, [hash("b2")]: lost });
    const error = await errorOf(() => readable.mustBeReadable(target(1), target(3)));
    expect(error.message).toContain("files of 2 tables are gone: oso.t0, oso.t1");
    expect(error.hint).toContain("restate");
  });

  it("do not lead to a release that was withdrawn, or whose files nothing keeps", async () => {
    const known = [releaseOf(3), releaseOf(2, { tag: null }), releaseOf(1)];
    const { readable } = world({ [hash("b1")]: { files: ["oso.t0/1"] } }, 2, known);
    const error = await errorOf(() => readable.mustBeReadable(target(1), target(3)));
    expect(error.hint).toContain("restate");
  });

  it("are opened in a number that does not grow with the tables", async () => {
    const { files, readable } = world({}, 150);
    await readable.mustBeReadable(target(1), target(3));
    expect(files.opened).toHaveLength(200);
    expect(new Set(files.opened.map(({ table }) => table)).size).toBe(150);
  });
});
