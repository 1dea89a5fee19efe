import { afterAll, describe, expect, it } from "vitest";
import { inOrder, PublishingCrashes } from "../support/publishing-crashes.js";

const crashes = await PublishingCrashes.build("crash_publishing");
const publications = await crashes.every("tag-consumer");
const waysBack = await crashes.every("rollback");

afterAll(() => crashes.remove());

describe("readers have the old or the new release, wherever a publication dies", () => {
  for (const crash of publications) {
    it(`${crash.when} ${crash.effect}`, async () => {
      expect(await crashes.die("tag-consumer", crash)).toEqual(inOrder);
    });
  }
});

describe("readers have the old or the new release, wherever a way back dies", () => {
  for (const crash of waysBack) {
    it(`${crash.when} ${crash.effect}`, async () => {
      expect(await crashes.die("rollback", crash)).toEqual(inOrder);
    });
  }
});
