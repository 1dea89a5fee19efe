import type { Hash } from "../core/commit.js";
import type { Release } from "./release.js";
import type { Target } from "./target.js";

/** The newest release that readers saw before what they see now; after a way back, the one before that. */
export function releaseBefore(seen: Target | null, releases: readonly Release[]): Release | undefined {
  const present = releases.find(({ number }) => number === seen?.release);
  const content = present?.rollbackTo ?? present?.number ?? Number.POSITIVE_INFINITY;
  return releases.find(
    ({ number, status, base, rollbackTo }) =>
      number < content && status === "published" && rollbackTo === null && base !== present?.base,
  );
}

/** Releases whose sealed views may be kept: those of the same base, and the one that readers see. */
export function earlierThan(
  base: Hash,
  seen: Target | null,
  releases: readonly Release[],
): readonly Release[] {
  const whole = releases.filter(({ status, tag }) => status === "published" && tag !== null);
  return [
    ...whole.filter((release) => release.base === base),
    ...whole.filter((release) => release.number === seen?.release && release.base !== base),
  ];
}
