import type { Hash } from "../core/commit.js";
import type { Http, Schema } from "../http/client.js";
import type { StoredRecord } from "../state/ports.js";
import { unreadable } from "../state/refusals.js";
import { atCommit, celText, errorCode, type Page, pages, refusedBy } from "./api.js";
import { committed, contentPage, contentsAtHead, type RecordContent } from "./record-schemas.js";
import { fromProperties } from "./record-values.js";
import { config, entryPage, oneReference } from "./schemas.js";

/** A record as it is at a commit, with the id by which Nessie knows it. */
export interface FoundRecord extends StoredRecord {
  readonly contentId: string | undefined;
}

/** What stands at the head of the branch; without a hash where there is no branch yet. */
export interface Head {
  readonly hash: Hash | null;
  readonly records: ReadonlyMap<string, FoundRecord>;
}

export type Operation =
  | {
      readonly type: "PUT";
      readonly key: string;
      readonly contentId: string | undefined;
      readonly properties: Readonly<Record<string, string>>;
    }
  /** `UNCHANGED` is refused when the record is another one than at the expected commit. */
  | { readonly type: "DELETE" | "UNCHANGED"; readonly key: string };

/** The branch on which records lie: namespaces with one flat element each, at no time merged with anything. */
export interface RecordBranch {
  readonly place: string;
  look(keys: readonly string[]): Promise<Head>;
  list(prefix: string): Promise<readonly FoundRecord[]>;
  keys(prefix: string): Promise<readonly string[]>;
  /** Makes the branch where there is none, and gives its beginning; of two who do so at once both succeed. */
  create(): Promise<Hash>;
  /** False when one of the records is another one than at `expected`, or too many commit at once. */
  commit(expected: Hash, operations: readonly Operation[]): Promise<boolean>;
}

export function recordBranch(http: Http, branch: string): RecordBranch {
  const place = `branch ${branch} of ${http.peer.service} at ${http.peer.address}`;
  const path = `/trees/${encodeURIComponent(branch)}`;

  async function found(elements: readonly string[], content: RecordContent): Promise<FoundRecord> {
    const key = keyOf(elements);
    const read = await fromProperties(content);
    if (read === undefined) throw unreadable(`the record ${key} in ${place} is not whole`, key);
    return { key, ...read, contentId: content.id };
  }

  async function entriesOf<E>(
    prefix: string,
    query: { readonly content?: true },
    schema: Schema<Page & { readonly entries: readonly E[] }>,
  ): Promise<readonly E[]> {
    const reply = await http.request({ method: "GET", path, schema: oneReference });
    if (!reply.ok) {
      if (errorCode(reply) === "REFERENCE_NOT_FOUND") return [];
      throw refusedBy(http, reply, `read branch ${branch}`);
    }
    const request = {
      // All pages of one commit, whatever is committed meanwhile.
      path: `/trees/${atCommit(reply.data.reference.hash)}/entries`,
      query: {
        ...query,
        filter: `entry.encodedKey.startsWith(${celText(elementsOf(prefix).join())})`,
      },
    };
    const entries: E[] = [];
    const list = pages(http, request, schema, (refused) => refusedBy(http, refused, `list ${prefix}`));
    for await (const page of list) entries.push(...page.entries);
    return entries;
  }

  return {
    place,

    async look(keys) {
      const reply = await http.request({
        method: "POST",
        path: `${path}/contents`,
        body: { requestedKeys: keys.map((key) => ({ elements: elementsOf(key) })) },
        schema: contentsAtHead,
        repeatable: true,
      });
      if (!reply.ok) {
        if (errorCode(reply) === "REFERENCE_NOT_FOUND") return { hash: null, records: new Map() };
        throw refusedBy(http, reply, `read ${keys.join(", ")}`);
      }
      const records = await Promise.all(
        reply.data.contents.map(async ({ key, content }) => found(key.elements, content)),
      );
      return {
        hash: reply.data.effectiveReference.hash,
        records: new Map(records.map((record) => [record.key, record])),
      };
    },

    async list(prefix) {
      const entries = await entriesOf(prefix, { content: true }, contentPage);
      const records = await Promise.all(
        entries.map(async ({ name, content }) => found(name.elements, content)),
      );
      return records.toSorted((one, other) => (one.key < other.key ? -1 : 1));
    },

    async keys(prefix) {
      const entries = await entriesOf(prefix, {}, entryPage);
      return entries.map(({ name }) => keyOf(name.elements)).toSorted();
    },

    async create() {
      const about = await http.request({ method: "GET", path: "/config", schema: config });
      if (!about.ok) throw refusedBy(http, about, "give its configuration");
      const root = about.data.noAncestorHash;
      const reply = await http.request({
        method: "POST",
        path: "/trees",
        query: { name: branch, type: "BRANCH" },
        // What the source is called does not matter to Nessie: its hash does.
        body: { type: "BRANCH", name: "main", hash: root },
        schema: oneReference,
        repeatable: true,
      });
      if (reply.ok || errorCode(reply) === "REFERENCE_ALREADY_EXISTS") return root;
      throw refusedBy(http, reply, `create branch ${branch}`);
    },

    async commit(expected, operations) {
      const [first] = operations;
      const reply = await http.request({
        method: "POST",
        path: `/trees/${encodeURIComponent(`${branch}@${expected}`)}/history/commit`,
        body: {
          commitMeta: {
            message: `oso-pipeline: ${first?.type === "PUT" ? "write" : "remove"} ${first?.key}`,
          },
          operations: operations.map(toNessie),
        },
        schema: committed,
      });
      if (reply.ok) return true;
      const code = errorCode(reply);
      // Not found: the branch was removed or made anew, so that nothing that was read holds any more.
      if (code === "REFERENCE_CONFLICT" || code === "REFERENCE_NOT_FOUND") return false;
      throw refusedBy(http, reply, `commit to branch ${branch}`);
    },
  };
}

function toNessie(operation: Operation): object {
  const { type } = operation;
  const elements = elementsOf(operation.key);
  if (type !== "PUT") return { type, key: { elements } };
  const { contentId, properties } = operation;
  const content = {
    type: "NAMESPACE",
    elements,
    properties,
    ...(contentId === undefined ? {} : { id: contentId }),
  };
  return { type, key: { elements }, content };
}

/** One element, so that no namespace has to exist above it; without the dot, which Nessie spells in its own way. */
const elementsOf = (key: string): string[] => [
  encodeURIComponent(key).replaceAll("%2F", "/").replaceAll(".", "%2E"),
];

const keyOf = (elements: readonly string[]): string => decodeURIComponent(elements.join("."));
