import { describe, expect, it } from "vitest";
import { createNessieClient } from "../../../src/nessie/client.js";
import { errorOf } from "../../support/errors.js";
import { recording, replay } from "../http/replay.js";
import { json, serve } from "../http/server.js";

const base = "4600c2dbba539511814091351a71110f44015241880536b489459a2d2a94d8a3";
const later = "1eaacc236982ee3563bbf68a920662a9be677e422a9e2000b2b25ca791ba9be2";
const nowhere = "0".repeat(64);

async function recorded(name: string) {
  const server = await replay("nessie", name);
  return { nessie: createNessieClient({ uri: `${server.url}/api/v2` }), left: server.left };
}

describe("the views and tables of a commit", () => {
  it("are told apart by their names", async () => {
    const { nessie, left } = await recorded("names");
    expect(Object.fromEntries(await nessie.names(base))).toEqual({
      "mart.top": "view",
      "oso.t": "table",
      "oso.u": "table",
      "oso.v": "view",
    });
    expect(left()).toEqual([]);
  });

  it("are listed over all pages", async () => {
    const entry = (name: string) => ({ type: "ICEBERG_TABLE", name: { elements: ["oso", name] } });
    const server = await serve(({ path }) =>
      path.includes("page-token=more")
        ? json({ hasMore: false, token: null, entries: [entry("b")] })
        : json({ hasMore: true, token: "more", entries: [entry("a")] }),
    );
    const names = await createNessieClient({ uri: server.url }).names(base);
    expect([...names.keys()]).toEqual(["oso.a", "oso.b"]);
  });

  it("cannot be had of a commit that is missing", async () => {
    const { nessie } = await recorded("names-unknown-commit");
    expect((await errorOf(() => nessie.names(nowhere))).code).toBe("HASH_UNKNOWN");
  });

  it("that have changed between two commits are those with another schema, other rows, another text", async () => {
    const server = await serve(() => ({ body: recording("nessie", "changed-names")[0]?.reply.body ?? "" }));
    const nessie = createNessieClient({ uri: server.url });
    expect(await nessie.changedNames(base, later)).toEqual(new Set(["oso.u", "oso.v"]));
  });

  it.each([404, 405])(
    "cannot be read where there is no Iceberg REST (HTTP %i), and the error says what is needed",
    async (status) => {
      const server = await serve(() => ({ status, body: "<html>nothing here</html>" }));
      const nessie = createNessieClient({ uri: server.url });
      const error = await errorOf(() => nessie.viewTexts(base, ["oso.v"]));
      expect(error).toMatchObject({ code: "REQUIREMENT_MISSING", exitCode: 3 });
      expect(error.hint).toContain("nessie.iceberg_uri");
    },
  );
});
