import { describe, expect, it } from "vitest";
import type { RecordStore, Version } from "../../src/state/ports.js";
import { errorOf } from "./errors.js";

/** What every store of records holds to, whatever it is made of. `open` gives two clients of one new, empty place. */
export function recordStoreContract(open: () => Promise<readonly [RecordStore, RecordStore]>): void {
  const codeOf = async (work: () => unknown): Promise<string> => (await errorOf(work)).code;
  const valueOf = async (store: RecordStore, key: string): Promise<string | undefined> =>
    (await store.read(key))?.value;

  describe("records", () => {
    it("are not there before they are written", async () => {
      const [one] = await open();
      expect(await one.read("run/1")).toBeNull();
      expect(await one.list("")).toEqual([]);
    });

    it("are read by every client, with the version that the writer was given", async () => {
      const [one, other] = await open();
      const version = await one.write("run/1", "a", null);
      expect(await other.read("run/1")).toEqual({ key: "run/1", value: "a", version });
    });

    it("have another version after each write, also of the same value", async () => {
      const [one] = await open();
      const first = await one.write("run/1", "a", null);
      const second = await one.write("run/1", "a", first);
      expect(second).not.toBe(first);
      expect(await codeOf(() => one.write("run/1", "b", first))).toBe("CONFLICT");
    });

    it("are changed only from the version that was read", async () => {
      const [one, other] = await open();
      const first = await one.write("run/1", "a", null);
      expect(await codeOf(() => other.write("run/1", "b", null))).toBe("CONFLICT");
      await other.write("run/1", "b", first);
      expect(await codeOf(() => one.write("run/1", "c", first))).toBe("CONFLICT");
      expect(await codeOf(() => one.remove("run/1", first))).toBe("CONFLICT");
      expect(await valueOf(one, "run/1")).toBe("b");
    });

    it("that were removed are gone, and can be written again as new ones only", async () => {
      const [one, other] = await open();
      const first = await one.write("run/1", "a", null);
      await other.remove("run/1", first);
      expect(await one.read("run/1")).toBeNull();
      expect(await codeOf(() => one.write("run/1", "b", first))).toBe("CONFLICT");
      expect(await codeOf(() => one.remove("run/1", first))).toBe("CONFLICT");
      await one.write("run/1", "c", null);
      expect(await valueOf(other, "run/1")).toBe("c");
    });

    it("do not get in each other's way", async () => {
      const [one, other] = await open();
      const versions = await Promise.all([one.write("a/1", "1", null), other.write("a/2", "2", null)]);
      await Promise.all([one.write("a/1", "3", versions[0]), other.write("a/2", "4", versions[1])]);
      expect((await one.list("a/")).map(({ value }) => value)).toEqual(["3", "4"]);
    });

    it("are listed by the start of their key, in order", async () => {
      const [one] = await open();
      for (const key of ["journal/1/000002", "run/1", "journal/1/000010", "journal/1/000001", "journal/10/1"])
        await one.write(key, key, null);
      expect((await one.list("journal/1/")).map(({ key }) => key)).toEqual([
        "journal/1/000001",
        "journal/1/000002",
        "journal/1/000010",
      ]);
    });

    it("take any key and any value", async () => {
      const [one, other] = await open();
      const keys = [
        "lease/my proj.v2//Gate_way",
        "lease/MY proj.v2//gate_way",
        "lease/ü'%2F\\\"~|",
        "a.b/c.d",
      ];
      const value = '{"text":"naïve ☃ 💧\u0000\\n"}';
      for (const key of keys) await one.write(key, value + key, null);
      for (const key of keys) expect(await valueOf(other, key)).toBe(value + key);
      expect(await one.list("")).toHaveLength(keys.length);
      expect((await one.list("lease/my proj.v2/")).map(({ key }) => key)).toEqual(keys.slice(0, 1));
      expect(await one.list("a.b/")).toHaveLength(1);
    });

    it("hold values of 400 kB and more that cannot be made smaller", async () => {
      const [one, other] = await open();
      const noise = Array.from({ length: 60_000 }, () => Math.random().toString(36).slice(2, 10)).join("☃");
      const version = await one.write("plan/1", noise, null);
      expect((await valueOf(other, "plan/1")) === noise).toBe(true);
      await one.write("plan/1", "small", version);
      expect(await valueOf(other, "plan/1")).toBe("small");
    });

    it("are won by exactly one of many that write at once", async () => {
      const [one, other] = await open();
      const wins = await Promise.allSettled(
        Array.from({ length: 8 }, async (_, n) => (n % 2 === 0 ? one : other).write("lease/x", `${n}`, null)),
      );
      expect(wins.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const winner = wins.findIndex(({ status }) => status === "fulfilled");
      expect(await valueOf(one, "lease/x")).toBe(`${winner}`);
    });
  });

  describe("a fence", () => {
    const held = async (): Promise<{ one: RecordStore; other: RecordStore; version: Version }> => {
      const [one, other] = await open();
      return { one, other, version: await one.write("lease/x", "mine", null) };
    };

    it("lets its owner write, read, list and remove", async () => {
      const { one, other, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      await fenced.write("run/1", "a");
      await fenced.write("run/1", "b");
      await fenced.write("run/2", "c");
      expect(await fenced.read("run/1")).toEqual(await other.read("run/1"));
      expect(await fenced.list("run/")).toEqual(await other.list("run/"));
      expect(await fenced.keys("run/")).toEqual(["run/1", "run/2"]);
      await fenced.remove("run/1");
      await fenced.remove("run/1");
      expect((await other.list("run/")).map(({ value }) => value)).toEqual(["c"]);
    });

    it("lets it write on after each renewal, and refuses the version before", async () => {
      const { one, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      const stale = one.fencedBy("lease/x", version);
      await fenced.renew("again");
      await fenced.renew("again");
      await fenced.write("run/1", "a");
      expect(await valueOf(one, "lease/x")).toBe("again");
      expect(await codeOf(() => stale.write("run/1", "b"))).toBe("LEASE_LOST");
    });

    it("is no hindrance to what others write meanwhile", async () => {
      const { one, other, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      await fenced.write("run/1", "a");
      await other.write("approval/1", "b", null);
      await fenced.write("run/1", "c");
      expect(await valueOf(other, "run/1")).toBe("c");
      expect(await fenced.read("approval/1")).toMatchObject({ value: "b" });
    });

    it.each<[string, (store: RecordStore, version: Version) => Promise<unknown>]>([
      ["was taken over", async (store, version) => store.write("lease/x", "theirs", version)],
      [
        "was taken over with the very same words",
        async (store, version) => store.write("lease/x", "mine", version),
      ],
      ["was removed", async (store, version) => store.remove("lease/x", version)],
      [
        "was removed and taken again",
        async (store, version) => {
          await store.remove("lease/x", version);
          await store.write("lease/x", "mine", null);
        },
      ],
    ])("that %s lets its old owner do nothing more", async (_, takeOver) => {
      const { one, other, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      await fenced.write("run/1", "a");
      await takeOver(other, version);
      // What a writer that looked at the present state first would take for its own.
      await one.list("");
      expect(await codeOf(() => fenced.write("run/1", "late"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.write("run/2", "late"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.remove("run/1"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.read("run/1"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.list("run/"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.keys("run/"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.renew("late"))).toBe("LEASE_LOST");
      expect(await codeOf(() => fenced.release())).toBe("LEASE_LOST");
      expect((await other.list("run/")).map(({ value }) => value)).toEqual(["a"]);
    });

    it("that was given back is free for the next", async () => {
      const { one, other, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      await fenced.release();
      await other.write("lease/x", "theirs", null);
      expect(await codeOf(() => fenced.write("run/1", "late"))).toBe("LEASE_LOST");
    });

    it("keeps the order in which its owner asked", async () => {
      const { one, other, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      const asked = Array.from({ length: 6 }, async (_, n) =>
        n % 3 === 2 ? fenced.renew(`${n}`) : fenced.write("run/1", `${n}`),
      );
      await Promise.all([...asked, fenced.release()]);
      expect(await valueOf(other, "run/1")).toBe("4");
      expect(await other.read("lease/x")).toBeNull();
    });

    it("is broken at one moment for all that is under way", async () => {
      const { one, other, version } = await held();
      const fenced = one.fencedBy("lease/x", version);
      const writes = Array.from({ length: 12 }, async (_, n) => fenced.write("run/1", `${n}`));
      const [results] = await Promise.all([
        Promise.allSettled(writes),
        other.write("lease/x", "theirs", version),
      ]);
      const accepted = results.filter(({ status }) => status === "fulfilled").length;
      expect(results.slice(0, accepted).every(({ status }) => status === "fulfilled")).toBe(true);
      expect(await valueOf(other, "run/1")).toBe(accepted === 0 ? undefined : `${accepted - 1}`);
    });
  });
}
