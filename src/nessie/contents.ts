import pLimit, { type LimitFunction } from "p-limit";
import type { z } from "zod";
import type { Hash } from "../core/commit.js";
import type { Http } from "../http/client.js";
import type { CatalogAtCommit, CatalogContent } from "../verification/ports.js";
import { atCommit, errorCode, refusedBy } from "./api.js";
import { kindOf } from "./diff.js";
import { unknownHash } from "./references.js";
import { contents } from "./schemas.js";
import { loadView, textOf } from "./views.js";

export type Contents = z.infer<typeof contents>["contents"];

/** Keys in one request; a body of this many names stays far below any server's limit. */
const keysPerRequest = 200;

/**
 * What is behind a name at a commit. Types come from Nessie in bulk; the text of a view is in its Iceberg metadata,
 * read one by one through the Iceberg REST catalogue, whose prefix can be any commit: `@hash`.
 */
export function catalogAtCommit(http: Http, iceberg: Http, concurrency: number): CatalogAtCommit {
  return {
    async contents(hash, names) {
      const limit = pLimit(concurrency);
      const found = await requestContents(http, hash, [...new Set(names)], limit);
      const known = found.filter(({ content: { type } }) => kindOf(type) !== undefined);
      return new Map(
        await limit.map(known, async ({ key, content }): Promise<[string, CatalogContent]> => {
          const name = key.elements.join(".");
          return [
            name,
            kindOf(content.type) === "view"
              ? { type: "view", ...textOf(await loadView(iceberg, `@${hash}`, name)) }
              : { type: "table", content: identity(content) },
          ];
        }),
      );
    },
  };
}

/** Every change of a table is a metadata file of its own; one at an old place again has another content id. */
const identity = ({ id, metadataLocation, snapshotId }: Contents[number]["content"]): string =>
  [id, metadataLocation, snapshotId].map((part) => String(part ?? "")).join(" ");

/** Contents of these names at a commit, in bulk; absent ones are absent. @throws PipelineError HASH_UNKNOWN */
export async function requestContents(
  http: Http,
  hash: Hash,
  names: readonly string[],
  limit: LimitFunction = pLimit(1),
): Promise<Contents> {
  const chunks: string[][] = [];
  for (let start = 0; start < names.length; start += keysPerRequest) {
    chunks.push(names.slice(start, start + keysPerRequest));
  }
  const found = await limit.map(chunks, async (chunk) => {
    const reply = await http.request({
      method: "POST",
      path: `/trees/${atCommit(hash)}/contents`,
      body: { requestedKeys: chunk.map((name) => ({ elements: name.split(".") })) },
      schema: contents,
      repeatable: true,
    });
    if (reply.ok) return reply.data.contents;
    throw errorCode(reply) === "REFERENCE_NOT_FOUND"
      ? unknownHash(http, hash)
      : refusedBy(http, reply, "read contents");
  });
  return found.flat();
}
