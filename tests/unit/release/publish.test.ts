import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { Target } from "../../../src/release/target.js";
import { errorOf } from "../../support/errors.js";
import {
  attested,
  elsewhere,
  first,
  head,
  PublishingWorld,
  second,
  third,
} from "../../support/publishing.js";

const failing = {
  result: { verdict: "failed" as const, checks: [], attestation: null },
  failure: new PipelineError("CHECKS_FAILED", { message: "1 of 1 checks failed" }),
};

/** Releases of main's three commits, one after the other. */
async function threeReleases(): Promise<PublishingWorld> {
  const world = new PublishingWorld();
  for (const toHash of [first, second, third]) await world.publisher().service.publish({ ...head, toHash });
  return world;
}

describe("publishing", () => {
  it("proves main's head, makes a release of it with a tag of its own, and moves the consumer tag to that", async () => {
    const world = new PublishingWorld();
    const { result, failure } = await world.publisher().service.publish({ ...head, run: "run-1" });
    expect(failure).toBeUndefined();
    expect(result).toMatchObject({
      outcome: "published",
      from: { base: first },
      to: third,
      backwards: false,
    });
    expect(world.verified).toEqual([[third, first]]);
    expect(world.store.writes).toEqual(["create consumer-release-1", "move consumer"]);
    expect(world.releases).toEqual([result.release]);
    expect(result.release).toMatchObject({
      number: 1,
      status: "published",
      tag: "consumer-release-1",
      base: third,
      from: first,
      after: null,
      by: { name: "ada" },
      run: "run-1",
      attestation: "proof",
      marked: true,
      sealed: world.consumer,
    });
  });

  it("publishes the proven commit although main advances meanwhile", async () => {
    const world = new PublishingWorld();
    world.verification = () => {
      world.store.main.push(elsewhere);
      return attested;
    };
    expect((await world.publisher().service.publish(head)).result.release?.base).toBe(third);
  });

  it("writes nothing when checks fail", async () => {
    const world = new PublishingWorld();
    world.verification = () => failing;
    const outcome = await world.publisher().service.publish(head);
    expect(outcome.failure?.exitCode).toBe(7);
    expect(outcome.result).toMatchObject({ outcome: "refused", release: null });
    expect([world.store.writes, world.releases]).toEqual([[], []]);
  });

  it("proves and writes nothing when readers have a release of that commit already", async () => {
    const world = new PublishingWorld();
    await world.publisher().service.publish(head);
    const writes = [...world.store.writes];
    const { result, failure } = await world.publisher().service.publish(head);
    expect([result.outcome, failure]).toEqual(["already-there", undefined]);
    expect(world.verified).toHaveLength(1);
    expect(world.store.writes).toEqual(writes);
  });

  it("makes a release where the tag was put on main's head by hand: its views are not sealed", async () => {
    const world = new PublishingWorld();
    world.store.tagAt("consumer", third);
    expect((await world.publisher().service.publish(head)).result.outcome).toBe("published");
  });

  it("makes a release anew where views are to be treated otherwise", async () => {
    const world = new PublishingWorld();
    await world.publisher().service.publish(head);
    const { result } = await world.publisher(null, { policy: "warn" }).service.publish(head);
    expect(result.outcome).toBe("published");
  });

  it("withdraws its release when somebody else has moved the consumer tag meanwhile", async () => {
    const world = new PublishingWorld();
    world.store.beforeMove = () => world.store.tagAt("consumer", second);
    const error = await errorOf(() => world.publisher().service.publish(head));
    expect(error).toMatchObject({ code: "TAG_MOVED", exitCode: 8 });
    expect(world.consumer).toBe(second);
    expect(world.releases).toMatchObject([{ number: 1, status: "withdrawn", tag: null }]);
    expect(world.disorder()).toEqual([]);
  });

  it("leaves everything to whoever published while it was proving", async () => {
    const world = new PublishingWorld();
    let isFirst = true;
    world.verification = () => {
      if (isFirst) world.store.tagAt("consumer", second);
      isFirst = false;
      return attested;
    };
    const error = await errorOf(() => world.publisher().service.publish(head));
    expect(error).toMatchObject({ code: "TAG_MOVED", exitCode: 8 });
    expect(world.releases).toEqual([]);
  });

  it("is refused while somebody else publishes, who is named", async () => {
    const world = new PublishingWorld();
    world.holder = "a publication of bob";
    const error = await errorOf(() => world.publisher().service.publish(head));
    expect(error).toMatchObject({ code: "LEASE_HELD", message: expect.stringContaining("bob") });
  });

  it("takes a number that no tag has, whoever made it", async () => {
    const world = new PublishingWorld();
    world.store.tagAt("consumer-release-6", second);
    world.store.tagAt("consumer-release-x", second);
    expect((await world.publisher().service.publish(head)).result.release?.number).toBe(7);
  });

  it("ends between two steps on Ctrl-C, and puts away what it began", async () => {
    const world = new PublishingWorld();
    const stop = new AbortController();
    const error = new PipelineError("INTERRUPTED", { message: "interrupted" });
    const { service } = world.publisher(null, {
      signal: stop.signal,
      sealer: {
        preview: async () => Promise.reject(new Error("not asked")),
        seal: async () => {
          stop.abort(error);
          throw new Error("the bridge was ended");
        },
      },
    });
    await service.publish(head).catch(() => undefined);
    expect(world.consumer).toBe(first);
    expect(world.releases).toMatchObject([{ status: "withdrawn" }]);
    expect(world.disorder()).toEqual([]);
  });

  it("hands over the releases whose sealed views may be kept: of the same base first, then what readers see", async () => {
    const world = await threeReleases();
    await world.publisher().service.publish({ ...head, toHash: first });
    const numberOf = (hash: string) => world.releases.find(({ sealed }) => sealed === hash)?.number;
    expect(world.orders.at(-1)?.earlier.map(({ sealed }) => numberOf(sealed))).toEqual([1, 3]);
    expect(world.orders.at(-1)?.oldestKept).toBe(2);
  });

  it("removes branches that came after their release was given up, and no others", async () => {
    const world = await threeReleases();
    for (const name of [
      "consumer-release-2-sealing",
      "consumer-release-2-sealing-1",
      "consumer-release-notes",
    ])
      world.branches.add(name);
    await world.publisher().service.publish({ ...head, toHash: first });
    expect([...world.branches]).toEqual(["consumer-release-notes"]);
  });

  it("removes the tags of releases that are too old to be kept, and never the one that readers see", async () => {
    const world = await threeReleases();
    const { result } = await world.publisher().service.publish({ ...head, toHash: second });
    expect(result.pruned).toEqual([1]);
    expect(await world.store.tags("consumer-release-")).toHaveLength(3);
    expect(new Set(world.manifests.keys())).toEqual(new Set([2, 3, 4]));
    expect(world.records.get(1)).toMatchObject({ status: "published", tag: null });
    expect(world.disorder()).toEqual([]);
  });

  it("keeps the tag of an old release as long as a kept one has views that were sealed in it", async () => {
    const world = await threeReleases();
    world.viewsMadeIn = 1;
    const kept = await world.publisher().service.publish({ ...head, toHash: second });
    expect(kept.result).toMatchObject({ pruned: [], release: { number: 4, leansOn: 1 } });
    world.viewsMadeIn = null;
    for (const toHash of [third, second]) await world.publisher().service.publish({ ...head, toHash });
    expect(await world.store.tags("consumer-release-")).toHaveLength(6);
    const { result } = await world.publisher().service.publish({ ...head, toHash: third });
    expect(result.pruned).toEqual([1, 2, 3, 4]);
    expect(world.disorder()).toEqual([]);
  });

  it("goes on publishing where old tags cannot be removed, and says so", async () => {
    const world = await threeReleases();
    world.store.deleteTag = async () => {
      throw new PipelineError("PERMISSION_DENIED", { message: "no right to delete references" });
    };
    const { service, events } = world.publisher();
    const { result } = await service.publish({ ...head, toHash: second });
    expect(result).toMatchObject({ outcome: "published", pruned: [] });
    expect(events).toContainEqual(expect.objectContaining({ text: expect.stringContaining("no right") }));
  });

  it("only tells in a dry run", async () => {
    const world = new PublishingWorld();
    const { result } = await world.publisher().service.publish({ ...head, dryRun: true });
    expect(result).toMatchObject({
      outcome: "would-publish",
      from: { base: first },
      to: third,
      views: { sealed: 1 },
    });
    expect([world.verified, world.store.writes, world.releases]).toEqual([[], [], []]);
  });

  it("refuses a missing tag, makes it with --create, and refuses a branch of that name", async () => {
    const world = new PublishingWorld();
    world.store.references.delete("consumer");
    const missing = await errorOf(() => world.publisher().service.publish(head));
    expect(missing).toMatchObject({ code: "REFERENCE_MISSING", exitCode: 3 });
    expect(missing.hint).toContain("--create");
    const { result } = await world.publisher().service.publish({ ...head, create: true });
    expect(result).toMatchObject({ outcome: "published", from: null });
    world.store.references.set("consumer", { type: "BRANCH", name: "consumer", hash: first });
    const branch = await errorOf(() => world.publisher().service.publish(head));
    expect(branch.message).toContain("is a branch");
  });
});

describe("without verification", () => {
  it.each([null, "", "  "])("needs a reason (%j)", async (reason) => {
    const world = new PublishingWorld();
    const error = await errorOf(() =>
      world.publisher().service.publish({ ...head, withoutVerification: true, reason }),
    );
    expect(error).toMatchObject({ code: "USAGE", exitCode: 2 });
    expect(world.store.writes).toEqual([]);
  });

  it("asks for no proof, and keeps the reason in the ledger", async () => {
    const world = new PublishingWorld();
    world.verification = () => failing;
    const request = { ...head, withoutVerification: true, reason: "looked at by hand" };
    const { result } = await world.publisher().service.publish(request);
    expect(result).toMatchObject({ outcome: "published", verification: null });
    expect(world.verified).toEqual([]);
    expect(world.releases).toMatchObject([{ attestation: null, reason: "looked at by hand" }]);
  });
});

describe("a consumer catalog that is not what it has to be", () => {
  it("is found before readers are led to the release, which is withdrawn", async () => {
    const world = new PublishingWorld();
    const { service } = world.publisher(null, {
      reader: {
        marker: async (catalog) => (catalog === "iceberg" ? 1 : null),
      },
    });
    const error = await errorOf(() => service.publish(head));
    expect(error).toMatchObject({
      code: "CATALOG_UNFIT",
      message: expect.stringContaining("iceberg_consumer"),
    });
    expect(error.hint).toContain("iceberg.catalog.type=rest");
    expect(world.consumer).toBe(first);
    expect(world.disorder()).toEqual([]);
  });
});

describe("a producer catalog that does not read by hash", () => {
  it("is no obstacle to a release none of whose views names a hash there", async () => {
    const world = new PublishingWorld();
    world.producerReadsByHash = false;
    world.hasViews = false;
    expect((await world.publisher().service.publish(head)).result).toMatchObject({ outcome: "published" });
  });

  it("is found before readers are led to views that do", async () => {
    const world = new PublishingWorld();
    world.producerReadsByHash = false;
    const error = await errorOf(() => world.publisher().service.publish(head));
    expect(error).toMatchObject({
      code: "CATALOG_UNFIT",
      message: expect.stringContaining("catalog iceberg "),
    });
    expect(world.consumer).toBe(first);
  });
});

describe("going back", () => {
  const back = { to: null, dryRun: false, reason: "numbers of last week were wrong" };

  it("publishes the release before the present one again, as a release of its own and through the gate", async () => {
    const world = await threeReleases();
    const { result } = await world.publisher().service.rollback(back);
    expect(result).toMatchObject({
      outcome: "published",
      to: second,
      backwards: true,
      rollbackTo: 2,
      release: { number: 4, base: second, rollbackTo: 2, reason: back.reason },
    });
    expect(world.verified.at(-1)).toEqual([second, third]);
    expect(world.probed).toEqual([world.records.get(2)?.sealed]);
  });

  it("goes on backwards when it is done again", async () => {
    const world = await threeReleases();
    await world.publisher().service.rollback(back);
    const { result } = await world.publisher().service.rollback(back);
    expect(result.rollbackTo).toBe(1);
    const error = await errorOf(() => world.publisher().service.rollback(back));
    expect(error).toMatchObject({ code: "RELEASE_UNKNOWN", exitCode: 2 });
  });

  it("is refused by failing checks as publishing is", async () => {
    const world = await threeReleases();
    world.verification = () => failing;
    const outcome = await world.publisher().service.rollback(back);
    expect(outcome.failure?.code).toBe("CHECKS_FAILED");
    expect(world.releases).toHaveLength(3);
  });

  it("is refused where files are gone, before anything is proven", async () => {
    const world = await threeReleases();
    const proven = world.verified.length;
    const gone = new PipelineError("FILES_MISSING", { message: "files of oso.a are gone" });
    const { service } = world.publisher(null, {
      files: { mustBeReadable: async () => Promise.reject(gone) },
    });
    expect(await errorOf(() => service.rollback(back))).toBe(gone);
    expect(world.verified).toHaveLength(proven);
  });

  it.each(["gone", "elsewhere"])("does not trust a release whose tag is %s", async (how) => {
    const world = await threeReleases();
    if (how === "gone") world.store.references.delete("consumer-release-2");
    else world.store.tagAt("consumer-release-2", third);
    const error = await errorOf(() => world.publisher().service.rollback({ ...back, to: 2 }));
    expect(error).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("consumer-release-2") });
  });

  it("says which releases there are where the one asked for is none", async () => {
    const error = await errorOf(async () =>
      (await threeReleases()).publisher().service.rollback({ ...back, to: 9 }),
    );
    expect(error).toMatchObject({ code: "RELEASE_UNKNOWN", hint: expect.stringContaining("releases") });
  });
});

describe("a run that restates", () => {
  const unfinished = { id: "20261121-142051-3f9a", isUnfinished: true, mainAtStart: first, mainAtEnd: null };

  it.each([false, true])(
    "keeps what it has written so far from readers, and from verification (dry run: %s)",
    async (dryRun) => {
      const world = new PublishingWorld();
      world.runs.push(unfinished);
      const error = await errorOf(() => world.publisher().service.publish({ ...head, dryRun }));
      expect(error).toMatchObject({
        code: "RUN_UNFINISHED",
        exitCode: 8,
        message: expect.stringContaining(unfinished.id),
        hint: expect.stringContaining(`oso-pipeline resume ${unfinished.id}`),
      });
      expect([world.verified, world.store.writes]).toEqual([[], []]);
    },
  );

  it("stands in nobody's way once it is over", async () => {
    const world = new PublishingWorld();
    world.runs.push({ ...unfinished, isUnfinished: false, mainAtEnd: third });
    expect((await world.publisher().service.publish(head)).result.outcome).toBe("published");
  });

  it("is noticed when it comes to light while the release is made, and nothing is left behind", async () => {
    const world = new PublishingWorld();
    world.verification = () => {
      world.runs.push(unfinished);
      return attested;
    };
    const error = await errorOf(() => world.publisher().service.publish(head));
    expect(error.code).toBe("RUN_UNFINISHED");
    expect(world.consumer).toBe(first);
    expect(world.disorder()).toEqual([]);
  });

  it("does not matter where readers have that commit already", async () => {
    const world = new PublishingWorld();
    await world.publisher().service.publish(head);
    world.runs.push(unfinished);
    expect((await world.publisher().service.publish(head)).result.outcome).toBe("already-there");
  });
});

describe("--to-hash", () => {
  it("takes a full hash and an unambiguous prefix of main's history", async () => {
    const { service } = new PublishingWorld().publisher();
    expect((await service.publish({ ...head, toHash: second })).result.to).toBe(second);
    expect((await service.publish({ ...head, toHash: third.slice(0, 6).toUpperCase() })).result.to).toBe(
      third,
    );
  });

  it("takes the sealed hash of an earlier release, and publishes its base", async () => {
    const world = await threeReleases();
    const sealed = world.records.get(1)?.sealed ?? "";
    const { service } = world.publisher();
    expect((await service.publish({ ...head, toHash: sealed.slice(0, 9) })).result.to).toBe(first);
  });

  it.each([
    ["a commit from elsewhere", elsewhere, "HASH_NOT_ON_MAIN"],
    ["an unknown prefix", "ffff00", "HASH_UNKNOWN"],
    ["what is not a hash", "v1.2", "USAGE"],
    ["too few digits", "a1", "USAGE"],
    ["nothing", "", "USAGE"],
  ])("refuses %s and moves nothing", async (_, toHash, code) => {
    const world = new PublishingWorld();
    const error = await errorOf(() => world.publisher().service.publish({ ...head, toHash }));
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(world.store.writes).toEqual([]);
  });

  it("refuses an ambiguous prefix", async () => {
    const world = new PublishingWorld();
    world.store.main.push(`b2b2${"c".repeat(60)}`);
    const error = await errorOf(() => world.publisher().service.publish({ ...head, toHash: "b2b2" }));
    expect(error.code).toBe("HASH_AMBIGUOUS");
  });
});

describe("resolve", () => {
  it("knows main, consumer, a release by tag or number, and hashes; a release's data is read where it is sealed", async () => {
    const world = await threeReleases();
    const { service } = world.publisher();
    const released = (number: number): Target => ({
      base: world.records.get(number)?.base ?? "",
      at: world.records.get(number)?.sealed ?? "",
      release: number,
    });
    world.store.main.push(elsewhere);
    expect(await service.resolve("main")).toEqual({ base: elsewhere, at: elsewhere, release: null });
    expect(await service.resolve("consumer")).toEqual(released(3));
    expect(await service.resolve("consumer-release-2")).toEqual(released(2));
    expect(await service.resolve("2")).toEqual(released(2));
    expect(await service.resolve(second.slice(0, 10))).toEqual({ base: second, at: second, release: null });
    expect(await errorOf(() => service.resolve("nope"))).toMatchObject({
      code: "USAGE",
      hint: "`oso-pipeline releases` lists the releases there are",
    });
  });
});
