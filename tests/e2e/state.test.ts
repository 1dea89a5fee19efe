import { describe, expect, inject, it, onTestFinished } from "vitest";
import { createHttp } from "../../src/http/client.js";
import { recordBranch, type Operation } from "../../src/nessie/record-branch.js";
import { createNessieRecords } from "../../src/nessie/records.js";
import type { RecordStore } from "../../src/state/ports.js";
import { errorOf } from "../support/errors.js";
import { startProxy, type Fate, type ProxiedRequest } from "../support/proxy.js";
import { recordStoreContract } from "../support/record-store-contract.js";
import { stateProcessContract } from "../support/state-processes.js";

const { nessieUri: uri } = inject("stack");
let branches = 0;
const newBranch = (): string => `state-test-${Date.now()}-${(branches += 1)}`;

const isCommit = ({ url }: ProxiedRequest): boolean => url.endsWith("/history/commit");

describe("records on a branch of Nessie", () => {
  recordStoreContract(async () => {
    const branch = newBranch();
    return [createNessieRecords({ uri, branch }), createNessieRecords({ uri, branch })];
  });

  it("are listed over all pages", async () => {
    const records = createNessieRecords({ uri, branch: newBranch() });
    const fenced = records.fencedBy("lease/x", await records.write("lease/x", "", null));
    const keys = Array.from({ length: 260 }, (_, n) => `run/${String(n).padStart(4, "0")}`);
    for (const key of keys) await fenced.write(key, key);
    expect((await records.list("run/")).map(({ value }) => value)).toEqual(keys);
  });
});

/** A client whose requests go through `decide`, and another that sees what really stands. */
async function through(
  decide: (request: ProxiedRequest) => Promise<Fate>,
): Promise<{ near: RecordStore; real: RecordStore }> {
  const proxy = await startProxy(uri, decide);
  onTestFinished(async () => proxy.close());
  const branch = newBranch();
  const near = createNessieRecords({ uri: proxy.url, branch, retry: { minWaitMs: 1, maxWaitMs: 1 } });
  return { near, real: createNessieRecords({ uri, branch }) };
}

describe("a commit whose answer is lost", () => {
  const losing = async () => {
    let isArmed = false;
    const stores = await through(async (request) => {
      if (!isArmed || !isCommit(request)) return "pass";
      isArmed = false;
      return "lose-reply";
    });
    return { ...stores, loseNext: () => void (isArmed = true) };
  };

  it("has been made, and its version is the one that stands", async () => {
    const { near, real, loseNext } = await losing();
    loseNext();
    const first = await near.write("run/1", "a", null);
    expect(await real.read("run/1")).toEqual({ key: "run/1", value: "a", version: first });
    loseNext();
    const second = await near.write("run/1", "b", first);
    expect(await real.read("run/1")).toEqual({ key: "run/1", value: "b", version: second });
    loseNext();
    await near.remove("run/1", second);
    expect(await real.read("run/1")).toBeNull();
  });

  it("breaks no fence, whichever of its commits it was", async () => {
    const { near, real, loseNext } = await losing();
    const fenced = near.fencedBy("lease/x", await near.write("lease/x", "0", null));
    loseNext();
    await fenced.renew("1");
    loseNext();
    await fenced.write("run/1", "a");
    loseNext();
    await fenced.remove("run/1");
    await fenced.renew("2");
    expect((await real.read("lease/x"))?.value).toBe("2");
    loseNext();
    await fenced.release();
    expect(await real.list("")).toEqual([]);
  });

  it("breaks no fence even when nothing could be asked afterwards", async () => {
    let isArmed = false;
    let isDown = false;
    const { near, real } = await through(async (request) => {
      isDown ||= isArmed && isCommit(request);
      return isDown ? "lose-reply" : "pass";
    });
    const fenced = near.fencedBy("lease/x", await near.write("lease/x", "0", null));
    isArmed = true;
    expect((await errorOf(() => fenced.renew("1"))).code).toBe("SERVICE_UNAVAILABLE");
    expect((await real.read("lease/x"))?.value).toBe("1");
    isArmed = false;
    isDown = false;
    await fenced.write("run/1", "a");
    await fenced.renew("2");
    expect((await real.read("run/1"))?.value).toBe("a");
  });
});

describe("Nessie's commits", () => {
  const raw = async () => {
    const branch = recordBranch(createHttp({ service: "Nessie", baseUrl: uri }), newBranch());
    const put = (key: string, value: string, contentId?: string): Operation => ({
      type: "PUT",
      key,
      contentId,
      properties: { version: value, value },
    });
    const look = async (key: string) => {
      const { hash, records } = await branch.look([key]);
      return { hash: hash ?? "", contentId: records.get(key)?.contentId };
    };
    await branch.commit(await branch.create(), [put("lease/x", "mine")]);
    return { branch, put, look };
  };
  const unchanged: Operation = { type: "UNCHANGED", key: "lease/x" };

  it("with UNCHANGED are refused at the writer's own hash after a takeover, and accepted at the head", async () => {
    const { branch, put, look } = await raw();
    const own = await look("lease/x");
    expect(await branch.commit(own.hash, [put("run/1", "a"), unchanged])).toBe(true);
    expect(await branch.commit(own.hash, [put("lease/x", "theirs", own.contentId)])).toBe(true);
    expect(await branch.commit(own.hash, [put("run/2", "late"), unchanged])).toBe(false);
    // Why the fence's version is compared whenever the head is read.
    const head = await look("lease/x");
    expect(await branch.commit(head.hash, [put("run/2", "late"), unchanged])).toBe(true);
  });

  it("take a fence for unchanged that has the same words again, so every version is another", async () => {
    const { branch, put, look } = await raw();
    const own = await look("lease/x");
    await branch.commit(own.hash, [put("lease/x", "theirs", own.contentId)]);
    await branch.commit((await look("lease/x")).hash, [put("lease/x", "mine", own.contentId)]);
    expect(await branch.commit(own.hash, [put("run/1", "late"), unchanged])).toBe(true);
  });

  it("are refused where the key was made or changed since", async () => {
    const { branch, put, look } = await raw();
    const before = await look("lease/x");
    expect(await branch.commit(before.hash, [put("run/1", "a")])).toBe(true);
    expect(await branch.commit(before.hash, [put("run/1", "b")])).toBe(false);
    expect(await branch.commit(before.hash, [{ type: "DELETE", key: "run/1" }])).toBe(false);
  });

  it("may come from many at once, each to a record of its own", async () => {
    const branch = newBranch();
    const clients = Array.from({ length: 16 }, () => createNessieRecords({ uri, branch }));
    await Promise.all(
      clients.map(async (client, n) => {
        const fenced = client.fencedBy(`lease/${n}`, await client.write(`lease/${n}`, "", null));
        for (let k = 0; k < 8; k += 1)
          await (k % 3 === 0 ? fenced.renew(`${k}`) : fenced.write(`run/${n}`, `${k}`));
      }),
    );
    expect((await createNessieRecords({ uri, branch }).list("run/")).map(({ value }) => value)).toEqual(
      clients.map(() => "7"),
    );
  });
});

describe("state on a branch of Nessie", () => {
  stateProcessContract(async () => ({ uri, branch: newBranch() }));
});
