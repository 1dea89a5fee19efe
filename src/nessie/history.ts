import pLimit from "p-limit";
import { type Hash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Http } from "../http/client.js";
import type { MainHistory, TableCommit } from "../restatement/ports.js";
import { atCommit, errorCode, icebergPath, pages, refusedBy } from "./api.js";
import { requestContents } from "./contents.js";
import { readReference, readRoot, unknownHash } from "./references.js";
import { type Change, changesPage, icebergRefusal, loadedTable } from "./schemas.js";

/** As many commits as Nessie gives at once when asked for their operations. */
const commitsPerPage = 250;

/**
 * Main's history as evidence of who wrote what. Left out are commits that leave a table's snapshot as it was: Trino
 * commits the statistics of each INSERT on their own, and changes of a table's schema or properties keep the snapshot,
 * and with it the query id of whoever wrote it before.
 */
export function mainHistory(http: Http, iceberg: Http, branch: string, concurrency: number): MainHistory {
  /** Newest first, without `since` itself. */
  async function changes(since: Hash, until: Hash, tables: ReadonlySet<string>): Promise<TableChange[]> {
    const request = {
      path: `/trees/${atCommit(until)}/history`,
      query: { "limit-hash": since, fetch: "ALL", "max-records": commitsPerPage },
    };
    const history = pages(http, request, changesPage, (refused) =>
      errorCode(refused) === "REFERENCE_NOT_FOUND"
        ? unknownHash(http, until)
        : refusedBy(http, refused, "read the history"),
    );
    const found: TableChange[] = [];
    for await (const { logEntries } of history) {
      for (const { commitMeta, operations } of logEntries) {
        // Nessie counts the limit in, and takes one that it does not meet for none.
        if (commitMeta.hash === since) return found;
        for (const operation of operations ?? []) {
          const table = operation.key.elements.join(".");
          if (!tables.has(table)) continue;
          found.push({ hash: commitMeta.hash, table, snapshot: snapshotOf(operation.content) });
        }
      }
    }
    if (since === (await readRoot(http))) return found;
    throw new PipelineError("HASH_NOT_ON_MAIN", {
      message: `${short(since)}, where the run began, is not in the history of ${branch} up to ${short(until)}`,
      hint: `${branch} has been put back or replaced since: look at Nessie's history of it`,
    });
  }

  return {
    head: async () => (await readReference(http, branch)).hash,

    async commitsOn(since, until, tables) {
      if (since === until || tables.size === 0) return [];
      const found = (await changes(since, until, tables)).toReversed();
      const snapshots = await snapshotsAt(http, since, [...new Set(found.map(({ table }) => table))]);
      return found.flatMap(({ snapshot, ...commit }) => {
        const isSame = snapshots.get(commit.table) === snapshot;
        snapshots.set(commit.table, snapshot);
        return isSame ? [] : [commit];
      });
    },

    writers: (commits) =>
      pLimit(concurrency).map(commits, async (commit) => ({
        commit,
        queryId: await writer(iceberg, commit),
      })),
  };
}

/** Through Iceberg REST, which takes a few milliseconds; Trino, which tells the same by `"t#hash$snapshots"`, takes ten times that. */
async function writer(iceberg: Http, { hash, table }: TableCommit): Promise<string | null> {
  const path = icebergPath(`@${hash}`, "tables", table);
  const reply = await iceberg.request({ method: "GET", path, schema: loadedTable });
  if (!reply.ok) {
    if (icebergRefusal.safeParse(reply.body).success) return null;
    throw refusedBy(iceberg, reply, `load table ${table}`);
  }
  const { "current-snapshot-id": current, snapshots } = reply.data.metadata;
  const snapshot = snapshots.find((one) => one["snapshot-id"] === current);
  return snapshot?.summary?.["trino_query_id"] ?? null;
}

interface TableChange extends TableCommit {
  /** Undefined once the table is dropped. */
  readonly snapshot: string | undefined;
}

/** A snapshot id beyond 2^53 comes as bigint, a smaller one as number: only their text compares. */
const snapshotOf = (content: Change["content"]): string | undefined =>
  content ? String(content.snapshotId) : undefined;

async function snapshotsAt(
  http: Http,
  hash: Hash,
  tables: readonly string[],
): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  // The empty beginning has no contents, and Nessie none to ask for.
  if (tables.length === 0 || hash === (await readRoot(http))) return found;
  for (const { key, content } of await requestContents(http, hash, tables)) {
    found.set(key.elements.join("."), snapshotOf(content));
  }
  return found;
}
