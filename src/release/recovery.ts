import { PipelineError } from "../core/errors.js";
import type { ReferenceStore } from "./ports.js";
import type { Publication } from "./publication.js";
import { isSettled, type Release, releaseAt } from "./release.js";

/**
 * Ends what publishers left that died on their way, oldest first: where the consumer tag stands says whether readers
 * have a release. Under the ledger's lease, so that none of them is still at it.
 * @param releases newest first
 * @returns those that were ended, oldest first
 * @throws PipelineError SERVICE_UNAVAILABLE when one that readers have still cannot be read back
 */
export async function recover(
  publication: Publication,
  store: ReferenceStore,
  consumerTag: string,
  releases: readonly Release[],
): Promise<readonly Release[]> {
  const ended: Release[] = [];
  for (const release of leftOver(releases, (await store.findReference(consumerTag))?.hash).toReversed()) {
    const { status, sealed, tag, from } = release;
    // Asked each time: ending one release may have put the tag back.
    const standing = (await store.findReference(consumerTag))?.hash ?? null;
    if (status === "pending" || standing !== sealed) {
      const trouble =
        status === "pending" || standing === from
          ? "it was broken off before readers saw it"
          : `${consumerTag} was moved elsewhere by somebody else`;
      ended.push(await publication.withdraw(release, trouble));
      continue;
    }
    const tagged = tag === null ? await publication.tagAgain(release) : release;
    const { result, failure } = await publication.settle(tagged);
    if (result.status === "unconfirmed" && failure) throw failure;
    ended.push(result);
  }
  return ended;
}

/** Also a withdrawn release that readers see: the move of a publisher that died can arrive after it was given up. */
function leftOver(releases: readonly Release[], standing: string | undefined): readonly Release[] {
  const seen = releaseAt(standing, releases);
  return releases.filter(
    (release) => !isSettled(release) || (release === seen && release.status === "withdrawn"),
  );
}

/** Whether there is anything to recover. */
export const needsRecovery = (releases: readonly Release[], standing: string | undefined): boolean =>
  leftOver(releases, standing).length > 0;

/** @throws PipelineError CONFLICT when a release's tag is not where the ledger says */
export async function mustStand(store: ReferenceStore, { number, tag, sealed }: Release): Promise<void> {
  if (tag === null || sealed === null) return;
  const standing = await store.findReference(tag);
  if (standing?.type === "TAG" && standing.hash === sealed) return;
  throw new PipelineError("CONFLICT", {
    message: `the tag ${tag} of release ${number} ${standing === null ? "is gone" : "does not stand where the ledger says"}, so the release is not trusted`,
    hint: "`oso-pipeline releases` shows what else does not agree; somebody has changed tags in Nessie",
  });
}
