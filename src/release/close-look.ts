import type { Hash } from "../core/commit.js";
import type { ColumnChange, ChangeWay, ComparedContent, Difference } from "./diff.js";
import type { CommitComparison, ContentChange, ContentColumn, ContentFacts, ContentKind } from "./ports.js";
import { behind, frontOf } from "./virtual-layer.js";

export interface Look {
  /** Null where nothing differs but how it came to be. */
  readonly difference: Difference | null;
  /** What is behind it, at one or both of the commits. */
  readonly physical: readonly string[];
  /** Whether it is a model, table or view by itself, and not the name of one in another environment. */
  readonly isProduction: boolean;
}

/** A name at one of the commits. */
interface Side {
  readonly kind: ContentKind;
  readonly facts: ContentFacts | null;
  /** Null for what is no view of the virtual layer. */
  readonly behind: { readonly name: string; readonly facts: ContentFacts | null } | null;
}

/** Reads the metadata of a name at two commits, and of what is behind it there, and says what differs. */
export class CloseLook {
  constructor(
    private readonly from: Hash,
    private readonly to: Hash,
    private readonly changed: ReadonlyMap<string, ContentChange>,
    private readonly catalog: CommitComparison,
    private readonly producerCatalog: string,
  ) {}

  async at(name: string): Promise<Look> {
    const [from, to] = await this.sides(name);
    const behinds = [from, to].flatMap((side) => side?.behind?.name ?? []);
    const look = {
      physical: [...new Set(behinds)],
      isProduction: behinds.every((physical) => frontOf(name, physical) === "model"),
    };
    const columns = from && to ? columnChanges(factsOf(from)?.columns, factsOf(to)?.columns) : [];
    const ways = from && to ? this.ways(name, from, to, columns) : [];
    const isSame = from && to && ways.length === 0 && factsOf(from) && factsOf(to);
    const difference: Difference = {
      name,
      kind: behinds.length > 0 ? "model" : ((to ?? from)?.kind ?? "table"),
      change: from === null ? "added" : to === null ? "removed" : "changed",
      ways,
      from: from && content(from),
      to: to && content(to),
      columns,
      looked: true,
    };
    return { ...look, difference: isSame ? null : difference };
  }

  private async sides(name: string): Promise<readonly [Side | null, Side | null]> {
    const own = this.changed.get(name);
    if (own !== undefined) {
      return Promise.all([
        own.from && this.side(this.from, own.from.kind, name),
        own.to && this.side(this.to, own.to.kind, name),
      ]);
    }
    // A view that is the same at both, unlike what is behind it.
    const facts = await this.catalog.facts(this.to, "view", name);
    return Promise.all([this.side(this.from, "view", name, facts), this.side(this.to, "view", name, facts)]);
  }

  private async side(at: Hash, kind: ContentKind, name: string, known?: ContentFacts | null): Promise<Side> {
    const facts = known === undefined ? await this.catalog.facts(at, kind, name) : known;
    const physical = facts?.text ? behind(name, facts.text, this.producerCatalog) : null;
    if (physical === null) return { kind, facts, behind: null };
    const read =
      (await this.catalog.facts(at, "table", physical)) ?? (await this.catalog.facts(at, "view", physical));
    return { kind, facts, behind: { name: physical, facts: read } };
  }

  private ways(name: string, from: Side, to: Side, columns: readonly ColumnChange[]): readonly ChangeWay[] {
    const ways: ChangeWay[] = [];
    if (from.behind?.name !== to.behind?.name) ways.push("version");
    else {
      const own = this.changed.get(to.behind?.name ?? name);
      if (own && own.from?.rows !== own.to?.rows) ways.push("rows");
    }
    if (columns.length > 0) ways.push("columns");
    const [before, after] = [factsOf(from)?.text, factsOf(to)?.text];
    if (before && after && before.sql !== after.sql) ways.push("text");
    return ways;
  }
}

const factsOf = ({ facts, behind: physical }: Side): ContentFacts | null =>
  physical === null ? facts : physical.facts;

const content = (side: Side): ComparedContent => ({
  physical: side.behind?.name ?? null,
  rows: factsOf(side)?.rows ?? null,
});

/** By name: tables that are made anew count their columns anew, so that a renamed one is another. */
export function columnChanges(
  from: readonly ContentColumn[] | undefined,
  to: readonly ContentColumn[] | undefined,
): readonly ColumnChange[] {
  if (from === undefined || to === undefined) return [];
  const before = new Map(from.map(({ name, type }) => [name, type] as const));
  const after = new Map(to.map(({ name, type }) => [name, type] as const));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((column) => {
    const change = { column, from: before.get(column) ?? null, to: after.get(column) ?? null };
    return change.from === change.to ? [] : [change];
  });
}
