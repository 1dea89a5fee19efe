/**
 * Small records by key, each changed by compare-and-swap: a branch of Nessie's own, or files. Keys are words joined by
 * `/`; values are text of any length.
 */
export interface RecordStore {
  /** For messages: `branch oso-pipeline-state of Nessie at http://…`, or a folder. */
  readonly place: string;
  /** Null when there is none. */
  read(key: string): Promise<StoredRecord | null>;
  /** Records whose key starts with `prefix`, sorted by key. */
  list(prefix: string): Promise<readonly StoredRecord[]>;
  /**
   * @param expected the version that was read; null when there must be no such record yet.
   * @throws PipelineError CONFLICT when the record is another one by now; a reply lost after success is success.
   */
  write(key: string, value: string, expected: Version | null): Promise<Version>;
  /** @throws PipelineError CONFLICT */
  remove(key: string, expected: Version): Promise<void>;
  /** Reads and writes on condition that the record `key` still is `version`, which its owner alone renews. */
  fencedBy(key: string, version: Version): FencedStore;
}

export interface StoredRecord {
  readonly key: string;
  readonly value: string;
  readonly version: Version;
}

/** Opaque to all but the store that gave it. */
export type Version = string & { readonly isVersion: never };

/** One writer's view, its operations one after the other. Every one throws PipelineError LEASE_LOST once the fence is broken. */
export interface FencedStore {
  read(key: string): Promise<StoredRecord | null>;
  list(prefix: string): Promise<readonly StoredRecord[]>;
  /** The keys alone, where values may be large or many. */
  keys(prefix: string): Promise<readonly string[]>;
  /** Unconditional but for the fence: nobody else writes what a fence guards. */
  write(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Puts another value into the fence's own record. */
  renew(value: string): Promise<void>;
  /** Removes the fence's own record. */
  release(): Promise<void>;
}
