import { describe, expect, it } from "vitest";
import { nessieProbe } from "../../../src/nessie/probe.js";
import { errorOf } from "../../support/errors.js";
import { replay } from "../http/replay.js";
import { json, serve } from "../http/server.js";

const main = "6ec0bebd9036bc208a0eb45389dab2a88f6d03bb43fd2e8da59782ba63ac6b72";

describe("Nessie, asked whether it is what is needed", () => {
  it("tells its API's version, that it serves Iceberg REST, its branches, and any one table", async () => {
    const server = await replay("nessie", "probe");
    const nessie = nessieProbe({ uri: `${server.url}/api/v2` });
    expect(await nessie.specification()).toBe("2.2.0");
    await nessie.iceberg();
    expect(await nessie.branches("doctorrec-")).toEqual([
      { type: "BRANCH", name: "doctorrec-1", hash: main },
    ]);
    expect(await nessie.anyTable(main)).toBe("crash_orphan.t");
    expect(server.left()).toEqual([]);
  });

  it("gives all pages of branches", async () => {
    const branch = (name: string) => ({ type: "BRANCH", name, hash: main });
    const server = await serve(({ path }) =>
      path.includes("page-token=more")
        ? json({ hasMore: false, references: [branch("b")] })
        : json({ hasMore: true, token: "more", references: [branch("a")] }),
    );
    const found = await nessieProbe({ uri: server.url }).branches("");
    expect(found.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("has no table at a commit without any", async () => {
    const server = await serve(() => json({ hasMore: false, entries: [] }));
    expect(await nessieProbe({ uri: server.url }).anyTable(main)).toBeNull();
  });

  it("that serves no Iceberg REST is told with what it needs", async () => {
    const server = await serve(() => json({ message: "no such endpoint" }, 404));
    const error = await errorOf(() => nessieProbe({ uri: server.url }).iceberg());
    expect(error).toMatchObject({ code: "REQUIREMENT_MISSING", exitCode: 3 });
    expect(error.message).toContain("no such endpoint");
    expect(error.hint).toContain("nessie.iceberg_uri");
  });
});
