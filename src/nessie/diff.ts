import { z } from "zod";
import { PipelineError } from "../core/errors.js";
import type { Http } from "../http/client.js";
import type { CommitComparison, ContentChange, ContentKind, ContentMark } from "../release/ports.js";
import { atCommit, errorCode, pages, refusedBy } from "./api.js";
import { id64 } from "./schemas.js";

/** Nessie begins each page anew, so that fewer take longer; more take the memory that reading one needs. */
const KEYS_PER_PAGE = 500;

const content = z.object({
  type: z.string(),
  id: z.string().optional(),
  metadataLocation: z.string().optional(),
  snapshotId: id64.nullish(),
  schemaId: id64.nullish(),
});

const diffPage = z.object({
  hasMore: z.boolean(),
  token: z.string().nullish(),
  diffs: z.array(
    z.object({
      key: z.object({ elements: z.array(z.string()).min(1) }),
      from: content.nullish(),
      to: content.nullish(),
    }),
  ),
});

type Content = z.infer<typeof content> | null | undefined;

export const kindOf = (type: string): ContentKind | undefined =>
  type === "ICEBERG_TABLE" ? "table" : type === "ICEBERG_VIEW" ? "view" : undefined;

/** What is otherwise at two commits, as Nessie tells from its index of keys: it reads no table's metadata for it. */
export async function* changes(
  http: Http,
  ...[from, to]: Parameters<CommitComparison["changes"]>
): AsyncGenerator<readonly ContentChange[]> {
  if (from === to) return;
  const request = {
    path: `/trees/${atCommit(from)}/diff/${atCommit(to)}`,
    query: { "max-records": KEYS_PER_PAGE },
  };
  const diff = pages(http, request, diffPage, (refused) =>
    errorCode(refused) === "REFERENCE_NOT_FOUND"
      ? unknownCommit(http, refused.said)
      : refusedBy(http, refused, "compare two commits"),
  );
  for await (const { diffs } of diff) {
    yield diffs.flatMap((one) => {
      const change = {
        name: one.key.elements.join("."),
        from: markOf(one.from),
        to: markOf(one.to),
      };
      return isSame(change.from, change.to) ? [] : [change];
    });
  }
}

/**
 * A table's rows and columns are told by its snapshot and schema; statistics and properties are commits too and change
 * neither. A view's text is in its metadata file, which is a new one each time.
 */
function markOf(one: Content): ContentMark | null {
  const kind = one ? kindOf(one.type) : undefined;
  if (!one || kind === undefined) return null;
  const { id: contentId, snapshotId, schemaId, metadataLocation } = one;
  return kind === "table"
    ? { kind, rows: `${contentId} ${snapshotId}`, columns: `${schemaId}` }
    : { kind, rows: "", columns: `${metadataLocation}` };
}

const isSame = (a: ContentMark | null, b: ContentMark | null): boolean =>
  a?.kind === b?.kind && a?.rows === b?.rows && a?.columns === b?.columns;

/** Which of the two it is, only Nessie's words tell. */
function unknownCommit(http: Http, said: string): PipelineError {
  return new PipelineError("HASH_UNKNOWN", {
    message: `${http.peer.service} at ${http.peer.address} does not have both commits that are compared${said}`,
    hint: "a full commit hash has 64 hexadecimal digits",
  });
}
