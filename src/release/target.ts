import { type Hash, isFullHash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { ReferenceStore } from "./ports.js";
import { type Release, releaseAt } from "./release.js";

/** A commit that a person means, and where its data is read. */
export interface Target {
  /** The commit of main that it is, or was made from. */
  readonly base: Hash;
  /** The sealed hash of a release, so that views are read as its readers read them; else the base. */
  readonly at: Hash;
  readonly release: number | null;
}

export interface Names {
  /** Of the branch that SQLMesh writes to. */
  readonly branch: string;
  readonly consumerTag: string;
}

/** Nessie's hashes are hexadecimal; fewer digits than this say too little to search for. */
const SHORTEST_PREFIX = 4;

/** Whether text can be a hash or the beginning of one. */
export const looksLikeHash = (text: string): boolean =>
  /^[0-9a-f]+$/i.test(text) && text.length >= SHORTEST_PREFIX && text.length <= 64;

/**
 * What is meant by `main`, `consumer`, their configured names, a release's number or tag, or a hash.
 * @param releases newest first
 * @throws PipelineError USAGE, REFERENCE_MISSING, HASH_*
 */
export async function resolveTarget(
  asked: string,
  { branch, consumerTag }: Names,
  releases: readonly Release[],
  store: ReferenceStore,
): Promise<Target> {
  if (asked === branch || asked === "main") return commit((await store.reference(branch)).hash);
  if (asked === consumerTag || asked === "consumer")
    return targetAt((await store.reference(consumerTag)).hash, releases);
  const named = releases.find(
    ({ number, tag, sealed }) => sealed !== null && (String(number) === asked || tag === asked),
  );
  if (named) return released(named);
  if (looksLikeHash(asked)) return resolveHash(asked, branch, releases, store);
  throw new PipelineError("USAGE", {
    message: `"${asked}" is neither ${branch} nor ${consumerTag}, nor a release or a commit hash`,
    hint: "`oso-pipeline releases` lists the releases there are",
  });
}

/** What stands at a commit: a release, or the commit itself. */
export function targetAt(hash: Hash, releases: readonly Release[]): Target {
  const release = releaseAt(hash, releases);
  return release === null ? commit(hash) : released(release);
}

const commit = (hash: Hash): Target => ({ base: hash, at: hash, release: null });

const released = ({ base, sealed, number }: Release): Target => ({
  base,
  at: sealed ?? base,
  release: number,
});

/**
 * The commit a person means by a full hash or an unambiguous prefix of one, on the branch or of an earlier release.
 * Nessie moves a tag to any commit it knows and never checks ancestry (facts/nessie-trino 2), so we do.
 * @throws PipelineError USAGE, HASH_UNKNOWN, HASH_AMBIGUOUS, HASH_NOT_ON_MAIN
 */
export async function resolveHash(
  asked: string,
  branch: string,
  releases: readonly Release[],
  store: ReferenceStore,
): Promise<Target> {
  const prefix = asked.trim().toLowerCase();
  if (!looksLikeHash(prefix)) {
    throw new PipelineError("USAGE", {
      message: `"${asked}" is not a commit hash`,
      hint: `give ${SHORTEST_PREFIX} to 64 hexadecimal digits of a commit of ${branch}`,
    });
  }
  const ofReleases = releases
    .flatMap(({ base, sealed }) => [base, ...(sealed === null ? [] : [sealed])])
    .filter((hash) => hash.startsWith(prefix));
  if (isFullHash(prefix) && ofReleases.length > 0) return targetAt(prefix, releases);

  const onBranch = isFullHash(prefix)
    ? await fullHashOnBranch(prefix, branch, store)
    : await store.commitsByPrefix(branch, prefix, 2);
  const candidates = [...new Set([...onBranch, ...ofReleases])];
  if (candidates.length === 1 && candidates[0] !== undefined) return targetAt(candidates[0], releases);
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
