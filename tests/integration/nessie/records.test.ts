import { describe, expect, it } from "vitest";
import { createNessieRecords } from "../../../src/nessie/records.js";
import type { RecordStore, Version } from "../../../src/state/ports.js";
import { errorOf } from "../../support/errors.js";
import { json, serve, type Answer, type Seen } from "../http/server.js";

const root = "e1".repeat(32);
const head = "a1".repeat(32);

const refusal = (errorCode: string, status: number): Answer =>
  json({ status, reason: "", message: `refused: ${errorCode}`, errorCode }, status);
const conflict = refusal("REFERENCE_CONFLICT", 409);
const notFound = refusal("REFERENCE_NOT_FOUND", 404);
const committed = json({ targetBranch: { type: "BRANCH", name: "b", hash: head } });

/** The answer to a look: what these keys hold. */
const contents = (records: Readonly<Record<string, object>> = {}): Answer =>
  json({
    contents: Object.entries(records).map(([key, properties]) => ({
      key: { elements: [key] },
      content: { type: "NAMESPACE", id: `id of ${key}`, elements: [key], properties },
    })),
    effectiveReference: { type: "BRANCH", name: "b", hash: head },
  });

interface Script {
  /** Answers to the reads at the head, the last one for ever. */
  readonly looks?: readonly Answer[];
  readonly commits?: readonly Answer[];
  readonly creation?: Answer;
}

async function scripted({ looks = [contents()], commits = [committed], creation }: Script) {
  const kinds: string[] = [];
  const next = (kind: string, answers: readonly Answer[]): Answer => {
    const nth = kinds.filter((one) => one === kind).length - 1;
    return answers[Math.min(nth, answers.length - 1)] ?? "drop";
  };
  const server = await serve((seen: Seen) => {
    const kind = kindOf(seen);
    kinds.push(kind);
    if (kind === "config") return json({ noAncestorHash: root });
    if (kind === "create") return creation ?? json({ reference: { type: "BRANCH", name: "b", hash: root } });
    return next(kind, kind === "look" ? looks : commits);
  });
  const records = createNessieRecords({
    uri: server.url,
    branch: "b",
    retry: { retries: 0, minWaitMs: 1, maxWaitMs: 1 },
  });
  const commitsSeen = () => server.seen.filter((seen) => kindOf(seen) === "commit");
  return { records, kinds, commits: commitsSeen };
}

function kindOf({ path, method }: Seen): string {
  if (path.endsWith("/contents")) return "look";
  if (path.endsWith("/history/commit")) return "commit";
  if (path.endsWith("/config")) return "config";
  return method === "POST" ? "create" : path;
}

const fenceOf = (records: RecordStore) => records.fencedBy("lease/x", "v1" as Version);

describe("the branch of the records", () => {
  it("is made from the empty root by whoever writes first", async () => {
    const { records, kinds, commits } = await scripted({ looks: [notFound] });
    expect(await records.read("run/1")).toBeNull();
    await records.write("run/1", "a", null);
    expect(kinds).toEqual(["look", "look", "config", "create", "commit"]);
    expect(decodeURIComponent(commits()[0]?.path ?? "")).toContain(`/trees/b@${root}/history/commit`);
  });

  it("may be made by another at the same moment", async () => {
    const { records, kinds } = await scripted({
      looks: [notFound],
      creation: refusal("REFERENCE_ALREADY_EXISTS", 409),
    });
    await records.write("run/1", "a", null);
    expect(kinds.at(-1)).toBe("commit");
  });

  it("that is gone breaks a fence, and is not made anew", async () => {
    const { records, kinds } = await scripted({ looks: [notFound] });
    expect((await errorOf(() => fenceOf(records).write("run/1", "a"))).code).toBe("LEASE_LOST");
    expect(kinds).toEqual(["look"]);
  });

  it("needs a name that Nessie allows", async () => {
    const { records } = await scripted({ looks: [refusal("BAD_REQUEST", 400)] });
    expect((await errorOf(() => records.read("run/1"))).code).toBe("CONFIG_INVALID");
  });
});

describe("a commit that Nessie refuses", () => {
  it("is tried again while the record is still what was expected", async () => {
    const { records, commits } = await scripted({ commits: [conflict, conflict, conflict, committed] });
    await records.write("run/1", "a", null);
    expect(commits()).toHaveLength(4);
  });

  it("is a conflict once the record is another one", async () => {
    const { records, commits } = await scripted({
      looks: [contents(), contents({ "run/1": { version: "theirs", value: "b" } })],
      commits: [conflict],
    });
    expect((await errorOf(() => records.write("run/1", "a", null))).code).toBe("CONFLICT");
    expect(commits()).toHaveLength(1);
  });

  it("is tried again behind a fence for as long as that stands", async () => {
    const fence = { "lease/x": { version: "v1", value: "" } };
    const taken = { "lease/x": { version: "v2", value: "" } };
    const { records, commits } = await scripted({
      looks: [contents(fence), contents(fence), contents(taken)],
      commits: [conflict],
    });
    expect((await errorOf(() => fenceOf(records).write("run/1", "a"))).code).toBe("LEASE_LOST");
    expect(commits()).toHaveLength(2);
    const { operations } = JSON.parse(commits()[0]?.body ?? "{}") as { operations: object[] };
    expect(operations).toMatchObject([
      { type: "PUT", key: { elements: ["run/1"] } },
      { type: "UNCHANGED", key: { elements: ["lease/x"] } },
    ]);
  });

  it("is given up in the end, when it is refused for ever", async () => {
    const { records, commits } = await scripted({ commits: [conflict] });
    const error = await errorOf(() => records.write("run/1", "a", null));
    expect([error.code, error.message]).toEqual([
      "SERVICE_UNAVAILABLE",
      expect.stringContaining("others committed at the same moment"),
    ]);
    expect(commits().length).toBeGreaterThan(5);
  });

  it("is an error at once where the refusal is about something else", async () => {
    const denied = { status: 403, body: "{}" };
    const { records, commits } = await scripted({ commits: [denied] });
    expect((await errorOf(() => records.write("run/1", "a", null))).code).toBe("PERMISSION_DENIED");
    expect(commits()).toHaveLength(1);
  });
});

describe("a commit whose answer did not come", () => {
  it.each<[string, Answer]>([
    ["the connection broke", "drop"],
    ["a proxy answered 504", { status: 504 }],
  ])("is sent again when it has not arrived (%s)", async (_, lost) => {
    const { records, commits } = await scripted({ commits: [lost, committed] });
    await records.write("run/1", "a", null);
    expect(commits().map(({ body }) => body)).toEqual([commits()[0]?.body, commits()[0]?.body]);
  });

  it("is given up with its own failure when nothing answers any more", async () => {
    const { records } = await scripted({ looks: [contents(), { status: 500 }], commits: ["drop"] });
    const error = await errorOf(() => records.write("run/1", "a", null));
    expect(error.message).toContain("broke before it had answered");
  });
});

describe("a record in Nessie", () => {
  it.each<[string, object]>([
    ["without a version", { value: "a" }],
    ["without a value", { version: "v" }],
    ["with a part missing", { version: "v", parts: "2", "gzip.0": "H4sIAAAA" }],
    ["with a part that was spoilt", { version: "v", parts: "1", "gzip.0": "rubbish" }],
  ])("%s is an error that names it", async (_, properties) => {
    const { records } = await scripted({ looks: [contents({ "run/1": properties })] });
    const error = await errorOf(() => records.read("run/1"));
    expect([error.code, error.message]).toEqual([
      "STATE_UNREADABLE",
      expect.stringMatching(/^the record run\/1 in branch b of Nessie at http:.* is not whole$/),
    ]);
  });
});
