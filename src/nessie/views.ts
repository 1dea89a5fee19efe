import pLimit from "p-limit";
import type { z } from "zod";
import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { ViewText } from "../core/view-text.js";
import type { Http, HttpReply } from "../http/client.js";
import type { ViewCatalog } from "../release/ports.js";
import { atCommit, errorCode, icebergPath, pages, refusedBy } from "./api.js";
import { changes, kindOf } from "./diff.js";
import { unknownHash } from "./references.js";
import { entryPage, icebergRefusal, loadedView } from "./schemas.js";

export type LoadedView = z.infer<typeof loadedView>["metadata"];

/** Views as they are at a commit, by that and their names: what is loaded to be read is not loaded again to be sealed. */
export type LoadedViews = Map<string, LoadedView>;

export const loadedKey = (hash: Hash, name: string): string => `${hash} ${name}`;

/** Entries in one page of some hundred kilobytes. */
const ENTRIES_PER_PAGE = 2_000;

/** The views and tables of one commit: names come from Nessie in bulk, texts one by one from its Iceberg catalogue. */
export function viewCatalog(
  http: Http,
  iceberg: Http,
  concurrency: number,
  loaded: LoadedViews,
): ViewCatalog {
  return {
    async names(hash) {
      const found = new Map<string, "table" | "view">();
      const request = {
        path: `/trees/${atCommit(hash)}/entries`,
        query: {
          filter: "entry.contentType == 'ICEBERG_VIEW' || entry.contentType == 'ICEBERG_TABLE'",
          "max-records": ENTRIES_PER_PAGE,
        },
      };
      const list = pages(http, request, entryPage, (refused) =>
        errorCode(refused) === "REFERENCE_NOT_FOUND"
          ? unknownHash(http, hash)
          : refusedBy(http, refused, "list tables and views"),
      );
      for await (const { entries } of list) {
        for (const { name, type } of entries) {
          const kind = kindOf(type);
          if (kind) found.set(name.elements.join("."), kind);
        }
      }
      return found;
    },

    async viewTexts(hash, views) {
      const texts = await pLimit(concurrency).map([...views], async (name): Promise<[string, ViewText]> => {
        const view = await loadView(iceberg, `@${hash}`, name);
        loaded.set(loadedKey(hash, name), view);
        return [name, textOf(view)];
      });
      return new Map(texts);
    },

    async changedNames(from, to) {
      const found = new Set<string>();
      for await (const page of changes(http, from, to)) for (const { name } of page) found.add(name);
      return found;
    },
  };
}

/** @param reference a branch, or `@hash` @throws PipelineError HASH_UNKNOWN, REQUIREMENT_MISSING */
export async function loadView(iceberg: Http, reference: string, name: string): Promise<LoadedView> {
  const reply = await iceberg.request({
    method: "GET",
    path: icebergPath(reference, "views", name),
    schema: loadedView,
  });
  if (reply.ok) return reply.data.metadata;
  throw icebergErrorType(reply) === "NoSuchReferenceException"
    ? unknownHash(iceberg, reference.replace(/^@/, ""))
    : refusedByIceberg(iceberg, reply, `load view ${name}`);
}

/** The version that is in force; undefined where the metadata is damaged. */
export const currentVersion = (view: LoadedView): LoadedView["versions"][number] | undefined =>
  view.versions.find((one) => one["version-id"] === view["current-version-id"]);

export function textOf(view: LoadedView): ViewText {
  const version = currentVersion(view);
  const texts = version?.representations.filter(({ type, sql }) => type === "sql" && sql !== undefined) ?? [];
  // Iceberg's own rule: the dialect asked for, else the first there is.
  const text = texts.find(({ dialect }) => dialect?.toLowerCase() === "trino") ?? texts[0];
  return {
    sql: text?.sql ?? "",
    defaultCatalog: version?.["default-catalog"] ?? null,
    defaultSchema: version?.["default-namespace"]?.join(".") ?? null,
  };
}

type Refused = Extract<HttpReply<never>, { ok: false }>;

/** Iceberg's word for why it refused; undefined where something else answered. */
export const icebergErrorType = (refused: Refused): string | undefined =>
  icebergRefusal.safeParse(refused.body).data?.error.type;

/** A refusal of Iceberg REST that has no meaning of its own; REQUIREMENT_MISSING where there is no Iceberg REST at all. */
export function refusedByIceberg(iceberg: Http, refused: Refused, doing: string): PipelineError {
  const { service, address } = iceberg.peer;
  const type = icebergErrorType(refused);
  if (type !== undefined) {
    return new PipelineError("SERVICE_UNAVAILABLE", {
      message: `${service} at ${address} refused to ${doing} (${type})${refused.said}`,
      hint: "see Nessie's log",
    });
  }
  const isAbsent = [404, 405].includes(refused.status);
  return new PipelineError(isAbsent ? "REQUIREMENT_MISSING" : "SERVICE_UNAVAILABLE", {
    message: `what answers at ${address} is not ${service}: HTTP ${refused.status}${refused.said}`,
    hint: "Nessie serves one where a warehouse is configured; nessie.iceberg_uri names its address",
  });
}
