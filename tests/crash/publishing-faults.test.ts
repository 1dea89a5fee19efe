import { afterAll, describe, expect, it } from "vitest";
import { borne, everyFaultOf, PublishingFaults } from "../support/publishing-faults.js";

const faults = await PublishingFaults.build("crash_faults");
const asked = await faults.requestsOf("tag-consumer");
const publications = everyFaultOf(asked);
// The rest of a way back is a publication.
const waysBack = everyFaultOf(await faults.requestsOf("rollback")).filter(
  ({ at }) => !asked.includes(at) || at.startsWith("PUT "),
);

afterAll(() => faults.remove());

describe("a publication bears whatever goes wrong", () => {
  for (const fault of publications) {
    it(`${fault.at}: ${fault.kind}`, async () => {
      expect(await faults.bear("tag-consumer", fault)).toEqual(borne);
    });
  }
});

describe("a way back bears whatever goes wrong", () => {
  for (const fault of waysBack) {
    it(`${fault.at}: ${fault.kind}`, async () => {
      expect(await faults.bear("rollback", fault)).toEqual(borne);
    });
  }
});
