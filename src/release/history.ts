import type { Hash, Reference } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { CLOSE_LOOKS, type Comparison, compare, type ComparedCommit } from "./diff.js";
import { type PhysicalName, physicalNames } from "./physical.js";
import type { CommitComparison, ReferenceStore, ReleaseLedger, ViewCatalog } from "./ports.js";
import { isSettled, type Release, releaseAt } from "./release.js";
import { type Names, resolveTarget, type Target } from "./target.js";

/** What was ever released, and where that and Nessie's tags do not agree. */
export interface ReleaseList {
  readonly consumer: ConsumerTag;
  /** Newest first; as many as were asked for. */
  readonly releases: readonly ListedRelease[];
  readonly total: number;
  /** Whatever the limit. */
  readonly disagreements: readonly Disagreement[];
}

/** Where the consumer tag stands. */
export interface ConsumerTag {
  readonly tag: string;
  /** Null where there is no such tag. */
  readonly hash: Hash | null;
  /** Null where it stands at no release. */
  readonly release: number | null;
}

export interface ListedRelease extends Release {
  /** Whether it is what readers see now. */
  readonly seen: boolean;
}

/**
 * What Nessie says against the ledger. Anybody with the right can move a tag, so it is told and never followed:
 * - `tag-missing`: a release's tag is gone, and with it what keeps its files
 * - `tag-moved`: a release's tag stands elsewhere
 * - `tag-unknown`: a tag called like a release's, of which the ledger knows nothing
 * - `consumer-missing`: there is no consumer tag, although something was released
 * - `consumer-unknown`: the consumer tag stands at no release
 * - `consumer-elsewhere`: the consumer tag stands at another release than the one published last
 */
export interface Disagreement {
  readonly kind:
    | "tag-missing"
    | "tag-moved"
    | "tag-unknown"
    | "consumer-missing"
    | "consumer-unknown"
    | "consumer-elsewhere";
  readonly tag: string;
  /** The release it is about; null where there is none. */
  readonly release: number | null;
  /** Where the ledger has the tag; null where it has none. */
  readonly expected: Hash | null;
  /** Where the tag stands; null where there is none. */
  readonly found: Hash | null;
}

export interface ReleaseDetails {
  readonly release: ListedRelease;
  /** About this release. */
  readonly disagreements: readonly Disagreement[];
}

export interface PhysicalNames {
  readonly at: ComparedCommit;
  /** Whether readers see it now, so that names without a commit mean it. */
  readonly seen: boolean;
  readonly models: readonly PhysicalName[];
}

export interface HistoryParts extends Names {
  readonly store: ReferenceStore;
  readonly ledger: Pick<ReleaseLedger, "releases" | "manifest">;
  readonly comparison: CommitComparison;
  readonly catalog: ViewCatalog;
  readonly tagPrefix: string;
  readonly catalogs: { readonly producer: string; readonly consumer: string };
}

/** Looks back at releases and compares them. Starts neither SQLMesh nor Trino, and changes nothing. */
export class ReleaseHistory {
  constructor(private readonly parts: HistoryParts) {}

  /** @param limit how many, newest first */
  async releases(limit: number): Promise<ReleaseList> {
    const { consumerTag, tagPrefix } = this.parts;
    const { releases, tags, consumer } = await this.look();
    const seen = releaseAt(consumer?.hash, releases);
    return {
      consumer: { tag: consumerTag, hash: consumer?.hash ?? null, release: seen?.number ?? null },
      releases: releases.slice(0, limit).map((one) => ({ ...one, seen: one === seen })),
      total: releases.length,
      disagreements: disagreements(releases, tags, consumer, { consumerTag, tagPrefix }),
    };
  }

  /** @throws PipelineError RELEASE_UNKNOWN */
  async release(asked: string): Promise<ReleaseDetails> {
    const { releases, disagreements: all } = await this.releases(Number.POSITIVE_INFINITY);
    const release = releases.find(({ number, tag }) => String(number) === asked || tag === asked);
    if (release === undefined) {
      throw new PipelineError("RELEASE_UNKNOWN", {
        message: `there is no release ${asked}`,
        hint: "`oso-pipeline releases` lists them",
      });
    }
    return { release, disagreements: all.filter(({ release: about }) => about === release.number) };
  }

  /**
   * Base compared with base: how views are sealed is no difference.
   * @param all looks at every difference closely, however many there are
   * @throws PipelineError as `resolveTarget`
   */
  async diff(from: string, to: string, all: boolean): Promise<Comparison> {
    const [before, after] = await this.resolved(from, to);
    return this.compare({ asked: from, ...before }, { asked: to, ...after }, all);
  }

  /** Two commits that are known already. */
  async compare(from: ComparedCommit, to: ComparedCommit, all: boolean): Promise<Comparison> {
    const { comparison, catalogs } = this.parts;
    return compare(from, to, all ? Number.POSITIVE_INFINITY : CLOSE_LOOKS, comparison, catalogs.producer);
  }

  /** The table behind each model. @throws PipelineError as `resolveTarget` */
  async physical(asked: string): Promise<PhysicalNames> {
    const { store, ledger, consumerTag } = this.parts;
    const [target, consumer] = await Promise.all([this.resolved(asked), store.findReference(consumerTag)]);
    const [{ base, at, release }] = target;
    const manifest = release === null ? null : await ledger.manifest(release);
    return {
      at: { asked, base, at, release },
      seen: consumer?.hash === at,
      models: await physicalNames({ base, at, manifest }, this.parts),
    };
  }

  private async resolved<const A extends readonly string[]>(
    ...asked: A
  ): Promise<{ readonly [I in keyof A]: Target }>;
  private async resolved(...asked: readonly string[]): Promise<readonly Target[]> {
    const { store, ledger } = this.parts;
    const releases = await ledger.releases();
    return Promise.all(asked.map(async (one) => resolveTarget(one, this.parts, releases, store)));
  }

  private async look() {
    const { store, ledger, consumerTag, tagPrefix } = this.parts;
    // The ledger last: what is published meanwhile has its record before its tag.
    const [tags, consumer] = await Promise.all([store.tags(tagPrefix), store.findReference(consumerTag)]);
    return { tags, consumer, releases: await ledger.releases() };
  }
}

/**
 * Of releases that are being made nothing is said: publishing ends or withdraws them.
 * @param releases newest first
 * @param tags those that begin like a release's
 */
export function disagreements(
  releases: readonly Release[],
  tags: readonly Reference[],
  consumer: Reference | null,
  { consumerTag, tagPrefix }: { readonly consumerTag: string; readonly tagPrefix: string },
): readonly Disagreement[] {
  const standing = new Map(tags.map(({ name, hash }) => [name, hash] as const));
  const known = new Map(releases.map((release) => [release.number, release] as const));
  const found: Disagreement[] = [...ofConsumer(releases, consumer, consumerTag)];
  for (const { number, tag, sealed, status } of releases) {
    if (tag === null || sealed === null || status === "pending" || standing.get(tag) === sealed) continue;
    const now = standing.get(tag) ?? null;
    const kind = now === null ? "tag-missing" : "tag-moved";
    found.push({ kind, tag, release: number, expected: sealed, found: now });
  }
  for (const [tag, hash] of standing) {
    const digits = tag.slice(tagPrefix.length);
    const release = /^[1-9]\d*$/.test(digits) ? known.get(Number(digits)) : undefined;
    // One that was given up, or is too old, may still have its tag for a moment.
    if (release !== undefined && (release.tag === tag || release.sealed === hash)) continue;
    if (!/^\d+$/.test(digits)) continue;
    found.push({ kind: "tag-unknown", tag, release: release?.number ?? null, expected: null, found: hash });
  }
  return found;
}

function ofConsumer(
  releases: readonly Release[],
  consumer: Reference | null,
  tag: string,
): readonly Disagreement[] {
  // While one is on its way, the tag stands at it or at the one before.
  if (releases.length === 0 || releases.some((release) => !isSettled(release))) return [];
  const last = releases.find(({ status }) => status === "published");
  const expected = last?.sealed ?? null;
  const found = consumer?.hash ?? null;
  if (found === expected) return [];
  const at = releaseAt(consumer?.hash, releases);
  const kind = found === null ? "consumer-missing" : at === null ? "consumer-unknown" : "consumer-elsewhere";
  return [{ kind, tag, release: at?.number ?? null, expected, found }];
}
