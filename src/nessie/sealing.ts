import pLimit from "p-limit";
import { PipelineError } from "../core/errors.js";
import type { Http } from "../http/client.js";
import type { SealingBranch } from "../release/ports.js";
import { errorCode, icebergPath, refusedBy } from "./api.js";
import { readReference, unknownHash } from "./references.js";
import { icebergRefusal, loadedView, oneReference } from "./schemas.js";

/** Tries at a view whose replacement another one's, in the same branch, has overtaken. */
const TRIES = 5;

/**
 * Views are replaced through Nessie's Iceberg REST catalogue, which writes their metadata files: a new version of the
 * view with another text, everything else as it was.
 */
export function sealingBranch(
  http: Http,
  iceberg: Http,
  concurrency: number,
  now: () => number = Date.now,
): SealingBranch {
  async function replace(branch: string, name: string, sql: string): Promise<void> {
    const path = icebergPath(branch, "views", name);
    for (let tries = 1; ; tries += 1) {
      const loaded = await iceberg.request({ method: "GET", path, schema: loadedView });
      if (!loaded.ok) throw refusedBy(iceberg, loaded, `load view ${name}`);
      const { metadata } = loaded.data;
      const current = metadata.versions.find((one) => one["version-id"] === metadata["current-version-id"]);
      if (!current) {
        throw new PipelineError("SERVICE_UNAVAILABLE", {
          message: `${iceberg.peer.service} at ${iceberg.peer.address} gives the view ${name} without its current version`,
          hint: "the view is damaged: look at it in Trino, or make it anew",
        });
      }
      const reply = await iceberg.request({
        method: "POST",
        path,
        body: {
          requirements: [{ type: "assert-view-uuid", uuid: metadata["view-uuid"] }],
          updates: [
            {
              action: "add-view-version",
              "view-version": {
                ...current,
                "version-id": Math.max(...metadata.versions.map((one) => one["version-id"])) + 1,
                "timestamp-ms": now(),
                representations: [{ type: "sql", sql, dialect: "trino" }],
              },
            },
            { action: "set-current-view-version", "view-version-id": -1 },
          ],
        },
        schema: loadedView,
        // Done twice, the view has a version more, with the same text.
        repeatable: true,
      });
      if (reply.ok) return;
      const isOvertaken = icebergRefusal.safeParse(reply.body).data?.error.type === "CommitFailedException";
      if (!isOvertaken || tries === TRIES) throw refusedBy(iceberg, reply, `replace view ${name}`);
    }
  }

  return {
    async create(name, at) {
      const reply = await http.request({
        method: "POST",
        path: "/trees",
        query: { name, type: "BRANCH" },
        body: { type: "DETACHED", hash: at },
        schema: oneReference,
      });
      if (reply.ok) return;
      const code = errorCode(reply);
      if (code === "REFERENCE_NOT_FOUND") throw unknownHash(http, at);
      if (code !== "REFERENCE_ALREADY_EXISTS") throw refusedBy(http, reply, `create branch ${name}`);
      throw new PipelineError("CONFLICT", {
        message: `${http.peer.service} at ${http.peer.address} has a reference ${name} already`,
        hint: "another release is being made at this moment: look at what readers see, then try again",
      });
    },

    async replaceViews(name, texts) {
      await pLimit(concurrency).map([...texts], async ([view, sql]) => replace(name, view, sql));
      return (await readReference(http, name)).hash;
    },

    async remove(name) {
      const head = await readReference(http, name).catch((thrown: unknown) => {
        if (thrown instanceof PipelineError && thrown.code === "REFERENCE_MISSING") return null;
        throw thrown;
      });
      if (head === null) return;
      const reply = await http.request({
        method: "DELETE",
        path: `/trees/${encodeURIComponent(`${name}@${head.hash}`)}`,
        query: { type: "BRANCH" },
        schema: oneReference,
        repeatable: true,
      });
      if (!reply.ok && errorCode(reply) !== "REFERENCE_NOT_FOUND")
        throw refusedBy(http, reply, `delete branch ${name}`);
    },
  };
}
