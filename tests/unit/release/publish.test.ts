import { describe, expect, it } from "vitest";
import type { Hash } from "../../../src/core/commit.js";
import { PipelineError } from "../../../src/core/errors.js";
import type { Outcome } from "../../../src/core/outcome.js";
import type { GuardedRun, VerificationSummary } from "../../../src/release/ports.js";
import { ReleaseService } from "../../../src/release/publish.js";
import { errorOf } from "../../support/errors.js";
import { FakeReferenceStore, hash } from "../../support/fake-reference-store.js";

const [first, second, third, elsewhere] = [hash("a1"), hash("b2"), hash("b3"), hash("e4")];
const now = { toHash: null, dryRun: false, create: false };

function setUp(verify?: (base: Hash) => Outcome<VerificationSummary>) {
  const store = new FakeReferenceStore([first, second, third]);
  store.tagAt("consumer", first);
  const verified: Hash[] = [];
  const runs: GuardedRun[] = [];
  const releases = new ReleaseService({
    store,
    verifier: {
      verify: async (base) => {
        verified.push(base);
        return verify?.(base) ?? { result: { verdict: "passed", checks: [] } };
      },
    },
    ledger: { runs: async () => runs },
    report: () => undefined,
    branch: "main",
    consumerTag: "consumer",
    tagPrefix: "consumer-release-",
  });
  return { store, verified, runs, releases };
}

describe("publishing", () => {
  it("verifies main's head and moves the tag to exactly that commit, with a release tag of its own", async () => {
    const { store, verified, releases } = setUp();
    const { result } = await releases.publish(now);
    expect(result).toMatchObject({
      outcome: "published",
      from: first,
      to: third,
      backwards: false,
      release: { number: 1, tag: "consumer-release-1", base: third, sealed: third },
    });
    expect(verified).toEqual([third]);
    expect(store.writes).toEqual(["create consumer-release-1", "move consumer"]);
  });

  it("publishes the verified commit although main advances meanwhile", async () => {
    const { store, releases } = setUp(() => {
      store.main.push(elsewhere);
      return { result: { verdict: "passed", checks: [] } };
    });
    await releases.publish(now);
    expect(store.references.get("consumer")?.hash).toBe(third);
  });

  it("writes nothing when checks fail", async () => {
    const failure = new PipelineError("CHECKS_FAILED", { message: "1 of 1 checks failed" });
    const { store, releases } = setUp(() => ({ result: { verdict: "failed", checks: [] }, failure }));
    const outcome = await releases.publish(now);
    expect(outcome.failure?.exitCode).toBe(7);
    expect(outcome.result).toMatchObject({ outcome: "refused", release: null });
    expect(store.writes).toEqual([]);
  });

  it("verifies and writes nothing when the tag is already there", async () => {
    const { store, verified, releases } = setUp();
    store.tagAt("consumer", third);
    const { result, failure } = await releases.publish(now);
    expect(result.outcome).toBe("already-there");
    expect(failure).toBeUndefined();
    expect(verified).toEqual([]);
    expect(store.writes).toEqual([]);
  });

  it("takes back its release tag when somebody else has moved the consumer tag meanwhile", async () => {
    const { store, releases } = setUp();
    store.beforeMove = () => store.tagAt("consumer", second);
    expect(await errorOf(() => releases.publish(now))).toMatchObject({ code: "TAG_MOVED", exitCode: 8 });
    expect(store.references.get("consumer")?.hash).toBe(second);
    expect(await store.tags("consumer-release-")).toEqual([]);
  });

  it("takes up the release tag that a publisher left who died before the move", async () => {
    const { store, releases } = setUp();
    store.tagAt("consumer-release-1", third);
    const { result } = await releases.publish(now);
    expect(result.release?.number).toBe(1);
    expect(store.writes).toEqual(["move consumer"]);
  });

  it("takes the next number when another publisher took one meanwhile", async () => {
    const { store, releases } = setUp(() => ({ result: { verdict: "passed", checks: [] } }));
    const create = store.createTag.bind(store);
    store.createTag = async (name, target) => {
      if (name === "consumer-release-1") store.tagAt(name, second);
      return create(name, target);
    };
    expect((await releases.publish(now)).result.release?.number).toBe(2);
  });

  it("counts releases on, and calls a way back by its name", async () => {
    const { releases } = setUp();
    await releases.publish(now);
    const { result } = await releases.publish({ ...now, toHash: second });
    expect(result).toMatchObject({
      outcome: "published",
      backwards: true,
      release: { number: 2, base: second },
    });
  });

  it("names the views that readers see live", async () => {
    const { store, releases } = setUp();
    store.viewsAt.set(third, ["oso.b", "oso.a"]);
    expect((await releases.publish(now)).result.leakingViews).toEqual(["oso.a", "oso.b"]);
  });

  it("only shows the move in a dry run", async () => {
    const { store, verified, releases } = setUp();
    const { result } = await releases.publish({ ...now, dryRun: true });
    expect(result).toMatchObject({ outcome: "would-publish", from: first, to: third });
    expect(verified).toEqual([]);
    expect(store.writes).toEqual([]);
  });

  it("refuses a missing tag, makes it with --create, and refuses a branch of that name", async () => {
    const { store, releases } = setUp();
    store.references.delete("consumer");
    const missing = await errorOf(() => releases.publish(now));
    expect(missing).toMatchObject({ code: "REFERENCE_MISSING", exitCode: 3 });
    expect(missing.hint).toContain("--create");
    expect((await releases.publish({ ...now, create: true })).result).toMatchObject({
      outcome: "published",
      from: null,
    });
    store.references.set("consumer", { type: "BRANCH", name: "consumer", hash: first });
    expect((await errorOf(() => releases.publish(now))).message).toContain("is a branch");
  });
});

describe("a run that restates", () => {
  const unfinished = { id: "20261121-142051-3f9a", isUnfinished: true, mainAtStart: first, mainAtEnd: null };

  it.each([false, true])(
    "keeps what it has written so far from readers, and from verification (dry run: %s)",
    async (dryRun) => {
      const { store, verified, runs, releases } = setUp();
      runs.push(unfinished);
      const error = await errorOf(() => releases.publish({ ...now, dryRun }));
      expect(error).toMatchObject({
        code: "RUN_UNFINISHED",
        exitCode: 8,
        message: expect.stringContaining(unfinished.id),
        hint: expect.stringContaining(`oso-pipeline resume ${unfinished.id}`),
      });
      expect(verified).toEqual([]);
      expect(store.writes).toEqual([]);
    },
  );

  it("stands in nobody's way once it is over", async () => {
    const { runs, releases } = setUp();
    runs.push({ ...unfinished, isUnfinished: false, mainAtEnd: third });
    expect((await releases.publish(now)).result.outcome).toBe("published");
  });

  it("is noticed when it comes to light while the commit is verified, and no tag is left behind", async () => {
    const { store, verified, runs, releases } = setUp(() => {
      runs.push(unfinished);
      return { result: { verdict: "passed", checks: [] } };
    });
    expect((await errorOf(() => releases.publish(now))).code).toBe("RUN_UNFINISHED");
    expect(verified).toEqual([third]);
    expect(store.writes).toEqual([]);
  });

  it("does not matter where the tag stands already", async () => {
    const { store, runs, releases } = setUp();
    store.tagAt("consumer", third);
    runs.push(unfinished);
    expect((await releases.publish(now)).result.outcome).toBe("already-there");
  });
});

describe("--to-hash", () => {
  it("takes a full hash and an unambiguous prefix of main's history", async () => {
    const { releases } = setUp();
    expect((await releases.publish({ ...now, toHash: second })).result.to).toBe(second);
    expect((await releases.publish({ ...now, toHash: third.slice(0, 6).toUpperCase() })).result.to).toBe(
      third,
    );
  });

  it("takes the hash of an earlier release that main no longer has", async () => {
    const { store, releases } = setUp();
    store.tagAt("consumer-release-7", elsewhere);
    expect((await releases.publish({ ...now, toHash: elsewhere })).result.to).toBe(elsewhere);
    store.tagAt("consumer", first);
    expect((await releases.publish({ ...now, toHash: elsewhere.slice(0, 8) })).result.to).toBe(elsewhere);
  });

  it.each([
    ["a commit from elsewhere", elsewhere, "HASH_NOT_ON_MAIN"],
    ["an unknown prefix", "ffff00", "HASH_UNKNOWN"],
    ["what is not a hash", "v1.2", "USAGE"],
    ["too few digits", "a1", "USAGE"],
    ["nothing", "", "USAGE"],
  ])("refuses %s and moves nothing", async (_, toHash, code) => {
    const { store, releases } = setUp();
    expect(await errorOf(() => releases.publish({ ...now, toHash }))).toMatchObject({ code, exitCode: 2 });
    expect(store.writes).toEqual([]);
  });

  it("refuses an ambiguous prefix", async () => {
    const { store, releases } = setUp();
    store.main.push(`b2b2${"c".repeat(60)}`);
    expect((await errorOf(() => releases.publish({ ...now, toHash: "b2b2" }))).code).toBe("HASH_AMBIGUOUS");
  });
});

describe("resolve", () => {
  it("knows main, consumer, a release's tag and hashes", async () => {
    const { store, releases } = setUp();
    store.tagAt("consumer-release-3", second);
    expect(await releases.resolve("main")).toBe(third);
    expect(await releases.resolve("consumer")).toBe(first);
    expect(await releases.resolve("consumer-release-3")).toBe(second);
    expect(await releases.resolve(second.slice(0, 10))).toBe(second);
    expect(await errorOf(() => releases.resolve("nope"))).toMatchObject({
      code: "USAGE",
      hint: "the newest release is consumer-release-3",
    });
  });
});
