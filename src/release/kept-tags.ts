import { messageOf } from "../core/errors.js";
import type { Report } from "../core/events.js";
import type { HeldLedger, ReferenceStore } from "./ports.js";
import type { Release } from "./release.js";

/**
 * Releases whose tags are no longer kept, oldest first: neither among the newest, nor what readers see, nor what one of
 * these leans on.
 * @param releases newest first
 */
export function tooOld(releases: readonly Release[], seen: number | null, keep: number): readonly Release[] {
  const tagged = releases.filter(({ tag, status }) => tag !== null && status === "published");
  const kept = tagged.filter(({ number }, index) => index < keep || number === seen);
  const oldest = Math.min(...kept.map(({ leansOn }) => leansOn));
  return tagged.filter((release) => !kept.includes(release) && release.number < oldest).toReversed();
}

/** Takes their tags from releases, and gives the numbers of those that are done. Failing is told, and hinders nothing. */
export async function removeTags(
  releases: readonly Release[],
  held: HeldLedger,
  { store, report }: { readonly store: ReferenceStore; readonly report: Report },
): Promise<readonly number[]> {
  const removed: number[] = [];
  try {
    for (const release of releases) {
      if (release.tag !== null && release.sealed !== null) await store.deleteTag(release.tag, release.sealed);
      await held.removeManifest(release.number);
      await held.save({ ...release, tag: null });
      removed.push(release.number);
    }
  } catch (thrown) {
    const text = `tags of old releases could not be removed: ${messageOf(thrown)}`;
    report({ type: "notice", level: "warning", text });
  }
  return removed;
}
