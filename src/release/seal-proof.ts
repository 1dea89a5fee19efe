import type { Hash } from "../core/commit.js";
import { few } from "../core/words.js";
import type { ReleaseReader, ViewUnreadable } from "./ports.js";
import type { Named } from "./release.js";
import { inWords, isPinned, isSystem, type PlannedView } from "./seal-plan.js";

export interface SealProof {
  /** Views that would read something live, or that Trino can read on main and not as they are sealed. */
  readonly refused: readonly Named[];
  /** Those of them for which a right is missing. */
  readonly denied: ReadonlySet<string>;
  /** Views that Trino can read neither sealed nor on main. */
  readonly broken: readonly Named[];
}

export interface ProofParts {
  readonly trino: ReleaseReader;
  readonly base: Hash;
  readonly sealed: Hash;
  readonly allowCatalogs: readonly string[];
}

/**
 * Has Trino say what the sealed views read. It is asked of those only that no other one reads, for through them it
 * reads all the others; where it finds something, of every single one, to name the right ones.
 */
export async function proveSealed(views: readonly PlannedView[], parts: ProofParts): Promise<SealProof> {
  const read = new Set(views.flatMap(({ inputs }) => inputs));
  const nameOf = ({ name }: PlannedView): string => name;
  const atTop = await prove(
    views.map(nameOf).filter((name) => !read.has(name)),
    parts,
  );
  return atTop.refused.length + atTop.broken.length === 0 ? atTop : prove(views.map(nameOf), parts);
}

async function prove(
  views: readonly string[],
  { trino, base, sealed, allowCatalogs }: ProofParts,
): Promise<SealProof> {
  const refused: Named[] = [];
  const denied = new Set<string>();
  const broken: Named[] = [];
  if (views.length === 0) return { refused, denied, broken };

  const unreadable = new Map<string, ViewUnreadable>();
  for (const [view, tables] of await trino.tablesRead(views, sealed)) {
    if ("error" in tables) {
      unreadable.set(view, tables);
      continue;
    }
    const live = tables.filter(
      (table) => !isPinned(table) && !isSystem(table) && !allowCatalogs.includes(table.catalog),
    );
    if (live.length > 0) refused.push({ view, what: `would still read ${few(live.map(inWords), 3)}` });
  }

  const onMain = unreadable.size === 0 ? null : await trino.tablesRead([...unreadable.keys()], base);
  for (const [view, { error, isDenied }] of unreadable) {
    const before = onMain?.get(view);
    if (isDenied) {
      denied.add(view);
      refused.push({ view, what: `may not be read: ${error}` });
    } else if (before && "error" in before) broken.push({ view, what: error });
    else refused.push({ view, what: `cannot be read any more once it is sealed: ${error}` });
  }
  return { refused, denied, broken };
}
