import { type Hash, isFullHash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { ReferenceStore } from "./ports.js";
import type { Release } from "./release.js";

/** Nessie's hashes are hexadecimal; fewer digits than this say too little to search for. */
const SHORTEST_PREFIX = 4;

/** Whether text can be a hash or the beginning of one. */
export const looksLikeHash = (text: string): boolean =>
  /^[0-9a-f]+$/i.test(text) && text.length >= SHORTEST_PREFIX && text.length <= 64;

/**
 * The commit a person means by `asked`: a full hash or an unambiguous prefix of one, on the branch or of an earlier
 * release. Nessie moves a tag to any commit it knows and never checks ancestry (facts/nessie-trino 2), so we do.
 * @throws PipelineError USAGE, HASH_UNKNOWN, HASH_AMBIGUOUS.
 */
export async function resolveHash(
  asked: string,
  branch: string,
  releases: readonly Release[],
  store: ReferenceStore,
): Promise<Hash> {
  const prefix = asked.trim().toLowerCase();
  if (!looksLikeHash(prefix)) {
    throw new PipelineError("USAGE", {
      message: `"${asked}" is not a commit hash`,
      hint: `give ${SHORTEST_PREFIX} to 64 hexadecimal digits of a commit of ${branch}`,
    });
  }
  const released = releases
    .flatMap(({ base, sealed }) => [base, sealed])
    .filter((hash) => hash.startsWith(prefix));
  if (isFullHash(prefix) && released.length > 0) return prefix;

  const onBranch = isFullHash(prefix)
    ? await fullHashOnBranch(prefix, branch, store)
    : await store.commitsByPrefix(branch, prefix, 2);
  const candidates = [...new Set([...onBranch, ...released])];
  if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0];
  if (candidates.length > 1) {
    throw new PipelineError("HASH_AMBIGUOUS", {
      message: `${prefix} is ambiguous: ${candidates.map(short).join(", ")}`,
      hint: "give more digits",
    });
  }
  throw new PipelineError(isFullHash(prefix) ? "HASH_NOT_ON_MAIN" : "HASH_UNKNOWN", {
    message: `${short(prefix)} is neither in the history of ${branch} nor an earlier release; the tag was not moved`,
    hint: "take a hash from Nessie's history of the branch, or leave --to-hash out for its head",
  });
}

async function fullHashOnBranch(hash: Hash, branch: string, store: ReferenceStore): Promise<readonly Hash[]> {
  const head = await store.reference(branch);
  return (await store.isAncestor(hash, head.hash)) ? [hash] : [];
}
