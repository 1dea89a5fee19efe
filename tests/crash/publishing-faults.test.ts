import { afterAll, describe, expect, it } from "vitest";
import { borne, everyFaultOf, PublishingFaults } from "../support/publishing-faults.js";

const faults = await PublishingFaults.build("crash_faults");
const publications = everyFaultOf(await faults.requestsOf("tag-consumer"));
const waysBack = everyFaultOf(await faults.requestsOf("rollback"));

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
