import type { SqlReader } from "../core/view-text.js";
import type { Hash } from "../core/commit.js";
import { MARKER } from "../core/marker.js";
import { keptViews } from "./kept-views.js";
import { markerText } from "./marker.js";
import type { ReleaseReader, Sealed, Sealer, SealingBranch, SealOrder, ViewCatalog } from "./ports.js";
import { type ManifestView, type Named, noViews, type SealedViews, type ViewPolicy } from "./release.js";
import { type BaseView, consumerText, planSealing, type SealPlan, sealedText } from "./seal-plan.js";
import { proveSealed } from "./seal-proof.js";
import { impossible, isImpossible, leaks, unsealable } from "./seal-refusals.js";

export interface SealingParts {
  readonly catalog: ViewCatalog;
  readonly reader: SqlReader;
  readonly branch: SealingBranch;
  readonly trino: ReleaseReader;
  readonly policy: ViewPolicy;
  readonly catalogs: { readonly producer: string; readonly consumer: string };
  /** Other catalogs that views may read although no release holds their data. */
  readonly allowCatalogs: readonly string[];
}

type Names = ReadonlyMap<string, "table" | "view">;

/** Views of an earlier release that are kept, and where they stand. */
interface Kept {
  readonly from: Hash;
  readonly views: ReadonlyMap<string, ManifestView>;
}

const NONE: Kept = { from: "", views: new Map() };
const MARKER_NAME = `${MARKER.schema}.${MARKER.view}`;

/**
 * Makes of a commit what readers are to see: on a branch that begins at it, the marker, and the views put to what they
 * read at that commit, level by level from below, for a view is read by the name of the commit that has sealed it
 * (facts/nessie-trino "Sealing views"). Trino then says of each that it reads nothing else.
 */
export class Sealing implements Sealer {
  constructor(private readonly parts: SealingParts) {}

  async preview(base: Hash): Promise<SealedViews> {
    const { policy } = this.parts;
    if (policy !== "seal") return this.unsealed(base);
    const { levels, broken } = await this.plan(base, await this.names(base), NONE);
    const sealed = levels.flat().length;
    return {
      ...(sealed === 0 ? noViews(policy) : { ...noViews(policy), sealedBy: "hash", sealed }),
      notPinned: liveOf(levels.flat()),
      broken,
    };
  }

  async seal(order: SealOrder): Promise<Sealed> {
    const { policy } = this.parts;
    return policy === "seal" ? this.sealAll(order) : this.markOnly(order, await this.unsealed(order.base));
  }

  private async sealAll(order: SealOrder): Promise<Sealed> {
    const { trino, catalogs } = this.parts;
    const { base, release } = order;
    const names = await this.names(base);
    const kept = await this.kept(order, names);
    const plan = await this.plan(base, names, kept);
    const head = await this.mark(order).catch(explain);
    if (plan.levels.length === 0 && kept.views.size === 0)
      return { hash: head, views: noViews("seal"), marked: true, manifest: null };
    const canReadByHash = (await trino.marker(catalogs.producer, head)) === release;
    return canReadByHash
      ? this.sealByHash(order, { kept, plan, head })
      : this.sealByCatalog(order, await this.plan(base, names, NONE));
  }

  private async sealByHash(
    { base, branch: name, release }: SealOrder,
    { kept, plan, head: marked }: { kept: Kept; plan: SealPlan; head: Hash },
  ): Promise<Sealed> {
    const { branch, catalogs, trino, allowCatalogs } = this.parts;
    let head = marked;
    if (kept.views.size > 0) head = await branch.takeViews(name, [...kept.views.keys()], kept.from);

    const made = new Map<string, ManifestView>();
    const commitOf = (view: string): Hash =>
      made.get(view)?.sealedAt ?? kept.views.get(view)?.sealedAt ?? base;
    for (const level of plan.levels) {
      const texts = new Map(
        level
          .map((view) => [view.name, sealedText(view, commitOf, catalogs.producer), view.sql] as const)
          .filter(([, text, sql]) => text !== sql)
          .map(([view, text]) => [view, text]),
      );
      if (texts.size > 0) head = await branch.replaceViews(name, texts);
      for (const { name: view, inputs, live } of level) {
        const sealedAt = texts.has(view) ? head : base;
        made.set(view, { name: view, reads: inputs, sealedAt, madeIn: release, notPinned: live });
      }
    }

    const isMissing = namesOf(plan.broken);
    const toProve = plan.levels.flat().filter((view) => !isMissing.has(view.name));
    const proof = await proveSealed(toProve, { trino, base, sealed: head, allowCatalogs });
    if (proof.refused.length > 0) throw unsealable(proof.refused, proof.denied);

    const broken = [...plan.broken, ...proof.broken];
    const isBroken = namesOf(broken);
    // What is broken is looked at anew each time: what it lacks may have come.
    const views = [...kept.views.values(), ...made.values()].filter((view) => !isBroken.has(view.name));
    return {
      hash: head,
      marked: true,
      manifest: { release, views },
      views: {
        ...noViews("seal"),
        sealedBy: "hash",
        sealed: views.length,
        kept: kept.views.size,
        notPinned: liveOf(views.map(({ notPinned: live, ...view }) => ({ ...view, live }))),
        broken,
      },
    };
  }

  /**
   * Where Trino cannot read by hash, views read the consumer catalog instead of the producer's. That isolates them from
   * main as well, but the views of older releases then read today's release, and nothing can be tried before the move.
   */
  private async sealByCatalog({ branch: name }: SealOrder, plan: SealPlan): Promise<Sealed> {
    const { branch, catalogs } = this.parts;
    const views = plan.levels.flat();
    const texts = views
      .map((view) => [view.name, consumerText(view, catalogs.producer, catalogs.consumer), view.sql] as const)
      .filter(([, text, sql]) => text !== sql)
      .map(([view, text]): [string, string] => [view, text]);
    const isBroken = namesOf(plan.broken);
    return {
      hash: await branch.replaceViews(name, new Map(texts)),
      marked: true,
      manifest: null,
      views: {
        ...noViews("seal"),
        sealedBy: "consumer-catalog",
        sealed: views.filter((view) => !isBroken.has(view.name)).length,
        notPinned: liveOf(views),
        broken: plan.broken,
      },
    };
  }

  /** Where the views are left as they are, a release can also do without a marker. */
  private async markOnly(order: SealOrder, views: SealedViews): Promise<Sealed> {
    try {
      return { hash: await this.mark(order), views, marked: true, manifest: null };
    } catch (thrown) {
      if (!isImpossible(thrown)) throw thrown;
      if (views.policy === "refuse") throw impossible(thrown);
      return { hash: order.base, views, marked: false, manifest: null };
    }
  }

  private async mark({ base, branch: name, release, tag, startedAt }: SealOrder): Promise<Hash> {
    const { branch, catalogs } = this.parts;
    await branch.create(name, base);
    return branch.createView(
      name,
      MARKER_NAME,
      markerText({ base, release, tag, startedAt }, catalogs.producer),
    );
  }

  /** @throws PipelineError VIEWS_UNSEALABLE where the policy is to refuse what would leak */
  private async unsealed(base: Hash): Promise<SealedViews> {
    const { policy, catalogs } = this.parts;
    if (policy === "ignore") return noViews(policy);
    const names = await this.names(base);
    const views = await this.read(base, viewsIn(names));
    const { levels, refused } = planSealing({
      views,
      kept: NONE.views,
      names,
      producerCatalog: catalogs.producer,
      allowCatalogs: this.parts.allowCatalogs,
    });
    const reading = levels.flat().filter(({ inputs }) => inputs.length > 0);
    const leaking = [...reading.map(({ name }) => name), ...namesOf(refused)].toSorted();
    if (policy === "refuse" && leaking.length > 0) throw leaks(leaking);
    return { ...noViews(policy), notPinned: liveOf(levels.flat()), leaking };
  }

  private async names(base: Hash): Promise<Names> {
    const names = await this.parts.catalog.names(base);
    return new Map([...names].filter(([name]) => name !== MARKER_NAME));
  }

  /** From the first earlier release of which anything can be kept. */
  private async kept({ base, earlier, oldestKept }: SealOrder, names: Names): Promise<Kept> {
    for (const one of earlier) {
      const { base: from, sealed } = one;
      const manifest = await one.manifest();
      if (manifest === null) continue;
      const changed = from === base ? new Set<string>() : await this.parts.catalog.changedNames(from, base);
      const views = keptViews({ manifest, changed, names, oldestKept });
      if (views.size > 0) return { from: sealed, views };
    }
    return NONE;
  }

  /** @throws PipelineError VIEWS_UNSEALABLE naming the views of which no release can be made */
  private async plan(base: Hash, names: Names, { views: kept }: Kept): Promise<SealPlan> {
    const { catalogs, allowCatalogs } = this.parts;
    const views = await this.read(
      base,
      viewsIn(names).filter((name) => !kept.has(name)),
    );
    const plan = planSealing({ views, kept, names, producerCatalog: catalogs.producer, allowCatalogs });
    if (plan.refused.length > 0) throw unsealable(plan.refused, new Set());
    return plan;
  }

  private async read(base: Hash, names: readonly string[]): Promise<readonly BaseView[]> {
    if (names.length === 0) return [];
    const { catalog, reader } = this.parts;
    const texts = [...(await catalog.viewTexts(base, names).catch(explain))];
    const readings = await reader.read(texts.map(([, { sql }]) => sql));
    return texts.map(([name, text], index) => {
      const reading = readings[index] ?? { error: "no answer" };
      return "error" in reading
        ? { name, ...text, reads: reading, volatile: [] }
        : { name, ...text, reads: reading.tables, volatile: reading.volatile };
    });
  }
}

function explain(thrown: unknown): never {
  throw isImpossible(thrown) ? impossible(thrown) : thrown;
}

const viewsIn = (names: Names): readonly string[] =>
  [...names].flatMap(([name, kind]) => (kind === "view" ? [name] : []));

const namesOf = (views: readonly Named[]): ReadonlySet<string> => new Set(views.map(({ view }) => view));

const liveOf = (views: readonly { readonly name: string; readonly live: readonly string[] }[]): Named[] =>
  views.flatMap(({ name, live }) => live.map((what) => ({ view: name, what })));
