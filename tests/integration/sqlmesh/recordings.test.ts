import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  expectFailedAudit,
  expectFirstBuild,
  expectRestatement,
  expectTakenUpAgain,
} from "../../support/bridge-expectations.js";
import { apply, firstBuild, restateDaily, takeUpAgain } from "../../support/bridge-scenario.js";
import { fakeBridge } from "../../support/fake-bridge.js";
import { parseMessage } from "../../../src/sqlmesh/protocol.js";

// Written down by the matrix tests, which hold the same expectations against the real bridge.
const folder = new URL("recordings/", import.meta.url);
const recording = (name: string): string => fileURLToPath(new URL(`${name}.jsonl`, folder));

describe("a recorded exchange", () => {
  it("of a first build, a restatement and what was left of it replays to the same outcome", async () => {
    const { client } = await fakeBridge(`replay ${recording("build-and-restate")}`);
    const build = await firstBuild(client);
    expectFirstBuild(build);
    const restated = await apply(client, restateDaily);
    expectRestatement(restated, true);
    expectTakenUpAgain(await takeUpAgain(client, restated));
    expect(build.project.sqlmeshVersion).toBe("0.236.4");
  });

  it("of a failing audit replays to the same outcome", async () => {
    expect.hasAssertions();
    const { client } = await fakeBridge(`replay ${recording("failing-audit")}`);
    expectFailedAudit(await apply(client));
  });

  it("holds nothing but the protocol, and no path of the machine it was recorded on", async () => {
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(["build-and-restate.jsonl", "failing-audit.jsonl"]);
    for (const name of names) {
      const text = await readFile(new URL(name, folder), "utf8");
      const kinds = replies(text).map((reply) => parseMessage(JSON.stringify(reply)).kind);
      expect(kinds).not.toContain("broken");
      expect(kinds).not.toContain("unknown-event");
      expect(text).not.toMatch(/\/(?:home|root|tmp|Users|work)\//);
    }
  });
});

const replies = (text: string): unknown[] =>
  text
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line))
    .flatMap((entry) =>
      typeof entry === "object" && entry !== null && "reply" in entry ? [entry.reply] : [],
    );
