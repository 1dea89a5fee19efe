import { describe, expect, it } from "vitest";
import { ReleaseHistory } from "../../../src/release/history.js";
import type { Release } from "../../../src/release/release.js";
import { errorOf } from "../../support/errors.js";
import { FakeCatalog } from "../../support/fake-catalog.js";
import { FakeReferenceStore, hash } from "../../support/fake-reference-store.js";
import { releaseOf } from "../../support/releases.js";

const [main, elsewhere] = [hash("a9"), hash("e4")];

/** Releases, oldest first, with their tags, and the consumer tag at the last of them; then what somebody changed. */
function world(releases: readonly Release[], change: (store: FakeReferenceStore) => void = () => undefined) {
  const store = new FakeReferenceStore([...releases.map(({ base }) => base), main]);
  for (const { tag, sealed } of releases) if (tag !== null && sealed !== null) store.tagAt(tag, sealed);
  const seen = releases.findLast(({ status }) => status === "published")?.sealed;
  if (seen) store.tagAt("consumer", seen);
  change(store);
  const commits = new Map(
    [...releases.map(({ base }) => base), main, elsewhere].map((base, index) => [
      base,
      { "oso.t": { rows: index } },
    ]),
  );
  const catalog = new FakeCatalog(commits);
  return new ReleaseHistory({
    store,
    ledger: { releases: async () => releases.toReversed(), manifest: async () => null },
    comparison: catalog,
    catalog,
    branch: "main",
    consumerTag: "consumer",
    tagPrefix: "consumer-release-",
    catalogs: { producer: "iceberg", consumer: "iceberg_consumer" },
  });
}

const three = [releaseOf(1, { tag: null }), releaseOf(2), releaseOf(3)];

describe("the list of releases", () => {
  it("is newest first, as long as asked, and marks the one that readers see", async () => {
    const list = await world(three).releases(2);
    expect(list.releases.map(({ number, seen }) => [number, seen])).toEqual([
      [3, true],
      [2, false],
    ]);
    expect(list.total).toBe(3);
    expect(list.consumer).toEqual({ tag: "consumer", hash: hash("b3"), release: 3 });
  });

  it("finds nothing to say where tags and ledger agree, also of one whose tag is too old to be kept", async () => {
    const withdrawn = releaseOf(4, { status: "withdrawn", tag: null, sealed: null });
    expect((await world([...three, withdrawn]).releases(9)).disagreements).toEqual([]);
  });

  it.each<[string, (store: FakeReferenceStore) => void, object]>([
    [
      "a release's tag that stands elsewhere",
      (store) => store.tagAt("consumer-release-2", elsewhere),
      { kind: "tag-moved", tag: "consumer-release-2", release: 2, expected: hash("b2"), found: elsewhere },
    ],
    [
      "a release's tag that is gone",
      (store) => store.references.delete("consumer-release-2"),
      { kind: "tag-missing", tag: "consumer-release-2", release: 2, expected: hash("b2"), found: null },
    ],
    [
      "a tag that no record knows",
      (store) => store.tagAt("consumer-release-8", elsewhere),
      { kind: "tag-unknown", tag: "consumer-release-8", release: null, expected: null, found: elsewhere },
    ],
    [
      "a tag of a release that has none any more, at another commit",
      (store) => store.tagAt("consumer-release-1", elsewhere),
      { kind: "tag-unknown", tag: "consumer-release-1", release: 1, expected: null, found: elsewhere },
    ],
    [
      "a consumer tag at no release",
      (store) => store.tagAt("consumer", elsewhere),
      { kind: "consumer-unknown", tag: "consumer", release: null, expected: hash("b3"), found: elsewhere },
    ],
    [
      "a consumer tag at another release than the last",
      (store) => store.tagAt("consumer", hash("b2")),
      { kind: "consumer-elsewhere", tag: "consumer", release: 2, expected: hash("b3"), found: hash("b2") },
    ],
    [
      "no consumer tag",
      (store) => store.references.delete("consumer"),
      { kind: "consumer-missing", tag: "consumer", release: null, expected: hash("b3"), found: null },
    ],
  ])("tells of %s", async (_, change, expected) => {
    expect((await world(three, change).releases(1)).disagreements).toEqual([expected]);
  });

  it("lets a tag be that is called alike and is no release's", async () => {
    const history = world(three, (store) => store.tagAt("consumer-release-candidate", elsewhere));
    expect((await history.releases(1)).disagreements).toEqual([]);
  });

  it("says nothing of the tags while a release is being made: publishing ends or withdraws it", async () => {
    const pending = releaseOf(4, { status: "pending" });
    const history = world([...three, pending], (store) => store.references.delete("consumer-release-4"));
    expect((await history.releases(9)).disagreements).toEqual([]);
    const moving = releaseOf(4, { status: "moving" });
    const moved = world([...three, moving], (store) => store.tagAt("consumer", hash("b4")));
    expect(await moved.releases(9)).toMatchObject({ disagreements: [], consumer: { release: 4 } });
  });

  it("does not take a consumer tag that was there before the first release for moved", async () => {
    const history = world([], (store) => store.tagAt("consumer", elsewhere));
    expect(await history.releases(9)).toMatchObject({
      disagreements: [],
      total: 0,
      consumer: { hash: elsewhere, release: null },
    });
  });
});

describe("one release", () => {
  it.each(["2", "consumer-release-2"])("is found by %s, with what does not agree about it", async (asked) => {
    const history = world(three, (store) => {
      store.references.delete("consumer-release-2");
      store.tagAt("consumer", elsewhere);
    });
    expect(await history.release(asked)).toMatchObject({
      release: { number: 2, seen: false },
      disagreements: [{ kind: "tag-missing" }],
    });
  });

  it("is not made up", async () => {
    expect(await errorOf(() => world(three).release("9"))).toMatchObject({ code: "RELEASE_UNKNOWN" });
  });
});

describe("a comparison", () => {
  it("is of bases: what consumer was made from, and main", async () => {
    expect(await world(three).diff("consumer", "main", false)).toMatchObject({
      from: { asked: "consumer", base: hash("a3"), at: hash("b3"), release: 3 },
      to: { asked: "main", base: main, at: main, release: null },
      differences: [{ name: "oso.t" }],
    });
  });

  it("takes a consumer tag at no release as it stands", async () => {
    const history = world(three, (store) => store.tagAt("consumer", elsewhere));
    expect(await history.diff("1", "consumer", false)).toMatchObject({
      from: { base: hash("a1"), release: 1 },
      to: { base: elsewhere, release: null },
    });
  });
});

describe("the tables behind models", () => {
  it("are those of the base, named as of what readers get of it", async () => {
    const pinned = `iceberg_consumer.oso."t#${hash("b2")}"`;
    expect(await world(three).physical("2")).toMatchObject({ seen: false, models: [{ pinned }] });
    expect(await world(three).physical("consumer")).toMatchObject({ seen: true, at: { release: 3 } });
  });
});
