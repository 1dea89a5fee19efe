import { describe, expect, it } from "vitest";
import { type Fate, head, PublishingWorld, second, third } from "../../support/publishing.js";

const fates: readonly Fate["when"][] = ["dies before", "dies after", "loses the reply of"];

/** A world in which release 1 is what readers see, and main has gone on. */
async function published(): Promise<PublishingWorld> {
  const world = new PublishingWorld();
  world.store.main.pop();
  await world.publisher().service.publish(head);
  world.store.main.push(third);
  return world;
}

async function callsOf(work: (world: PublishingWorld, fate: Fate | null) => Promise<{ calls(): number }>) {
  const world = await published();
  const publisher = await work(world, { call: Number.POSITIVE_INFINITY, when: "dies before" });
  return publisher.calls();
}

const publishing = async (world: PublishingWorld, fate: Fate | null) => {
  const publisher = world.publisher(fate);
  await publisher.service.publish(head).catch(() => undefined);
  return publisher;
};

const goingBack = async (world: PublishingWorld, fate: Fate | null) => {
  await world.publisher().service.publish(head);
  const publisher = world.publisher(fate);
  await publisher.service.rollback({ to: 1, dryRun: false, reason: null }).catch(() => undefined);
  return publisher;
};

const places = async () => {
  const counts = { publishing: await callsOf(publishing), "going back": await callsOf(goingBack) };
  return Object.entries(counts).flatMap(([what, calls]) =>
    Array.from({ length: calls }, (_, call) => fates.map((when) => ({ what, when, call }))).flat(),
  );
};

describe("a publisher that dies", async () => {
  it.each(await places())(
    "$what, $when call $call: readers have the old or the new release, and the next one leaves order",
    async ({ what, when, call }) => {
      const world = await published();
      const before = new Set([world.consumer]);
      await (what === "publishing" ? publishing : goingBack)(world, { call, when });
      for (const { sealed } of world.releases) if (sealed !== null) before.add(sealed);
      expect(before).toContain(world.consumer);

      const { result } = await world.publisher().service.publish(head);
      expect(["published", "already-there"]).toContain(result.outcome);
      expect(world.disorder()).toEqual([]);
      const seen = world.releases.find(({ sealed }) => sealed === world.consumer);
      expect(seen).toMatchObject({ status: "published", base: third });
    },
  );

  it.each(await places())(
    "$what, $when call $call, and the next one dies as well, wherever",
    async ({ what, when, call }) => {
      for (let next = 0; ; next += 1) {
        const world = await published();
        await (what === "publishing" ? publishing : goingBack)(world, { call, when });
        const recovering = world.publisher({ call: next, when });
        await recovering.service.publish(head).catch(() => undefined);
        await world.publisher().service.publish(head);
        expect(world.disorder()).toEqual([]);
        expect(world.releases.find(({ sealed }) => sealed === world.consumer)).toMatchObject({
          status: "published",
          base: third,
        });
        if (recovering.calls() <= next) break;
      }
    },
  );
});

describe("a move that arrives late", () => {
  it("is found out: the release that was given up is what readers see, and is confirmed", async () => {
    const world = await published();
    const { service } = world.publisher();
    const move = world.store.moveTag.bind(world.store);
    let late: (() => Promise<void>) | undefined;
    world.store.moveTag = async (...args) => {
      late = async () => move(...args);
      throw new Error("died");
    };
    await service.publish(head).catch(() => undefined);
    world.store.moveTag = move;
    const sealed = world.releases[0]?.sealed;
    // The next one gives it up, and before that one has moved the tag itself, the dead one's move arrives.
    world.verification = () => {
      throw new Error("somebody looks at the checks first");
    };
    await world
      .publisher()
      .service.publish(head)
      .catch(() => undefined);
    expect(world.releases[0]).toMatchObject({ number: 2, status: "withdrawn" });
    await late?.();
    expect(world.consumer).toBe(sealed);

    const { result } = await world.publisher().service.publish(head);
    expect(result.outcome).toBe("already-there");
    expect(result.recovered).toMatchObject([{ number: 2, status: "published" }]);
    expect(world.disorder()).toEqual([]);
  });
});

describe("readers' catalog", () => {
  it("that does not follow the tag has the release withdrawn, and readers' tag put back", async () => {
    const world = await published();
    const before = world.consumer;
    world.consumerCatalogStandsAt = second;
    const { result, failure } = await world.publisher().service.publish(head);
    expect(failure).toMatchObject({ code: "CATALOG_UNFIT", exitCode: 3 });
    expect(result).toMatchObject({ outcome: "withdrawn", release: { number: 2, status: "withdrawn" } });
    expect(world.consumer).toBe(before);
    expect(world.disorder()).toEqual([]);
  });

  it("that gives no answer after the move leaves the release published, unconfirmed; the next publication confirms it", async () => {
    const world = await published();
    const move = world.store.moveTag.bind(world.store);
    world.store.moveTag = async (...args) => {
      await move(...args);
      world.answers = false;
    };
    const { result, failure } = await world.publisher().service.publish(head);
    expect(failure).toMatchObject({ code: "SERVICE_UNAVAILABLE", exitCode: 5 });
    expect(failure?.message).toContain("published, unconfirmed");
    expect(result.outcome).toBe("unconfirmed");
    expect(world.releases[0]).toMatchObject({ number: 2, status: "unconfirmed", sealed: world.consumer });

    world.answers = true;
    const next = await world.publisher().service.publish(head);
    expect(next.result).toMatchObject({
      outcome: "already-there",
      recovered: [{ number: 2, status: "published" }],
    });
    expect(world.disorder()).toEqual([]);
  });
});

describe("the lease on the ledger", () => {
  it("that cannot be given back hides nothing of what was published", async () => {
    const last = (await callsOf(publishing)) - 1;
    const world = await published();
    const { service, events } = world.publisher({ call: last, when: "loses the reply of" });
    const { result, failure } = await service.publish(head);
    expect([result.outcome, failure]).toEqual(["published", undefined]);
    expect(events).toContainEqual({
      type: "notice",
      level: "warning",
      text: expect.stringContaining("the lease on consumer could not be given back"),
    });
  });
});
