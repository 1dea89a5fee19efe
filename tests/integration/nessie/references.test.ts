import { describe, expect, it } from "vitest";
import { createNessieClient } from "../../../src/nessie/client.js";
import { errorOf } from "../../support/errors.js";
import { recording, replay } from "../http/replay.js";
import { closedAddress, json, serve, type Answer, type Seen } from "../http/server.js";

/** Commits of the recordings: `second` follows `first`; `side` is on no branch; `root` is Nessie's empty beginning. */
const first = "ef7a38b5dec4990d7009ac29365fba83a3ef1726af197257bd870eacde6afa62";
const second = "a40fb5b84e451ecfa48c4b03a3b8b7031d09efd10a1020aef09dea5d7a5f14e1";
const side = "070420eac16709f71502fa5bc684b5b2dc2142604bf184fc21a2d7724d97fbf8";
const root = "2e1cfa82b035c26cbbbdae632cea070514eb8b773f616aaeaf668e2f0be8f10d";
const nowhere = "0".repeat(64);

const client = (uri: string) =>
  createNessieClient({ uri, retry: { retries: 2, minWaitMs: 1, maxWaitMs: 1 } });

/** The client against what the real Nessie answered; `left` are recorded requests it did not make. */
async function recorded(name: string) {
  const server = await replay("nessie", name);
  return { nessie: client(server.url), left: server.left };
}

/** The n-th recorded answer of an exchange. */
function answer(name: string, index = 0): Answer {
  const reply = recording("nessie", name)[index]?.reply;
  if (reply === undefined) throw new Error(`${name} has no answer ${index}`);
  return { status: reply.status, body: reply.body };
}

/** What Nessie says where a change was overtaken by other commits too often. */
const overtaken = json({ status: 409, message: "overtaken", errorCode: "REFERENCE_CONFLICT" }, 409);

/** Nessie as it is after a move whose reply was lost: the same move again is a conflict. */
const afterLostReply =
  (lost: Answer) =>
  ({ method }: Seen, count: number): Answer => {
    if (method === "GET") return answer("move-tag-already-there", 1);
    return count === 1 ? lost : answer("move-tag-already-there", 0);
  };

describe("reading references", () => {
  it("gives type, name and commit", async () => {
    const { nessie, left } = await recorded("reference");
    expect(await nessie.reference("main")).toMatchObject({ type: "BRANCH", name: "main" });
    expect(left()).toEqual([]);
  });

  it("knows a missing one by Nessie's error code", async () => {
    const { nessie } = await recorded("reference-missing");
    const error = await errorOf(() => nessie.reference("team/nowhere"));
    expect(error.code).toBe("REFERENCE_MISSING");
    expect(error.message).toContain("no reference team/nowhere");
    const again = await recorded("reference-missing");
    expect(await again.nessie.findReference("team/nowhere")).toBeNull();
  });

  it("lists tags by prefix over all pages", async () => {
    const { nessie, left } = await recorded("tags");
    expect(await nessie.tags("recorded/")).toEqual([
      { type: "TAG", name: "recorded/1", hash: first },
      { type: "TAG", name: "recorded/2", hash: second },
    ]);
    expect(left()).toEqual([]);
  });

  it.each<[string, Answer]>([
    [
      "another service",
      { status: 404, headers: { "content-type": "text/html" }, body: "<h1>Not found</h1>" },
    ],
    ["a proxy's error page", { status: 200, body: "<html>busy</html>" }],
    ["JSON that is not Nessie's", json({ name: "main" })],
  ])("says so when %s answers at the address", async (_, reply) => {
    const server = await serve(() => reply);
    const error = await errorOf(() => client(server.url).reference("main"));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain(`${server.url}/api/v2`);
  });

  it.each(["again", null])("takes no list for whole that goes on nowhere (token %j)", async (token) => {
    const server = await serve(() => json({ hasMore: true, token, references: [] }));
    const error = await errorOf(() => client(server.url).tags("x"));
    expect([error.code, error.message]).toEqual([
      "SERVICE_UNAVAILABLE",
      expect.stringContaining("further page"),
    ]);
  });
});

describe("reading history", () => {
  it("finds commits by the start of their hash, in either case", async () => {
    const { nessie, left } = await recorded("commits-by-prefix");
    expect(await nessie.commitsByPrefix("main", second.slice(0, 7).toUpperCase(), 5)).toEqual([second]);
    expect(left()).toEqual([]);
  });

  it("stops at the limit", async () => {
    const server = await serve((_, count) =>
      json({ hasMore: true, token: `${count}`, logEntries: [{ commitMeta: { hash: `a${count}` } }] }),
    );
    expect(await client(server.url).commitsByPrefix("main", "a", 2)).toEqual(["a1", "a2"]);
    expect(server.seen).toHaveLength(2);
  });

  it("cannot be talked into another filter by a quote", async () => {
    const server = await serve(() => json({ hasMore: false, logEntries: [] }));
    await client(server.url).commitsByPrefix("main", "' || true || '\\", 1);
    const { searchParams } = new URL(server.seen[0]?.path ?? "", server.url);
    expect(searchParams.get("filter")).toBe("commit.hash.startsWith('\\' || true || \\'\\\\')");
  });

  it("names a branch that is missing", async () => {
    const { nessie } = await recorded("commits-of-missing-branch");
    const error = await errorOf(() => nessie.commitsByPrefix("nowhere", second.slice(0, 7), 5));
    expect([error.code, error.message]).toEqual(["REFERENCE_MISSING", expect.stringContaining("nowhere")]);
  });

  it.each<[string, string, string, boolean]>([
    ["ancestor", first, second, true],
    ["ancestor-not", second, first, false],
    ["ancestor-root", root, second, true],
  ])(
    "tells whether one commit is in the history of another (%s)",
    async (name, ancestor, descendant, expected) => {
      const { nessie, left } = await recorded(name);
      expect(await nessie.isAncestor(ancestor, descendant)).toBe(expected);
      expect(left()).toEqual([]);
    },
  );

  it("takes a commit for its own ancestor without asking", async () => {
    expect(await client(await closedAddress()).isAncestor(first, first)).toBe(true);
  });

  it("knows a commit that Nessie does not have by its error code", async () => {
    const { nessie } = await recorded("ancestor-unknown-commit");
    expect((await errorOf(() => nessie.isAncestor(first, nowhere))).code).toBe("HASH_UNKNOWN");
  });
});

describe("creating a tag", () => {
  it("puts it on any commit, whatever branch that is on", async () => {
    const { nessie, left } = await recorded("create-tag");
    await nessie.createTag("recorded/new", first);
    expect(left()).toEqual([]);
  });

  it("is a CONFLICT where the name is taken", async () => {
    const { nessie } = await recorded("create-tag-exists");
    expect((await errorOf(() => nessie.createTag("recorded/new", second))).code).toBe("CONFLICT");
  });

  it("needs a name that Nessie allows", async () => {
    const server = await serve(() =>
      json(
        { status: 400, message: "Reference name must start with a letter", errorCode: "BAD_REQUEST" },
        400,
      ),
    );
    const error = await errorOf(() => client(server.url).createTag("1..x", first));
    expect([error.code, error.message]).toEqual([
      "CONFIG_INVALID",
      expect.stringContaining("must start with a letter"),
    ]);
  });

  it("needs a commit that exists", async () => {
    const { nessie } = await recorded("create-tag-unknown-commit");
    expect((await errorOf(() => nessie.createTag("recorded/other", nowhere))).code).toBe("HASH_UNKNOWN");
  });

  it.each<[string, Answer]>([
    ["dropped", "drop"],
    ["cut short", "cut"],
    ["turned into a 503", { status: 503 }],
  ])("succeeds when only the reply was lost (%s)", async (_, lost) => {
    const server = await serve(({ method }, count) => {
      if (method === "GET") return answer("create-tag");
      return count === 1 ? lost : answer("create-tag-exists");
    });
    await client(server.url).createTag("recorded/new", first);
    expect(server.seen.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  it("succeeds when every reply was lost but the tag is there", async () => {
    const server = await serve(({ method }) => (method === "POST" ? "drop" : answer("create-tag")));
    await client(server.url).createTag("recorded/new", first);
    expect(server.seen.map(({ method }) => method)).toEqual(["POST", "POST", "POST", "GET"]);
  });

  it("is a CONFLICT where the reply was lost, and somebody else has made it at another commit", async () => {
    const server = await serve(({ method }, count) => {
      if (method === "GET") return answer("move-tag-already-there", 1);
      return count === 1 ? "drop" : answer("create-tag-exists");
    });
    expect((await errorOf(() => client(server.url).createTag("recorded/new", first))).code).toBe("CONFLICT");
  });

  it("is tried again where others' commits got in between", async () => {
    const server = await serve((_, count) => (count === 1 ? overtaken : answer("create-tag")));
    await client(server.url).createTag("recorded/new", first);
    expect(server.seen).toHaveLength(2);
  });

  it("fails when the request was lost too", async () => {
    const server = await serve(({ method }) => (method === "POST" ? "drop" : answer("reference-missing")));
    const error = await errorOf(() => client(server.url).createTag("recorded/new", first));
    expect(error.code).toBe("SERVICE_UNAVAILABLE");
    expect(error.message).toContain("broke before it had answered");
  });
});

describe("moving a tag", () => {
  it("sends where it must stand and where it shall go", async () => {
    const { nessie, left } = await recorded("move-tag");
    await nessie.moveTag("recorded/new", first, second);
    expect(left()).toEqual([]);
  });

  it("is TAG_MOVED, with from and to, when someone else was faster", async () => {
    const { nessie } = await recorded("move-tag-moved");
    const error = await errorOf(() => nessie.moveTag("recorded/new", first, side));
    expect(error.code).toBe("TAG_MOVED");
    expect(error.message).toBe(
      `recorded/new moved from ${first.slice(0, 12)} to ${second.slice(0, 12)}, so it was not put on ${side.slice(0, 12)}`,
    );
  });

  it("is tried again where it was refused although the tag stands where it must", async () => {
    const server = await serve(({ method }, count) => {
      if (method === "GET") return answer("create-tag");
      return count === 1 ? overtaken : answer("move-tag");
    });
    await client(server.url).moveTag("recorded/new", first, second);
    expect(server.seen.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT"]);
  });

  it("is given up where it is refused again and again, without saying that anybody has moved it", async () => {
    const server = await serve(({ method }) => (method === "GET" ? answer("create-tag") : overtaken));
    const error = await errorOf(() => client(server.url).moveTag("recorded/new", first, second));
    expect([error.code, error.message]).toEqual([
      "SERVICE_UNAVAILABLE",
      expect.stringContaining("REFERENCE_CONFLICT"),
    ]);
  });

  it("is done when the tag stands at the target already", async () => {
    const { nessie, left } = await recorded("move-tag-already-there");
    await nessie.moveTag("recorded/new", first, second);
    expect(left()).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["dropped", "drop"],
    ["cut short", "cut"],
    ["turned into a 504", { status: 504 }],
  ])("succeeds when only the reply was lost (%s)", async (_, lost) => {
    const server = await serve(afterLostReply(lost));
    await client(server.url).moveTag("recorded/new", first, second);
    expect(server.seen.map(({ method }) => method)).toEqual(["PUT", "PUT", "GET"]);
  });

  it("succeeds when every reply was lost but the tag has moved", async () => {
    const server = await serve(({ method }) =>
      method === "PUT" ? "drop" : answer("move-tag-already-there", 1),
    );
    await client(server.url).moveTag("recorded/new", first, second);
    expect(server.seen.map(({ method }) => method)).toEqual(["PUT", "PUT", "PUT", "GET"]);
  });

  it("fails with the first trouble when the tag has not moved", async () => {
    const server = await serve(({ method }) => (method === "PUT" ? { status: 500 } : answer("create-tag")));
    const error = await errorOf(() => client(server.url).moveTag("recorded/new", first, second));
    expect([error.code, error.message]).toEqual(["SERVICE_UNAVAILABLE", expect.stringContaining("HTTP 500")]);
  });

  it("fails with the first trouble when nothing answers any more", async () => {
    const server = await serve(({ method }) => (method === "PUT" ? { status: 401 } : "drop"));
    const error = await errorOf(() => client(server.url).moveTag("recorded/new", first, second));
    expect(error.code).toBe("AUTHENTICATION_FAILED");
  });

  it("refuses a branch", async () => {
    const { nessie } = await recorded("move-tag-is-branch");
    const error = await errorOf(() => nessie.moveTag("recorded/branch", first, second));
    expect([error.code, error.message]).toEqual(["CONFIG_INVALID", expect.stringContaining("branch")]);
  });

  it("tells a missing tag from a missing commit, which Nessie gives the same code", async () => {
    const tag = await recorded("move-tag-missing");
    expect((await errorOf(() => tag.nessie.moveTag("recorded/nowhere", second, first))).code).toBe(
      "REFERENCE_MISSING",
    );
    const commit = await recorded("move-tag-unknown-commit");
    expect((await errorOf(() => commit.nessie.moveTag("recorded/new", second, nowhere))).code).toBe(
      "HASH_UNKNOWN",
    );
  });
});

describe("deleting a tag", () => {
  it.each(["delete-tag", "delete-tag-missing"])("leaves none behind (%s)", async (name) => {
    const { nessie, left } = await recorded(name);
    await nessie.deleteTag("recorded/new", second);
    expect(left()).toEqual([]);
  });

  it("leaves one alone that has moved", async () => {
    const { nessie, left } = await recorded("delete-tag-moved");
    await nessie.deleteTag("recorded/new", first);
    expect(left()).toEqual([]);
  });

  it("is tried again where it was refused although the tag stands where it must", async () => {
    const server = await serve(({ method }, count) => {
      if (method === "GET") return answer("create-tag");
      return count === 1 ? overtaken : answer("delete-tag");
    });
    await client(server.url).deleteTag("recorded/new", first);
    expect(server.seen.map(({ method }) => method)).toEqual(["DELETE", "GET", "DELETE"]);
  });

  it("is repeated when the connection breaks", async () => {
    const server = await serve((_, count) => (count === 1 ? "drop" : answer("delete-tag-missing")));
    await client(server.url).deleteTag("recorded/new", second);
    expect(server.seen).toHaveLength(2);
  });
});
