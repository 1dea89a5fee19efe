import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Crash } from "../support/crash-warehouse.js";
import { inOrder, type Publishing, PublishingCrashes } from "../support/publishing-crashes.js";

/** One of each class of moments; tests/crash has them all. */
const moments: readonly (readonly [
  what: string,
  publishing: Publishing,
  when: Crash["when"],
  effect: RegExp,
])[] = [
  ["when it has said that it begins", "tag-consumer", "after", /writes release\/consumer\/…#1$/],
  ["in the middle of its views", "tag-consumer", "after", /^POST \/iceberg\/v1\/.*views\/nested#1$/],
  ["before the release has its tag", "tag-consumer", "before", /^POST \/api\/v2\/trees#2$/],
  ["before the tag moves", "tag-consumer", "before", /^PUT \/api\/v2\/trees\/consumer@…#1$/],
  ["when the tag has moved", "tag-consumer", "after", /^PUT \/api\/v2\/trees\/consumer@…#1$/],
  ["before it says that it is published", "tag-consumer", "before", /writes release\/consumer\/…#4$/],
  [
    "while old tags are removed",
    "tag-consumer",
    "after",
    /^DELETE \/api\/v2\/trees\/consumer-release-…@…#1$/,
  ],
  ["on the way back, when the tag has moved", "rollback", "after", /^PUT \/api\/v2\/trees\/consumer@…#1$/],
];

describe("readers have the old or the new release, whatever dies", () => {
  let crashes: PublishingCrashes;
  let effects: Readonly<Record<Publishing, readonly string[]>>;

  beforeAll(async () => {
    crashes = await PublishingCrashes.build("publishing_crash");
    effects = {
      "tag-consumer": await crashes.effectsOf("tag-consumer"),
      rollback: await crashes.effectsOf("rollback"),
    };
  });
  afterAll(() => crashes.remove());

  it.each(moments)("%s", async (_, publishing, when, pattern) => {
    const effect = effects[publishing]
      .map((line) => line.replace(/^(before|after) /, ""))
      .find((name) => pattern.test(name));
    if (effect === undefined)
      throw new Error(`nothing like ${pattern} happens:\n${effects[publishing].join("\n")}`);
    expect(await crashes.die(publishing, { when, effect, victim: "cli" })).toEqual(inOrder);
  });
});
