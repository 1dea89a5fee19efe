import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import * as z from "zod";
import { diskFailure, isCode, syncFolder, writeDurably } from "./disk.js";
import { changed, fencedOut, laterRelease, unreadable } from "./refusals.js";
import type { FencedStore, RecordStore, StoredRecord, Version } from "./ports.js";

export interface FileRecordsOptions {
  readonly folder: string;
  /** Writes a new file, complete and down to the disk, or leaves none. */
  readonly write?: ((path: string, text: string) => Promise<void>) | undefined;
}

/** One state of all records: which version of each is in force. `replaced` is the file that this commit put aside. */
const commitSchema = z.object({
  schema: z.literal(1),
  records: z.record(z.string(), z.string()),
  replaced: z.string().nullable(),
});

const laterCommit = z.object({ schema: z.int().min(2) });

type Versions = ReadonlyMap<string, Version>;

interface Commit {
  readonly number: number;
  readonly records: Versions;
}

interface Change {
  readonly key: string;
  /** Null to remove the record. */
  readonly value: string | null;
}

/** Commits that stay, for a reader that is in the middle of one and for a person who has to look back. */
const KEPT_COMMITS = 8;

/**
 * Records in a folder that processes of one machine share. Each change is a commit: a numbered file that says which
 * version of each record is in force. Its number is taken by a hard link, which of several processes exactly one can
 * make, so that what a writer has checked still holds at the moment it writes. There are no locks: a process that is
 * killed or stopped anywhere holds up nobody, and one that continues later finds its number taken.
 */
export function createFileRecords({ folder, write = writeDurably }: FileRecordsOptions): RecordStore {
  const place = `folder ${folder}`;
  const log = join(folder, "log");
  const values = join(folder, "records");
  const commitFile = (number: number): string => join(log, `${String(number).padStart(12, "0")}.json`);
  const valueFile = (key: string, version: Version): string => join(values, `${fileName(key)}~${version}`);

  async function commits(): Promise<number[]> {
    const names = await readdir(log).catch((thrown: unknown) => {
      if (isCode(thrown, "ENOENT")) return [];
      throw diskFailure(thrown, "read", log);
    });
    return names.filter((name) => /^\d+\.json$/.test(name)).map((name) => Number.parseInt(name, 10));
  }

  async function readCommit(number: number): Promise<z.infer<typeof commitSchema> | undefined> {
    const file = commitFile(number);
    const text = await readOrUndefined(file);
    if (text === undefined) return undefined;
    const json = parseJson(text);
    const parsed = commitSchema.safeParse(json);
    if (parsed.success) return parsed.data;
    if (laterCommit.safeParse(json).success) throw laterRelease(`the commit ${file}`, file);
    throw unreadable(`the commit ${file} is damaged`, file);
  }

  async function newest(): Promise<Commit> {
    for (;;) {
      const number = Math.max(0, ...(await commits()));
      if (number === 0) return { number, records: new Map() };
      const found = await readCommit(number);
      // Not there any more: others have made so many since it was listed that it was put away.
      if (found === undefined) continue;
      const records = new Map(
        Object.entries(found.records).map(([key, version]) => [key, version as Version]),
      );
      return { number, records };
    }
  }

  /** `decide` is asked again, with what then holds, whenever another process was faster; it throws to give up. */
  async function change(decide: (now: Versions) => Change): Promise<Version> {
    const version = randomUUID() as Version;
    let unused: string | undefined;
    try {
      await mkdir(values, { recursive: true });
      await mkdir(log, { recursive: true });
      for (;;) {
        const now = await newest();
        const { key, value } = decide(now.records);
        if (value !== null && unused === undefined) {
          unused = valueFile(key, version);
          await write(unused, value);
        }
        if (!(await commit(now, key, value === null ? null : version))) continue;
        // From here on the value may be in force, whatever fails.
        unused = undefined;
        if (await stands(now.number + 1, key, value === null ? null : version)) return version;
      }
    } catch (thrown) {
      throw diskFailure(thrown, "write", folder);
    } finally {
      if (unused !== undefined) await rm(unused, { force: true }).catch(() => undefined);
    }
  }

  /** False when another process has taken the number. */
  async function commit(before: Commit, key: string, version: Version | null): Promise<boolean> {
    const records = new Map(before.records);
    const old = records.get(key);
    if (version === null) records.delete(key);
    else records.set(key, version);
    const replaced = old === undefined ? null : valueFile(key, old);
    const draft = join(log, `draft-${randomUUID()}`);
    try {
      await write(draft, JSON.stringify({ schema: 1, records: Object.fromEntries(records), replaced }));
      await link(draft, commitFile(before.number + 1));
      return true;
    } catch (thrown) {
      if (isCode(thrown, "EEXIST")) return false;
      throw thrown;
    } finally {
      await rm(draft, { force: true }).catch(() => undefined);
      await syncFolder(log);
    }
  }

  /**
   * Whether a change that was committed under a number is in force. It is not where the number was free only because
   * it had long been put away, which happens to a process that was stopped in between.
   */
  async function stands(number: number, key: string, version: Version | null): Promise<boolean> {
    const numbers = await commits();
    const now = await newest();
    if (Math.max(...numbers) > number) return (now.records.get(key) ?? null) === version;
    await tidy(numbers, now).catch(() => undefined);
    return true;
  }

  /** Puts old commits away, and before each the value that was in force up to it. */
  async function tidy(numbers: readonly number[], now: Commit): Promise<void> {
    const inForce = new Set([...now.records].map(([key, version]) => valueFile(key, version)));
    for (const number of numbers.filter((one) => one <= now.number - KEPT_COMMITS)) {
      const next = await readCommit(number + 1);
      if (next?.replaced != null && !inForce.has(next.replaced)) await rm(next.replaced, { force: true });
      await rm(commitFile(number), { force: true });
    }
  }

  async function readAll(keys: (now: Versions) => readonly string[]): Promise<StoredRecord[]> {
    for (;;) {
      const now = await newest();
      const found = await Promise.all(
        keys(now.records).map(async (key): Promise<StoredRecord | null> => {
          const version = now.records.get(key);
          if (version === undefined) return null;
          const value = await readOrUndefined(valueFile(key, version));
          return value === undefined ? null : { key, value, version };
        }),
      );
      const missing = keys(now.records).find((key, index) => found[index] === null && now.records.has(key));
      if (missing === undefined) return found.filter((record) => record !== null);
      if ((await newest()).number === now.number)
        throw unreadable(`${place} has lost the value of the record ${missing}`, folder);
    }
  }

  function fencedBy(fence: string, acquired: Version): FencedStore {
    const inTurn = pLimit(1);
    let mine = acquired;
    const holds = (now: Versions): void => {
      if (now.get(fence) !== mine) throw fencedOut(place, fence);
    };
    const changeHeld = async (wanted: Change): Promise<Version> =>
      change((now) => {
        holds(now);
        return wanted;
      });
    const readHeld = async (keys: (now: Versions) => readonly string[]): Promise<StoredRecord[]> =>
      readAll((now) => {
        holds(now);
        return keys(now);
      });
    return {
      read: async (key) => (await inTurn(async () => readHeld(() => [key])))[0] ?? null,
      list: async (prefix) => inTurn(async () => readHeld(startingWith(prefix))),
      keys: async (prefix) =>
        inTurn(async () => {
          const { records } = await newest();
          holds(records);
          return startingWith(prefix)(records);
        }),
      write: async (key, value) => inTurn(async () => void (await changeHeld({ key, value }))),
      remove: async (key) => inTurn(async () => void (await changeHeld({ key, value: null }))),
      renew: async (value) =>
        inTurn(async () => {
          mine = await changeHeld({ key: fence, value });
        }),
      release: async () => inTurn(async () => void (await changeHeld({ key: fence, value: null }))),
    };
  }

  return {
    place,
    read: async (key) => (await readAll(() => [key]))[0] ?? null,
    list: async (prefix) => readAll(startingWith(prefix)),
    write: async (key, value, expected) =>
      change((now) => {
        if ((now.get(key) ?? null) !== expected) throw changed(place, key);
        return { key, value };
      }),
    async remove(key, expected) {
      await change((now) => {
        if (now.get(key) !== expected) throw changed(place, key);
        return { key, value: null };
      });
    },
    fencedBy,
  };
}

const startingWith =
  (prefix: string) =>
  (now: Versions): readonly string[] =>
    [...now.keys()].filter((key) => key.startsWith(prefix)).toSorted();

/** A key as the name of a file, on file systems that take upper for lower case too. */
const fileName = (key: string): string =>
  encodeURIComponent(key).replace(/[^a-z0-9%-]|%/g, (one) =>
    one === "%" ? "%" : `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if (isCode(thrown, "ENOENT")) return undefined;
    throw diskFailure(thrown, "read", path);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
