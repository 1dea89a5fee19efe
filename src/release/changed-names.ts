import type { Hash } from "../core/commit.js";
import { modelsOf } from "./diff.js";
import type { CommitComparison, ContentChange } from "./ports.js";
import { isOfReleases, isPhysical } from "./virtual-layer.js";

export interface ChangedNames {
  /** As people query them, sorted. Those of other environments are among them. */
  readonly names: readonly string[];
  /** False where there were too many changes to look at all. */
  readonly isAll: boolean;
}

/** What differs between two commits, by names alone: no metadata is read. @param most changes that are looked at */
export async function changedNames(
  from: Hash,
  to: Hash,
  most: number,
  catalog: Pick<CommitComparison, "changes" | "kinds">,
): Promise<ChangedNames> {
  const changed: ContentChange[] = [];
  let isAll = true;
  for await (const page of catalog.changes(from, to)) {
    changed.push(...page.filter(({ name }) => !isOfReleases(name)));
    isAll = changed.length <= most;
    if (!isAll) break;
  }
  const names = changed.slice(0, most).map(({ name }) => name);
  const models = await modelsOf(names.filter(isPhysical), from, to, catalog);
  return {
    names: [...new Set([...names.filter((name) => !isPhysical(name)), ...models.values()])].toSorted(),
    isAll,
  };
}
