import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pLimit from "p-limit";
import { PipelineError } from "../core/errors.js";
import { createHttp, type HttpOptions } from "../http/client.js";
import type { FencedStore, RecordStore, StoredRecord, Version } from "../state/ports.js";
import { changed, fencedOut } from "../state/refusals.js";
import { nessieAddresses } from "./address.js";
import {
  recordBranch,
  type FoundRecord,
  type Head,
  type Operation,
  type RecordBranch,
} from "./record-branch.js";
import { toProperties } from "./record-values.js";

export interface NessieRecordsOptions extends Omit<HttpOptions, "service" | "baseUrl"> {
  /** `http://host:19120/api/v2`; the path may be left out. */
  readonly uri: string;
  /** `oso-pipeline-state` where left out; made when first written to. */
  readonly branch?: string | undefined;
}

/**
 * Records on a branch of Nessie's own. Who writes them has to get an answer in time, so requests are given up sooner
 * than elsewhere; a signal given here also ends those with which an interrupted run puts its journal away.
 */
export function createNessieRecords({
  uri,
  branch = "oso-pipeline-state",
  ...options
}: NessieRecordsOptions): RecordStore {
  const http = createHttp({
    timeoutMs: 10_000,
    ...options,
    retry: { retries: 3, maxWaitMs: 1_000, ...options.retry },
    service: "Nessie",
    baseUrl: nessieAddresses(uri).api,
  });
  return recordStore(recordBranch(http, branch));
}

/** Commits are refused when many come at once, although each concerns another record. */
const TRIES = 12;
const LONGEST_PAUSE_MS = 1_000;
/** Times that a commit whose answer was lost is looked for and sent again. */
const LOST = 3;

interface Change {
  readonly key: string;
  /** Null to remove the record. */
  readonly value: string | null;
  readonly version: Version;
  /** Throws where the change may not be made to what now stands. */
  readonly check: (now: Head["records"]) => void;
  /** The record that must stay as `check` has seen it. */
  readonly fence?: string | undefined;
}

function recordStore(branch: RecordBranch): RecordStore {
  const { place } = branch;

  /**
   * Reads what stands, checks it, and commits on condition that it still stands. A commit whose answer was lost has
   * arrived if its version is found; another try cannot do harm, for what was sent before is refused after it.
   */
  async function change({ key, value, version, check, fence }: Change): Promise<void> {
    const keys = fence === undefined ? [key] : [key, fence];
    const properties = value === null ? undefined : await toProperties(value, version);
    let lost: unknown[] = [];
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const { hash, records } = await branch.look(keys).catch((thrown: unknown) => {
        throw lost[0] ?? thrown;
      });
      const old = records.get(key);
      const hasArrived = value === null ? old === undefined : old?.version === version;
      if (lost.length > 0 && hasArrived) return;
      check(records);
      if (value === null && old === undefined) return;
      try {
        const operations = operationsOf(key, old, properties, fence);
        if (await branch.commit(hash ?? (await branch.create()), operations)) return;
      } catch (thrown) {
        lost = [...lost, thrown];
        if (lost.length > LOST || !isUncertain(thrown)) throw thrown;
      }
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, 20 * 2 ** tries));
    }
    throw new PipelineError("SERVICE_UNAVAILABLE", {
      message: `${place} refused ${TRIES} commits in a row, because others committed at the same moment`,
      hint: "try again when fewer processes write to it",
    });
  }

  async function write(key: string, value: string, check: Change["check"]): Promise<Version> {
    const version = randomUUID() as Version;
    await change({ key, value, version, check });
    return version;
  }

  const mustBe =
    (key: string, expected: Version | null) =>
    (now: Head["records"]): void => {
      if ((now.get(key)?.version ?? null) !== expected) throw changed(place, key);
    };

  function fencedBy(fence: string, acquired: Version): FencedStore {
    const inTurn = pLimit(1);
    /** Every version of the fence that this writer may have written: answers get lost. */
    let mine = new Set([acquired]);
    const check = (now: Head["records"]): void => {
      const version = now.get(fence)?.version;
      if (version === undefined || !mine.has(version)) throw fencedOut(place, fence);
    };
    const set = async (key: string, value: string | null): Promise<void> =>
      inTurn(async () => change({ key, value, version: randomUUID() as Version, check, fence }));
    return {
      read: async (key) =>
        inTurn(async () => {
          const { records } = await branch.look([key, fence]);
          check(records);
          return found(records, key);
        }),
      list: async (prefix) =>
        inTurn(async () => {
          const records = await branch.list(prefix);
          check((await branch.look([fence])).records);
          return records.map(plain);
        }),
      keys: async (prefix) =>
        inTurn(async () => {
          const keys = await branch.keys(prefix);
          check((await branch.look([fence])).records);
          return keys;
        }),
      write: set,
      remove: async (key) => set(key, null),
      renew: async (value) =>
        inTurn(async () => {
          const version = randomUUID() as Version;
          mine.add(version);
          await change({ key: fence, value, version, check });
          mine = new Set([version]);
        }),
      release: async () =>
        inTurn(async () => change({ key: fence, value: null, version: randomUUID() as Version, check })),
    };
  }

  return {
    place,
    read: async (key) => found((await branch.look([key])).records, key),
    list: async (prefix) => (await branch.list(prefix)).map(plain),
    write: async (key, value, expected) => write(key, value, mustBe(key, expected)),
    remove: async (key, expected) =>
      change({ key, value: null, version: expected, check: mustBe(key, expected) }),
    fencedBy,
  };
}

function operationsOf(
  key: string,
  old: FoundRecord | undefined,
  properties: Record<string, string> | undefined,
  fence: string | undefined,
): Operation[] {
  const operation: Operation =
    properties === undefined
      ? { type: "DELETE", key }
      : { type: "PUT", key, contentId: old?.contentId, properties };
  return fence === undefined ? [operation] : [operation, { type: "UNCHANGED", key: fence }];
}

const plain = ({ key, value, version }: FoundRecord): StoredRecord => ({ key, value, version });

function found(records: Head["records"], key: string): StoredRecord | null {
  const record = records.get(key);
  return record === undefined ? null : plain(record);
}

/** Whether a request that failed so may have arrived all the same. */
const isUncertain = (thrown: unknown): boolean =>
  thrown instanceof PipelineError && (thrown.code === "SERVICE_UNAVAILABLE" || thrown.code === "TIMEOUT");
