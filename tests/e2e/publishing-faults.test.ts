import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultKind } from "../support/faulty-services.js";
import { borne, PublishingFaults } from "../support/publishing-faults.js";
import type { Publishing } from "../support/publishing-warehouse.js";

const commit = (what: string): RegExp => new RegExp(`history/commit ${what}`);
const sealsView = /^POST \/iceberg\/v1\/.*views\/nested#1$/;
const moves = /^PUT \/api\/v2\/trees\/consumer@…#1$/;
const makesMarker = /views#1$/;
const keepsViews = /-sealing@…\/history\/commit writes /;
const makesBranch = /^POST \/api\/v2\/trees#1$/;
const makesTag = /^POST \/api\/v2\/trees#2$/;
const asksTrino = /^POST \/v1\/statement SELECT#1$/;

/** One of each class; tests/crash has them all. */
const faults: readonly (readonly [publishing: Publishing, kind: FaultKind, at: RegExp])[] = [
  ["tag-consumer", "its answer is lost", makesBranch],
  ["tag-consumer", "its answer is lost", makesMarker],
  ["tag-consumer", "its answer is lost", sealsView],
  ["tag-consumer", "its answer is lost", keepsViews],
  ["tag-consumer", "its answer is lost", moves],
  ["tag-consumer", "its answer is lost", asksTrino],
  ["tag-consumer", "its connection is reset", makesTag],
  ["tag-consumer", "503 once", commit(String.raw`writes release\/consumer\/…#1$`)],
  ["tag-consumer", "503 three times", commit(String.raw`writes lease\/consumer#1$`)],
  ["tag-consumer", "429 with Retry-After", sealsView],
  ["tag-consumer", "409 once", moves],
  ["tag-consumer", "409 once", /^DELETE .*-sealing@…#1$/],
  ["tag-consumer", "503 for good", sealsView],
  ["tag-consumer", "503 for good", asksTrino],
  ["tag-consumer", "500 for good", moves],
  ["tag-consumer", "401 for good", makesTag],
  ["tag-consumer", "503 for good", commit(String.raw`removes lease\/consumer#1$`)],
  ["tag-consumer", "its token has expired", sealsView],
  ["tag-consumer", "its token has expired, and no other is given", makesTag],
  ["rollback", "its answer is lost", moves],
];

describe("a publication bears whatever goes wrong, and so do readers", () => {
  let publications: PublishingFaults;
  let requests: Readonly<Record<Publishing, readonly string[]>>;

  beforeAll(async () => {
    publications = await PublishingFaults.build("publishing_faults");
    requests = {
      "tag-consumer": await publications.requestsOf("tag-consumer"),
      rollback: await publications.requestsOf("rollback"),
    };
  });
  afterAll(() => publications.remove());

  it.each(faults)("%s: %s at %s", async (publishing, kind, pattern) => {
    const at = requests[publishing].find((name) => pattern.test(name));
    if (at === undefined)
      throw new Error(`nothing like ${pattern} is asked:\n${requests[publishing].join("\n")}`);
    expect(await publications.bear(publishing, { kind, at })).toEqual(borne);
  });
});
