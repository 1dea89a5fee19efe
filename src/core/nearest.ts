import { distance } from "fastest-levenshtein";

/**
 * Names close enough to `asked` to be what was meant, best first, at most three. A name that contains what was
 * asked, or differs from it only by a schema in front (`oso.` left out), always counts.
 */
export function nearest(asked: string, names: readonly string[]): string[] {
  const wanted = asked.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name, distance: distanceTo(wanted, name.toLowerCase()) }))
    .filter((near) => near.distance <= limit)
    .toSorted((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

function distanceTo(wanted: string, name: string): number {
  const bare = name.slice(name.lastIndexOf(".") + 1);
  if (bare === wanted) return 0;
  if (wanted.length >= 3 && name.includes(wanted)) return 1;
  return Math.min(distance(wanted, name), distance(wanted, bare) + 1);
}

/** `did you mean a, b or c?`, or nothing where there is nothing near. */
export function didYouMean(asked: string, names: readonly string[]): string | undefined {
  const near = nearest(asked, names);
  if (near.length === 0) return undefined;
  return `did you mean ${new Intl.ListFormat("en", { type: "disjunction" }).format(near)}?`;
}
