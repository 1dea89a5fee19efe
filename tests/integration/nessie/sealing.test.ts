import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { createNessieClient } from "../../../src/nessie/client.js";
import { errorOf } from "../../support/errors.js";
import { replay } from "../http/replay.js";
import { type Answer, json, type Seen, serve } from "../http/server.js";

const base = "4600c2dbba539511814091351a71110f44015241880536b489459a2d2a94d8a3";
const sealed = "6d2cd6e6b3edd80cf5a4f419c71e18393691eb21c00b74709a182f19fa7c2bdd";
const branch = "consumer-release-7-sealing";
const marker = {
  sql: "SELECT BIGINT '7' AS number",
  catalog: "iceberg",
  columns: [{ name: "number", type: "long" }],
};

async function recorded(name: string) {
  const server = await replay("nessie", name);
  return { nessie: createNessieClient({ uri: `${server.url}/api/v2` }), left: server.left };
}

describe("what Nessie answered when a release was sealed", () => {
  // Versions of views carry the time.
  beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 }));
  afterEach(() => vi.useRealTimers());

  it("is a branch with the marker and the sealed view, and nothing once it is removed", async () => {
    const { nessie, left } = await recorded("seal-one-view");
    await nessie.create(branch, base);
    await nessie.createView(branch, "oso_pipeline.release", marker);
    const text = `SELECT * FROM "iceberg"."oso"."t#${base}" AS "t"`;
    expect(await nessie.replaceViews(branch, new Map([["oso.v", text]]))).toBe(sealed);
    await nessie.remove(branch);
    expect(left()).toEqual([]);
  });

  it("is one commit for all views that are kept, with the content that they had", async () => {
    const { nessie, left } = await recorded("take-views");
    expect(await nessie.takeViews(branch, ["oso.v", "mart.top"], sealed)).toBe(
      "c829811fcf6e553a95b505c6f270e7d9e9ae1540d3f2b85f586861091e0f7d50",
    );
    expect(left()).toEqual([]);
  });

  it("lets a marker be made again, as after an answer that was lost", async () => {
    const { nessie, left } = await recorded("create-view-exists");
    expect(await nessie.createView(branch, "oso_pipeline.release", marker)).toMatch(/^[0-9a-f]{64}$/);
    expect(left()).toEqual([]);
  });

  it("is a conflict where the branch is there already", async () => {
    const { nessie } = await recorded("create-branch-exists");
    expect((await errorOf(() => nessie.create(branch, base))).code).toBe("CONFLICT");
  });
});

const reference = (name: string, hash: string) => ({ reference: { type: "BRANCH", name, hash } });

const view = (version = 1) => ({
  metadata: {
    "view-uuid": "6cc79d0c-3da4-45f5-81ae-a1b33a805f5c",
    "current-version-id": version,
    versions: [
      {
        "version-id": version,
        "schema-id": 0,
        "default-catalog": "iceberg",
        "default-namespace": ["oso"],
        representations: [{ type: "sql", sql: "SELECT 1", dialect: "trino" }],
      },
    ],
  },
});

/** Nessie with views, whose branches count their commits; `instead` may answer otherwise. */
async function nessieWith(instead: (seen: Seen) => Answer | undefined = () => undefined) {
  const branches = new Map<string, string>();
  const hashOf = (name: string): string => Buffer.from(name).toString("hex");
  const server = await serve((seen): Answer => {
    const other = instead(seen);
    if (other !== undefined) return other;
    const { method, body } = seen;
    const url = new URL(seen.path, "http://nessie.test");
    const path = decodeURIComponent(url.pathname);
    if (path.startsWith("/iceberg/")) return json(view());
    if (path.endsWith("/trees") && method === "POST") {
      const name = url.searchParams.get("name") ?? "";
      branches.set(name, hashOf(name));
      return json(reference(name, hashOf(name)));
    }
    if (path.endsWith("/trees"))
      return json({
        hasMore: false,
        references: [...branches].map(([name, hash]) => reference(name, hash).reference),
      });
    const name = (path.split("/")[4] ?? "").replace(/@.*/, "");
    if (method === "DELETE") {
      branches.delete(name);
      return json(reference(name, hashOf(name)));
    }
    if (path.endsWith("/contents")) {
      const asked: { requestedKeys: { elements: string[] }[] } = JSON.parse(body);
      const at = path.split("@")[1]?.split("/")[0];
      const contents = asked.requestedKeys.map((key) => ({
        key,
        content: {
          type: "ICEBERG_VIEW",
          id: key.elements.join("."),
          versionId: 2,
          metadataLocation: at,
        },
      }));
      return json({ contents });
    }
    if (path.endsWith("/history/commit")) return json({ targetBranch: { hash: sealed } });
    return json(reference(name, branches.get(name) ?? hashOf(name)));
  });
  const nessie = createNessieClient({ uri: server.url, concurrency: 4 });
  const sent = (method: string, part: string): Seen[] =>
    server.seen.filter((seen) => seen.method === method && decodeURIComponent(seen.path).includes(part));
  return { nessie, sent, branches };
}

const texts = (count: number): Map<string, string> =>
  new Map(Array.from({ length: count }, (_, index) => [`oso.v${index}`, `SELECT ${index}`]));

const overtakenOnNessie = json({ status: 409, errorCode: "REFERENCE_CONFLICT" }, 409);
const overtakenOnIceberg = json(
  { error: { type: "CommitFailedException", message: "overtaken", code: 409 } },
  409,
);

/** Answers the first of these requests so, and leaves the others alone. */
const once = (reply: Answer, isMeant: (seen: Seen) => boolean) => {
  let isOver = false;
  return (seen: Seen): Answer | undefined => {
    if (isOver || !isMeant(seen)) return undefined;
    isOver = true;
    return reply;
  };
};

describe("a branch", () => {
  const isMaking = ({ method, path }: Seen): boolean =>
    method === "POST" && path.startsWith("/api/v2/trees?");

  it.each([
    ["is made", base, undefined],
    ["is a conflict", sealed, "CONFLICT"],
  ])("whose making got no answer %s where it stands at %s", async (_, standing, code) => {
    let tries = 0;
    const { nessie } = await nessieWith((seen) => {
      if (seen.method === "GET") return json(reference(branch, standing));
      if (!isMaking(seen)) return undefined;
      tries += 1;
      return tries === 1 ? "drop" : json({ status: 409, errorCode: "REFERENCE_ALREADY_EXISTS" }, 409);
    });
    const made = nessie.create(branch, base).then(
      () => undefined,
      (thrown: unknown) => (thrown instanceof PipelineError ? thrown.code : thrown),
    );
    expect(await made).toBe(code);
  });

  it("is removed from where it stands by then, where commits got in between", async () => {
    const { nessie, sent, branches } = await nessieWith(
      once(overtakenOnNessie, ({ method }) => method === "DELETE"),
    );
    await nessie.create(branch, base);
    await nessie.remove(branch);
    expect(sent("DELETE", "")).toHaveLength(2);
    expect(branches.size).toBe(0);
  });
});

describe("making the marker", () => {
  it.each(["/namespaces", "/views"])(
    "is tried again where others' commits get in between (%s)",
    async (end) => {
      const { nessie, sent } = await nessieWith((seen) => {
        const answer = overtaken(seen);
        if (answer !== undefined) return answer;
        return seen.path.endsWith("/namespaces") ? json({ namespace: ["oso_pipeline"] }) : undefined;
      });
      const overtaken = once(
        overtakenOnIceberg,
        ({ method, path }) => method === "POST" && path.endsWith(end),
      );
      await nessie.create(branch, base);
      await nessie.createView(branch, "oso_pipeline.release", marker);
      expect(sent("POST", end).filter(({ path }) => path.endsWith(end))).toHaveLength(2);
      // Nothing was there that would have to be replaced.
      expect(sent("GET", "/views/")).toEqual([]);
    },
  );
});

describe("replacing many views", () => {
  it("happens on branches beside, and becomes one commit of the release's branch", async () => {
    const { nessie, sent, branches } = await nessieWith();
    await nessie.create(branch, base);
    expect(await nessie.replaceViews(branch, texts(50))).toBe(sealed);

    const replaced = sent("POST", "/views/").map(({ path }) => path.split("/").slice(3));
    expect(new Set(replaced.map(([side]) => side))).toEqual(
      new Set([1, 2, 3, 4].map((side) => `${branch}-${side}`)),
    );
    expect(replaced).toHaveLength(50);
    expect(new Set(replaced.map((parts) => `oso.${parts.at(-1)}`))).toEqual(new Set(texts(50).keys()));
    const [commit, ...others] = sent("POST", "/history/commit");
    expect(others).toEqual([]);
    const { operations }: { operations: { content: { id: string; metadataLocation: string } }[] } =
      JSON.parse(commit?.body ?? "");
    expect(new Set(operations.map(({ content }) => content.id))).toEqual(new Set(texts(50).keys()));
    // Each view's content is that of the branch on which it was replaced.
    for (const [side, , , , name] of replaced) {
      const { content } = operations.find((one) => one.content.id === `oso.${name}`) ?? {};
      expect(Buffer.from(content?.metadataLocation ?? "", "hex").toString()).toBe(side);
    }
    expect([...branches.keys()]).toEqual([branch]);
  });

  it("leaves nothing that removing the branch does not remove as well", async () => {
    const { nessie, branches } = await nessieWith(({ method, path }) =>
      method === "POST" && path.endsWith("/views/v49") ? { status: 500, body: "" } : undefined,
    );
    await nessie.create(branch, base);
    await errorOf(() => nessie.replaceViews(branch, texts(50)));
    expect(branches.size).toBeGreaterThan(1);
    await nessie.remove(branch);
    expect(branches.size).toBe(0);
  });
});

describe("replacing a view", () => {
  it("does not load again what was loaded to be read", async () => {
    const { nessie, sent } = await nessieWith();
    await nessie.viewTexts(base, ["oso.v0"]);
    await nessie.create(branch, base);
    await nessie.replaceViews(branch, texts(1));
    expect(sent("GET", "/views/")).toHaveLength(1);
    await nessie.replaceViews(branch, texts(1));
    expect(sent("GET", "/views/").map(({ path }) => path)).toEqual([
      `/iceberg/v1/%40${base}/namespaces/oso/views/v0`,
      `/iceberg/v1/${branch}/namespaces/oso/views/v0`,
    ]);
  });

  it("is tried again with what the view has become, where another commit was faster", async () => {
    const refusal = json({ error: { type: "CommitFailedException", message: "overtaken", code: 409 } }, 409);
    let refused = 0;
    const { nessie, sent } = await nessieWith(({ method, path }) => {
      if (method === "GET" && path.includes("/views/")) return json(view(1 + 4 * refused));
      if (method !== "POST" || !path.includes("/views/") || refused === 1) return undefined;
      refused += 1;
      return refusal;
    });
    await nessie.create(branch, base);
    await nessie.replaceViews(branch, texts(1));
    const versions = sent("POST", "/views/").map(({ body }) => /"version-id":(\d+)/.exec(body)?.[1]);
    expect(versions).toEqual(["2", "6"]);
  });

  it("that has no current version is an error naming it", async () => {
    const damaged = { metadata: { ...view().metadata, "current-version-id": 9 } };
    const { nessie } = await nessieWith(({ path }) => (path.includes("/views/") ? json(damaged) : undefined));
    await nessie.create(branch, base);
    const error = await errorOf(() => nessie.replaceViews(branch, texts(1)));
    expect(error.message).toContain("gives the view oso.v0 without its current version");
  });
});

describe("taking views over", () => {
  it("is done anew where the answer of the commit was lost and the second try is refused", async () => {
    let commits = 0;
    const { nessie, sent } = await nessieWith(({ path }) => {
      if (!path.endsWith("/history/commit")) return undefined;
      commits += 1;
      if (commits === 1) return "drop";
      return commits === 2 ? json({ status: 409, errorCode: "REFERENCE_CONFLICT" }, 409) : undefined;
    });
    await nessie.create(branch, base);
    expect(await nessie.takeViews(branch, ["oso.v1"], sealed)).toBe(sealed);
    expect(sent("POST", "/history/commit")).toHaveLength(3);
  });

  it("is refused where views are missing that were sealed", async () => {
    const { nessie, sent } = await nessieWith(({ path }) =>
      path.endsWith("/contents") ? json({ contents: [] }) : undefined,
    );
    await nessie.create(branch, base);
    const error = await errorOf(() => nessie.takeViews(branch, ["oso.v1"], sealed));
    expect(error.message).toContain("1 fewer views");
    expect(sent("POST", "/history/commit")).toEqual([]);
  });
});
