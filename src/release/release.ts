import type { Hash, Reference } from "../core/commit.js";

/**
 * What readers see or saw: the base hash is the commit of main that was verified, the sealed hash is what the
 * consumer tag carries. They are equal as long as no view is sealed.
 */
export interface Release {
  /** Counts from 1. */
  readonly number: number;
  /** Its immutable tag, which keeps its files from Nessie's garbage collection. */
  readonly tag: string;
  readonly base: Hash;
  readonly sealed: Hash;
}

/** Reads releases from their tags; a tag that only looks like one is left out. Newest first. */
export function releasesFromTags(tags: readonly Reference[], prefix: string): readonly Release[] {
  return tags
    .flatMap(({ name, hash }) => {
      const number = name.slice(prefix.length);
      if (!name.startsWith(prefix) || !/^[1-9]\d*$/.test(number)) return [];
      return [{ number: Number(number), tag: name, base: hash, sealed: hash }];
    })
    .toSorted((a, b) => b.number - a.number);
}
