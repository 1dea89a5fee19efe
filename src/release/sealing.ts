import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { count, few } from "../core/words.js";
import type { SealingBranch, ViewCatalog, ViewReader } from "./ports.js";
import { type BaseView, type Named, planSealing, sealedText } from "./seal-plan.js";

export interface SealingParts {
  readonly catalog: ViewCatalog;
  readonly reader: ViewReader;
  readonly branch: SealingBranch;
  readonly producerCatalog: string;
  /** Other catalogs that views may read although no release holds their data. */
  readonly allowCatalogs: readonly string[];
}

export interface Sealed {
  /** Base commit and sealed views: what readers are to see. The base itself where there is nothing to seal. */
  readonly hash: Hash;
  readonly views: readonly string[];
  /** What of sealed views stays as live as it was. */
  readonly notPinned: readonly Named[];
  /** Views that nobody can read, on main either; they stay as they are. */
  readonly broken: readonly Named[];
}

/**
 * Puts views to what they read at one commit: on a branch that begins at it, level by level from below, for a view is
 * read by the name of the commit that has sealed it (facts/nessie-trino "Sealing views").
 */
export class Sealing {
  constructor(private readonly parts: SealingParts) {}

  /**
   * The views of a commit, with what they read and the order in which they can be sealed.
   * @throws PipelineError VIEWS_UNSEALABLE naming those of which no release can be made
   */
  async plan(base: Hash) {
    const { catalog, reader, producerCatalog, allowCatalogs } = this.parts;
    const [texts, tables] = await Promise.all([catalog.viewTexts(base), catalog.tables(base)]);
    const named = [...texts];
    const read = await reader.read(named.map(([, { sql }]) => sql));
    const views = named.map(([name, text], index): BaseView => {
      const reading = read[index] ?? { error: "no answer" };
      return "error" in reading
        ? { name, ...text, reads: reading, volatile: [] }
        : { name, ...text, reads: reading.tables, volatile: reading.volatile };
    });
    const plan = planSealing({ views, tables: new Set(tables), producerCatalog, allowCatalogs });
    if (plan.refused.length > 0) throw unsealable(plan.refused);
    return plan;
  }

  /** Seals the views of `base` on the branch, which it makes. */
  async seal(base: Hash, branch: string): Promise<Sealed> {
    const { branch: branches, producerCatalog } = this.parts;
    const { levels, notPinned, broken } = await this.plan(base);
    await branches.create(branch, base);
    const sealedBy = new Map<string, Hash>();
    let head = base;
    for (const level of levels) {
      const commitOf = (name: string): Hash => sealedBy.get(name) ?? base;
      const texts = new Map(
        level.map((view) => [view.name, sealedText(view, commitOf, producerCatalog)] as const),
      );
      head = await branches.replaceViews(branch, texts);
      for (const { name } of level) sealedBy.set(name, head);
    }
    return { hash: head, views: [...sealedBy.keys()], notPinned, broken };
  }
}

function unsealable(refused: readonly Named[]): PipelineError {
  return new PipelineError("VIEWS_UNSEALABLE", {
    message: `no release can be made of ${count(refused.length, "view")}: ${few(
      refused.map(({ view, what }) => `${view} ${what}`),
      3,
    )}`,
    hint: "mend or drop them; catalogs that may stay live are listed in release.views.allow_catalogs",
  });
}
