import pLimit from "p-limit";
import type { Hash, Reference } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Http, HttpReply, Schema } from "../http/client.js";
import type { MarkerText, SealingBranch } from "../release/ports.js";
import { errorCode, icebergPath, refusedBy } from "./api.js";
import { type Contents, requestContents } from "./contents.js";
import { createReference, listReferences, lookUp, readReference, TRIES } from "./references.js";
import { committed } from "./record-schemas.js";
import { loadedView, madeNamespace, oneReference } from "./schemas.js";
import {
  currentVersion,
  icebergErrorType,
  loadedKey,
  type LoadedView,
  type LoadedViews,
  loadView,
  refusedByIceberg,
} from "./views.js";

/** Views on one branch; each commit of a branch waits for the one before, so that with more, several are faster. */
const FEW_VIEWS = 16;

/**
 * Views are replaced through Nessie's Iceberg REST catalogue, which writes their metadata files: a new version of the
 * view with another text, everything else as it was.
 * @param loaded views as they are at commits; those of the commit at which a branch was made are not loaded again
 */
export function sealingBranch(
  http: Http,
  iceberg: Http,
  concurrency: number,
  loaded: LoadedViews,
  now: () => number = Date.now,
): SealingBranch {
  const origins = new Map<string, Hash>();

  const head = async (branch: string): Promise<Hash> => (await readReference(http, branch)).hash;

  async function replace(branch: string, name: string, sql: string): Promise<void> {
    const key = loadedKey(origins.get(branch) ?? "", name);
    let view = loaded.get(key);
    // From here on it is another one on the branch.
    loaded.delete(key);
    for (let tries = 1; ; tries += 1) {
      view ??= await loadView(iceberg, branch, name);
      const reply = await iceberg.request({
        method: "POST",
        path: icebergPath(branch, "views", name),
        body: {
          requirements: [{ type: "assert-view-uuid", uuid: view["view-uuid"] }],
          updates: [
            { action: "add-view-version", "view-version": nextVersion(iceberg, name, view, sql, now()) },
            { action: "set-current-view-version", "view-version-id": -1 },
          ],
        },
        schema: loadedView,
        // Done twice, the view has a version more, with the same text.
        repeatable: true,
      });
      if (reply.ok) return;
      if (icebergErrorType(reply) !== "CommitFailedException" || tries === TRIES)
        throw refusedByIceberg(iceberg, reply, `replace view ${name}`);
      view = undefined;
    }
  }

  /** Makes something that may be there already: false where it is. */
  async function make<T>(path: string, body: object, schema: Schema<T>, doing: string): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      const reply = await iceberg.request({ method: "POST", path, body, schema, repeatable: true });
      if (reply.ok) return true;
      const refusal = icebergErrorType(reply);
      if (refusal === "AlreadyExistsException") return false;
      if (refusal !== "CommitFailedException" || tries === TRIES)
        throw refusedByIceberg(iceberg, reply, doing);
    }
  }

  const create = async (name: string, at: Hash): Promise<void> =>
    createReference(http, { type: "BRANCH", name, hash: at });

  async function remove({ name, hash }: Pick<Reference, "name" | "hash">): Promise<void> {
    let at: Hash | undefined = hash;
    for (let tries = 1; at !== undefined; tries += 1) {
      const reply: HttpReply<unknown> = await http.request({
        method: "DELETE",
        path: `/trees/${encodeURIComponent(`${name}@${at}`)}`,
        query: { type: "BRANCH" },
        schema: oneReference,
        repeatable: true,
      });
      if (reply.ok || errorCode(reply) === "REFERENCE_NOT_FOUND") return;
      if (errorCode(reply) !== "REFERENCE_CONFLICT" || tries === TRIES)
        throw refusedBy(http, reply, `delete branch ${name}`);
      at = (await lookUp(http, name))?.hash;
    }
  }

  /** Replaces views on a branch beside, which begins as that one stands, and gives what is then in them. */
  async function replaceBeside(
    name: string,
    at: Hash,
    side: string,
    texts: readonly (readonly [string, string])[],
  ): Promise<Contents> {
    await create(side, at);
    const origin = origins.get(name);
    if (origin !== undefined) origins.set(side, origin);
    for (const [view, sql] of texts) await replace(side, view, sql);
    const hash = await head(side);
    const contents = await requestContents(
      http,
      hash,
      texts.map(([view]) => view),
    );
    await remove({ name: side, hash });
    return contents;
  }

  /** Puts contents as they are, in one commit. */
  async function put(name: string, contents: Contents, message: string): Promise<Hash> {
    const operations = contents.map(({ key, content }) => ({ type: "PUT", key, content }));
    for (let tries = 1; ; tries += 1) {
      const reply = await http.request({
        method: "POST",
        path: `/trees/${encodeURIComponent(`${name}@${await head(name)}`)}/history/commit`,
        body: { commitMeta: { message }, operations },
        schema: committed,
        // Nobody else writes the branch: done twice, the second is refused, and done anew changes nothing.
        repeatable: true,
      });
      if (reply.ok) return reply.data.targetBranch.hash;
      if (errorCode(reply) !== "REFERENCE_CONFLICT" || tries === TRIES)
        throw refusedBy(http, reply, `put ${contents.length} views on branch ${name}`);
    }
  }

  return {
    async create(name, at) {
      await create(name, at);
      origins.set(name, at);
    },

    async replaceViews(name, texts) {
      if (texts.size <= FEW_VIEWS) {
        await pLimit(concurrency).map([...texts], async ([view, sql]) => replace(name, view, sql));
        return head(name);
      }
      const at = await head(name);
      const sides = Array.from({ length: concurrency }, (_, side) =>
        [...texts].filter((_text, index) => index % concurrency === side),
      );
      const contents = await Promise.all(
        sides.map(async (part, index) => replaceBeside(name, at, `${name}-${index + 1}`, part)),
      );
      return put(name, contents.flat(), `Seal ${texts.size} views`);
    },

    async takeViews(name, views, from) {
      const found = await requestContents(http, from, views, pLimit(concurrency));
      if (found.length !== views.length) throw incomplete(http, from, views.length - found.length);
      return put(name, found, `Keep ${views.length} views whose inputs are as they were`);
    },

    async createView(name, view, text) {
      const namespace = view.split(".").slice(0, -1);
      await make(
        `/v1/${encodeURIComponent(name)}/namespaces`,
        { namespace, properties: {} },
        madeNamespace,
        `create schema ${namespace.join(".")}`,
      );
      const path = icebergPath(name, "views", view).replace(/\/[^/]+$/, "");
      const isNew = await make(path, newView(view, text, now()), loadedView, `create view ${view}`);
      // It came with the commit, or the answer of an earlier try was lost.
      if (!isNew) await replace(name, view, text.sql);
      return head(name);
    },

    async remove(prefix, isMeant = () => true) {
      const branches = await listReferences(http, "BRANCH", prefix);
      await Promise.all(branches.filter(({ name }) => isMeant(name)).map(remove));
    },
  };
}

function nextVersion(iceberg: Http, name: string, view: LoadedView, sql: string, now: number): object {
  const current = currentVersion(view);
  if (!current) {
    throw new PipelineError("SERVICE_UNAVAILABLE", {
      message: `${iceberg.peer.service} at ${iceberg.peer.address} gives the view ${name} without its current version`,
      hint: "the view is damaged: look at it in Trino, or make it anew",
    });
  }
  return {
    ...current,
    "version-id": Math.max(...view.versions.map((one) => one["version-id"])) + 1,
    "timestamp-ms": now,
    representations: [{ type: "sql", sql, dialect: "trino" }],
  };
}

/** Without `trino.run-as-owner`, so that it runs with the rights of whoever reads it. */
function newView(view: string, { sql, catalog, columns }: MarkerText, now: number): object {
  const levels = view.split(".");
  const fields = columns.map(({ name, type }, index) => ({ id: index + 1, name, type, required: false }));
  return {
    name: levels.at(-1),
    schema: { type: "struct", "schema-id": 0, fields },
    "view-version": {
      "version-id": 1,
      "timestamp-ms": now,
      "schema-id": 0,
      summary: {},
      "default-catalog": catalog,
      "default-namespace": levels.slice(0, -1),
      representations: [{ type: "sql", sql, dialect: "trino" }],
    },
    properties: {},
  };
}

function incomplete(http: Http, from: Hash, missing: number): PipelineError {
  return new PipelineError("HASH_UNKNOWN", {
    message: `${http.peer.service} at ${http.peer.address} has ${missing} fewer views at commit ${from} than were sealed there`,
    hint: "somebody has removed them from a release's branch: publish again, and all views are sealed anew",
  });
}
