import type { FencedStore, RecordStore, StoredRecord, Version } from "../../src/state/ports.js";
import { changed, fencedOut } from "../../src/state/refusals.js";

export interface AcceptedWrite {
  readonly key: string;
  /** Null for a removal. */
  readonly value: string | null;
}

/** Runs before an operation, as whatever may come in between; may throw or take its time. */
export type BeforeOperation = (operation: "read" | "write", key: string) => Promise<void> | void;

/** Records in memory, shared by as many clients as `client` is asked for. */
export class FakeRecordStore implements RecordStore {
  readonly place = "memory";
  readonly records = new Map<string, { value: string; version: Version }>();
  /** All that was changed, in order. */
  readonly writes: AcceptedWrite[] = [];
  #count = 0;

  /** The store as one process reaches it. `after` comes between the operation and its answer. */
  client(
    before: BeforeOperation = () => undefined,
    after: () => Promise<void> | void = () => undefined,
  ): RecordStore {
    const turn =
      <A extends readonly unknown[], R>(operation: "read" | "write", act: (key: string, ...rest: A) => R) =>
      async (key: string, ...rest: A): Promise<R> => {
        await before(operation, key);
        const answer = act(key, ...rest);
        await after();
        return answer;
      };
    return {
      place: this.place,
      read: turn("read", (key) => this.#read(key)),
      list: turn("read", (prefix) => this.#list(prefix)),
      write: turn("write", (key, value: string, expected: Version | null) => {
        this.#mustBe(key, expected);
        return this.#put(key, value);
      }),
      remove: turn("write", (key, expected: Version) => {
        this.#mustBe(key, expected);
        this.#delete(key);
      }),
      fencedBy: (fence, acquired): FencedStore => {
        let mine = acquired;
        const held =
          <A extends readonly unknown[], R>(act: (key: string, ...rest: A) => R) =>
          (key: string, ...rest: A): R => {
            if (this.records.get(fence)?.version !== mine) throw fencedOut(this.place, fence);
            return act(key, ...rest);
          };
        const renew = turn(
          "write",
          held((key, value: string) => (mine = this.#put(key, value))),
        );
        const release = turn(
          "write",
          held((key) => this.#delete(key)),
        );
        return {
          read: turn(
            "read",
            held((key) => this.#read(key)),
          ),
          list: turn(
            "read",
            held((prefix) => this.#list(prefix)),
          ),
          keys: turn(
            "read",
            held((prefix) => this.#list(prefix).map(({ key }) => key)),
          ),
          write: turn(
            "write",
            held((key, value: string) => void this.#put(key, value)),
          ),
          remove: turn(
            "write",
            held((key) => this.#delete(key)),
          ),
          renew: async (value) => void (await renew(fence, value)),
          release: async () => release(fence),
        };
      },
    };
  }

  readonly #only = this.client();
  read = this.#only.read;
  list = this.#only.list;
  write = this.#only.write;
  remove = this.#only.remove;
  fencedBy = this.#only.fencedBy;

  /** The JSON in a record. */
  json(key: string): unknown {
    return JSON.parse(this.records.get(key)?.value ?? "null");
  }

  #read(key: string): StoredRecord | null {
    const record = this.records.get(key);
    return record === undefined ? null : { key, ...record };
  }

  #list(prefix: string): StoredRecord[] {
    return [...this.records]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, record]) => ({ key, ...record }))
      .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  }

  #mustBe(key: string, expected: Version | null): void {
    if ((this.records.get(key)?.version ?? null) !== expected) throw changed(this.place, key);
  }

  #put(key: string, value: string): Version {
    const version = String((this.#count += 1)) as Version;
    this.records.set(key, { value, version });
    this.writes.push({ key, value });
    return version;
  }

  #delete(key: string): void {
    if (this.records.delete(key)) this.writes.push({ key, value: null });
  }
}
