import type { ManifestView, SealManifest } from "./release.js";

export interface KeptRequest {
  /** Of the release from which views may be kept. */
  readonly manifest: SealManifest;
  /** What is otherwise at that release's base and at the base to seal. */
  readonly changed: ReadonlySet<string>;
  /** What is at the base to seal. */
  readonly names: ReadonlyMap<string, "table" | "view">;
  /** Commits of releases before this one are about to be forgotten, and with them what names them. */
  readonly oldestKept: number;
}

/**
 * The views whose sealed content still says what they read at the base: neither their texts nor any table or view
 * below them have changed. A view that reads another names the commit in which that one was sealed, so it is kept only
 * where that one is.
 */
export function keptViews({
  manifest,
  changed,
  names,
  oldestKept,
}: KeptRequest): ReadonlyMap<string, ManifestView> {
  const sealed = new Map(manifest.views.map((view) => [view.name, view]));
  const decided = new Map<string, boolean>();

  const isKept = (name: string): boolean => {
    const known = decided.get(name);
    if (known !== undefined) return known;
    // Until it is decided: what reads itself is not kept.
    decided.set(name, false);
    const view = sealed.get(name);
    const kept =
      view !== undefined &&
      view.madeIn >= oldestKept &&
      isSame(name) &&
      view.reads.every((read) => isSame(read) && (names.get(read) === "table" || isKept(read)));
    decided.set(name, kept);
    return kept;
  };
  const isSame = (name: string): boolean => names.has(name) && !changed.has(name);

  return new Map([...sealed].filter(([name]) => isKept(name)));
}
