import type { Hash, Reference } from "../core/commit.js";
import { short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Http, HttpReply } from "../http/client.js";
import type { ReferenceStore } from "../release/ports.js";
import { atCommit, celText, errorCode, pages, refusedBy } from "./api.js";
import { config, historyPage, oneReference, referencePage } from "./schemas.js";

/** Nessie refuses a change also where nothing stands in its way but that others commit at the same moment. */
export const TRIES = 5;

/** References and history over Nessie's REST v2. Nessie checks no ancestry when a tag moves: that is the caller's. */
export function referenceStore(http: Http): ReferenceStore {
  const findReference = (name: string): Promise<Reference | null> => lookUp(http, name);
  const reference = (name: string): Promise<Reference> => readReference(http, name);

  async function* commits(
    at: string,
    filter: string,
    limit: number,
    unknown: () => PipelineError,
  ): AsyncGenerator<Hash> {
    const request = { path: `/trees/${at}/history`, query: { filter, "max-records": Math.min(limit, 250) } };
    const history = pages(http, request, historyPage, (refused) =>
      errorCode(refused) === "REFERENCE_NOT_FOUND" ? unknown() : refusedBy(http, refused, "read the history"),
    );
    for await (const page of history) for (const entry of page.logEntries) yield entry.commitMeta.hash;
  }

  return {
    reference,
    findReference,

    tags: async (prefix) => listReferences(http, "TAG", prefix),

    async commitsByPrefix(branch, prefix, limit) {
      const found: Hash[] = [];
      const filter = `commit.hash.startsWith(${celText(prefix.toLowerCase())})`;
      for await (const hash of commits(encodeURIComponent(branch), filter, limit, () =>
        missing(http, branch),
      )) {
        found.push(hash);
        if (found.length >= limit) break;
      }
      return found;
    },

    async isAncestor(ancestor, descendant) {
      if (ancestor === descendant) return true;
      const filter = `commit.hash == ${celText(ancestor)}`;
      for await (const hash of commits(atCommit(descendant), filter, 1, () =>
        unknownHash(http, descendant),
      )) {
        return hash === ancestor;
      }
      // The commit before the first, which no history lists.
      return ancestor === (await readRoot(http));
    },

    createTag: async (name, target) => createReference(http, { type: "TAG", name, hash: target }),

    async deleteTag(name, expected) {
      for (let tries = 1; ; tries += 1) {
        const reply = await http.request({
          method: "DELETE",
          path: `/trees/${encodeURIComponent(`${name}@${expected}`)}`,
          query: { type: "TAG" },
          schema: oneReference,
          repeatable: true,
        });
        if (reply.ok) return;
        const code = errorCode(reply);
        if (code === "REFERENCE_NOT_FOUND") return;
        if (code !== "REFERENCE_CONFLICT") throw refusedBy(http, reply, `delete tag ${name}`);
        if ((await findReference(name))?.hash !== expected) return;
        if (tries === TRIES) throw refusedBy(http, reply, `delete tag ${name}`);
      }
    },

    async moveTag(name, expected, target) {
      for (let tries = 1; ; tries += 1) {
        let reply: HttpReply<unknown>;
        try {
          reply = await http.request({
            method: "PUT",
            path: `/trees/${encodeURIComponent(`${name}@${expected}`)}`,
            query: { type: "TAG" },
            body: { type: "DETACHED", hash: target },
            schema: oneReference,
            // Done twice, the second is refused with REFERENCE_CONFLICT, which is looked into.
            repeatable: true,
          });
        } catch (thrown) {
          if (await standsAt(http, { type: "TAG", name, hash: target })) return;
          throw thrown;
        }
        if (reply.ok) return;
        const now = await reference(name);
        mustBeTag(http, now);
        if (now.hash === target) return;
        const code = errorCode(reply);
        if (code === "REFERENCE_NOT_FOUND") throw unknownHash(http, target);
        if (code === "REFERENCE_CONFLICT" && now.hash !== expected)
          throw moved(name, expected, now.hash, target);
        if (code !== "REFERENCE_CONFLICT" || tries === TRIES)
          throw refusedBy(http, reply, `move tag ${name}`);
      }
    },
  };
}

/**
 * Makes a reference. It is made, too, where an earlier try has made it and the answer to that was lost.
 * @throws PipelineError HASH_UNKNOWN; CONFLICT when there is one of that name already
 */
export async function createReference(http: Http, made: Reference): Promise<void> {
  const { type, name, hash } = made;
  let isRepeated = false;
  for (let tries = 1; ; tries += 1) {
    let reply: HttpReply<unknown>;
    try {
      reply = await http.request({
        method: "POST",
        path: "/trees",
        query: { name, type },
        body: { type: "DETACHED", hash },
        schema: oneReference,
        repeatable: true,
      });
    } catch (thrown) {
      if (await standsAt(http, made)) return;
      throw thrown;
    }
    if (reply.ok) return;
    isRepeated ||= reply.isRepeated;
    const code = errorCode(reply);
    if (code === "REFERENCE_NOT_FOUND") throw unknownHash(http, hash);
    if (code === "REFERENCE_ALREADY_EXISTS") {
      if (isRepeated && (await standsAt(http, made))) return;
      throw taken(http, name);
    }
    if (code !== "REFERENCE_CONFLICT" || tries === TRIES)
      throw refusedBy(http, reply, `create ${type.toLowerCase()} ${name}`);
  }
}

/** After an answer was lost: whether the request arrived all the same. False where that cannot be told. */
async function standsAt(http: Http, { type, name, hash }: Reference): Promise<boolean> {
  const found = await lookUp(http, name).catch(() => null);
  return found?.type === type && found.hash === hash;
}

/** Null when there is none of that name. */
export async function lookUp(http: Http, name: string): Promise<Reference | null> {
  const reply = await http.request({
    method: "GET",
    path: `/trees/${encodeURIComponent(name)}`,
    schema: oneReference,
  });
  if (reply.ok) return reply.data.reference;
  if (errorCode(reply) === "REFERENCE_NOT_FOUND") return null;
  throw refusedBy(http, reply, `read reference ${name}`);
}

/** Those whose name starts with `prefix`, in no order. */
export async function listReferences(
  http: Http,
  type: Reference["type"],
  prefix: string,
): Promise<readonly Reference[]> {
  const filter = `refType == '${type}' && ref.name.startsWith(${celText(prefix)})`;
  const found: Reference[] = [];
  const list = pages(http, { path: "/trees", query: { filter } }, referencePage, (refused) =>
    refusedBy(http, refused, type === "TAG" ? "list the tags" : "list the branches"),
  );
  for await (const page of list) found.push(...page.references);
  return found;
}

/** @throws PipelineError REFERENCE_MISSING */
export async function readReference(http: Http, name: string): Promise<Reference> {
  const found = await lookUp(http, name);
  if (found === null) throw missing(http, name);
  return found;
}

/** The commit before the first, which every branch has in common. */
export async function readRoot(http: Http): Promise<Hash> {
  const reply = await http.request({ method: "GET", path: "/config", schema: config });
  if (!reply.ok) throw refusedBy(http, reply, "give its configuration");
  return reply.data.noAncestorHash;
}

function mustBeTag(http: Http, found: Reference): void {
  if (found.type === "TAG") return;
  throw new PipelineError("CONFIG_INVALID", {
    message: `${found.name} is a branch in ${http.peer.service} at ${http.peer.address}, not a tag`,
    hint: "name another tag in the configuration; a branch is never moved",
  });
}

function taken(http: Http, name: string): PipelineError {
  return new PipelineError("CONFLICT", {
    message: `${http.peer.service} at ${http.peer.address} has a reference ${name} already`,
    hint: "someone else has made it: look at what readers see now, then try again",
  });
}

function missing(http: Http, name: string): PipelineError {
  return new PipelineError("REFERENCE_MISSING", {
    message: `${http.peer.service} at ${http.peer.address} has no reference ${name}`,
    hint: "check the name in the configuration",
  });
}

export function unknownHash(http: Http, hash: Hash): PipelineError {
  return new PipelineError("HASH_UNKNOWN", {
    message: `${http.peer.service} at ${http.peer.address} has no commit ${hash}`,
    hint: "a full commit hash has 64 hexadecimal digits",
  });
}

function moved(name: string, expected: Hash, actual: Hash, target: Hash): PipelineError {
  return new PipelineError("TAG_MOVED", {
    message: `${name} moved from ${short(expected)} to ${short(actual)}, so it was not put on ${short(target)}`,
    hint: "someone else has published meanwhile: look at what readers see now, then publish again",
  });
}
