import type { Actor } from "../core/actor.js";
import { type Hash, type Reference, short } from "../core/commit.js";
import { messageOf, PipelineError } from "../core/errors.js";
import type { Outcome } from "../core/outcome.js";
import { nothingKnown, type Surround } from "../core/stage.js";
import { UnfinishedGuard } from "./guard.js";
import type { FileProbe, HeldLedger, RunLedger, VerificationSummary, Verifier } from "./ports.js";
import { earlierThan, releaseBefore } from "./earlier.js";
import { removeTags, tooOld } from "./kept-tags.js";
import { Publication, type PublicationParts } from "./publication.js";
import { mustStand, needsRecovery, recover } from "./recovery.js";
import { type Release, releaseAt, type SealedViews } from "./release.js";
import { resolveHash, resolveTarget, type Target, targetAt } from "./target.js";

export interface PublishRequest {
  /** Full hash, unambiguous prefix, or null for the branch's head at this moment. */
  readonly toHash: string | null;
  readonly dryRun: boolean;
  /** Makes the consumer tag if there is none. */
  readonly create: boolean;
  /** Publishes what nobody has verified; the reason is kept for ever. */
  readonly withoutVerification: boolean;
  readonly reason: string | null;
  /** The run that asks for it. */
  readonly run: string | null;
}

export interface RollbackRequest {
  /** Null for the release before the one that readers see. */
  readonly to: number | null;
  readonly dryRun: boolean;
  readonly reason: string | null;
}

export interface PublishResult<V extends VerificationSummary = VerificationSummary> {
  readonly outcome: "published" | "unconfirmed" | "withdrawn" | "already-there" | "would-publish" | "refused";
  readonly consumerTag: string;
  /** What readers saw; null when there was no tag. */
  readonly from: Target | null;
  /** The commit of main that is published. */
  readonly to: Hash;
  /** Whether `to` is older than what readers saw: a way back. */
  readonly backwards: boolean;
  readonly rollbackTo: number | null;
  /** Null where none was made. */
  readonly release: Release | null;
  /** Null when nothing had to be verified, or nothing was. */
  readonly verification: V | null;
  /** Of a dry run: what would become of the views. */
  readonly views: SealedViews | null;
  /** Releases of publishers that died, which were ended first. */
  readonly recovered: readonly Release[];
  /** Releases whose tags were removed, being too old to be kept. */
  readonly pruned: readonly number[];
}

export interface ReleaseParts<V extends VerificationSummary> extends PublicationParts {
  readonly verifier: Verifier<V>;
  /** Which commits are half-restated data. */
  readonly runs: RunLedger;
  /** Whether the files of what is gone back to are still there. */
  readonly files: FileProbe;
  readonly by: Actor;
  readonly branch: string;
  /** Whatever is to be done before and after a publication, once it is known that there is something to publish. */
  readonly surround: Surround;
}

/** What is about to be published, and what for. */
interface Intent {
  readonly target: Target;
  readonly create: boolean;
  readonly dryRun: boolean;
  readonly rollbackTo: number | null;
  readonly run: string | null;
  readonly reason: string | null;
  readonly unverified: boolean;
}

/** What readers see now, and the ledger that says what that is. */
interface Seen {
  readonly consumer: Reference | null;
  readonly releases: readonly Release[];
  readonly target: Target | null;
}

/** Makes a release of a commit of main that is proven, and moves the consumer tag to it. */
export class ReleaseService<V extends VerificationSummary = VerificationSummary> {
  constructor(private readonly parts: ReleaseParts<V>) {}

  /** @throws PipelineError as `resolveTarget` */
  async resolve(at: string): Promise<Target> {
    const { store, ledger } = this.parts;
    return resolveTarget(at, this.parts, await ledger.releases(), store);
  }

  /** What readers see; null where there is no consumer tag. */
  async seen(): Promise<Target | null> {
    return (await this.look()).target;
  }

  /**
   * Proves one commit, makes a release of it and moves the tag to that. The head of main is read once: what is
   * committed meanwhile is not published. A result without `release` moved nothing.
   * @throws PipelineError REFERENCE_MISSING, HASH_*, RUN_UNFINISHED, VIEWS_UNSEALABLE, CATALOG_UNFIT, LEASE_HELD,
   *   TAG_MOVED, and what the verifier throws.
   */
  async publish(request: PublishRequest): Promise<Outcome<PublishResult<V>>> {
    const { store, ledger, branch } = this.parts;
    const { toHash, withoutVerification: unverified } = request;
    if (unverified && !request.reason?.trim()) {
      throw new PipelineError("USAGE", {
        message: "--without-verification needs a reason",
        hint: 'give it with --reason "…": it is kept with the release and shown for ever',
      });
    }
    const target =
      toHash === null
        ? targetAt((await store.reference(branch)).hash, [])
        : await resolveHash(toHash, branch, await ledger.releases(), store);
    return this.release({ ...request, target, rollbackTo: null, unverified });
  }

  /** Publishes the base of an earlier release again, as a release of its own and through the same gate. */
  async rollback({ to, dryRun, reason }: RollbackRequest): Promise<Outcome<PublishResult<V>>> {
    const { releases, target: seen } = await this.look();
    const release =
      to === null ? releaseBefore(seen, releases) : releases.find(({ number }) => number === to);
    if (!release || release.sealed === null || release.status !== "published") {
      throw new PipelineError("RELEASE_UNKNOWN", {
        message:
          to === null
            ? "there is no earlier release to go back to"
            : `there is no release ${to} that was published`,
        hint: "`oso-pipeline releases` lists them",
      });
    }
    await mustStand(this.parts.store, release);
    const target = {
      base: release.base,
      at: release.tag === null ? release.base : release.sealed,
      release: release.number,
    };
    const intent = { target, dryRun, reason, create: false, run: null, unverified: false };
    return this.release({ ...intent, rollbackTo: release.number });
  }

  private async release(intent: Intent): Promise<Outcome<PublishResult<V>>> {
    const { store, runs, sealer, verifier, files, policy, consumerTag, tagPrefix, keep, surround } =
      this.parts;
    const { target, dryRun, rollbackTo } = intent;
    const { base } = target;
    const { recovered, seen } = dryRun ? { recovered: [], seen: await this.look() } : await this.recovered();
    this.mustBeTag(seen.consumer, intent.create);
    const guard = new UnfinishedGuard(runs, store);

    const present = releaseAt(seen.consumer?.hash, seen.releases);
    const nothing = {
      consumerTag,
      from: seen.target,
      to: base,
      rollbackTo,
      release: null,
      verification: null,
      views: null,
      recovered,
      pruned: [],
    };
    if (present?.base === base && present.status === "published" && present.views.policy === policy)
      return { result: { ...nothing, outcome: "already-there", backwards: false } };
    // Only after the commit is known: a run that begins later begins at it or after it.
    const [backwards] = await Promise.all([
      seen.target !== null && base !== seen.target.base && store.isAncestor(base, seen.target.base),
      guard.check(base),
    ]);
    const mustBeReadable = async (): Promise<void> => {
      if (backwards && seen.target !== null) await files.mustBeReadable(target, seen.target);
    };
    if (dryRun) {
      await mustBeReadable();
      return {
        result: { ...nothing, outcome: "would-publish", backwards, views: await sealer.preview(base) },
      };
    }

    const proveAndPublish = async (): Promise<Outcome<PublishResult<V>>> => {
      await mustBeReadable();
      const { result: verification = null, failure } = intent.unverified
        ? {}
        : await verifier.prove(base, seen.target);
      if (failure) return { result: { ...nothing, outcome: "refused", backwards, verification }, failure };
      return this.underLease(async (held) => {
        const publication = new Publication(this.parts, held);
        const [latest, tags] = await Promise.all([this.look(), store.tags(tagPrefix)]);
        mustBeUnchanged(seen, latest, consumerTag);
        const number = nextNumber(latest.releases, tags, tagPrefix);
        const order = {
          ...intent,
          number,
          base,
          from: seen.consumer?.hash ?? null,
          after: seen.target?.release ?? null,
          by: this.parts.by,
          attestation: verification?.attestation?.digest ?? null,
          earlier: earlierThan(base, latest.target, latest.releases),
        };
        const published = await publication.publish(order, async () => guard.check(base));
        const release = published.result;
        const pruned =
          release.status === "published"
            ? await removeTags(tooOld([release, ...latest.releases], number, keep), held, this.parts)
            : [];
        const outcome =
          release.status === "published" || release.status === "unconfirmed" ? release.status : "withdrawn";
        return {
          result: { ...nothing, outcome, backwards, verification, release, pruned },
          failure: published.failure,
        };
      });
    };
    const facts = { ...nothingKnown, run: intent.run, hash: base };
    return surround("publish", facts, proveAndPublish, ({ outcome, release }) => ({
      outcome,
      release: release?.number ?? null,
    }));
  }

  private async look(): Promise<Seen> {
    const { store, ledger, consumerTag } = this.parts;
    const [consumer, releases] = await Promise.all([store.findReference(consumerTag), ledger.releases()]);
    return { consumer, releases, target: consumer && targetAt(consumer.hash, releases) };
  }

  /** Ends what a publisher has left that died, and looks at what readers see then. */
  private async recovered(): Promise<{ readonly recovered: readonly Release[]; readonly seen: Seen }> {
    const { store, consumerTag, keep, report } = this.parts;
    const before = await this.look();
    const isPruned = tooOld(before.releases, before.target?.release ?? null, keep).length === 0;
    if (isPruned && !needsRecovery(before.releases, before.consumer?.hash))
      return { recovered: [], seen: before };
    return this.underLease(async (held) => {
      const publication = new Publication(this.parts, held);
      const ended = await recover(publication, store, consumerTag, await this.parts.ledger.releases());
      const now = await this.look();
      await removeTags(tooOld(now.releases, now.target?.release ?? null, keep), held, this.parts);
      for (const { number, status, trouble } of ended) {
        const text =
          status === "published"
            ? `release ${number}, whose publisher was broken off, is confirmed: readers see it`
            : `release ${number}, whose publisher was broken off, is withdrawn: ${trouble}`;
        report({ type: "notice", level: "warning", text });
      }
      return { recovered: ended, seen: await this.look() };
    });
  }

  private async underLease<T>(work: (held: HeldLedger) => Promise<T>): Promise<T> {
    const { ledger, by, report, signal, consumerTag } = this.parts;
    const held = await ledger.acquire(by, report, signal);
    try {
      return await work(held);
    } finally {
      await held.giveBack().catch((thrown: unknown) => {
        const text = `the lease on ${consumerTag} could not be given back and has to run out: ${messageOf(thrown)}`;
        report({ type: "notice", level: "warning", text });
      });
    }
  }

  private mustBeTag(consumer: Reference | null, create: boolean): void {
    const { consumerTag } = this.parts;
    if (consumer?.type === "BRANCH") {
      throw new PipelineError("REFERENCE_MISSING", {
        message: `${consumerTag} is a branch in Nessie, not a tag: readers would see whatever is committed to it`,
        hint: `name another tag as nessie.consumer_tag, or remove the branch`,
      });
    }
    if (consumer === null && !create) {
      throw new PipelineError("REFERENCE_MISSING", {
        message: `Nessie has no tag ${consumerTag}`,
        hint: "`oso-pipeline tag-consumer --create` makes it at the verified commit; nessie.consumer_tag names another",
      });
    }
  }
}

/** One more than any there is, tags that no ledger knows included. */
function nextNumber(releases: readonly Release[], tags: readonly Reference[], tagPrefix: string): number {
  const taken = tags.flatMap(({ name }) => {
    const number = name.slice(tagPrefix.length);
    return /^[1-9]\d{0,14}$/.test(number) ? [Number(number)] : [];
  });
  return Math.max(0, ...taken, ...releases.map(({ number }) => number)) + 1;
}

/** @throws PipelineError TAG_MOVED when somebody published between the look that decided and the lease. */
function mustBeUnchanged(decided: Seen, latest: Seen, consumerTag: string): void {
  if (decided.consumer?.hash === latest.consumer?.hash && decided.releases.length === latest.releases.length)
    return;
  const newest = latest.releases[0];
  throw new PipelineError("TAG_MOVED", {
    message: `${newest === undefined ? "somebody else" : `${newest.by.name}, with release ${newest.number},`} has published meanwhile: ${consumerTag} stands at ${latest.consumer === null ? "nothing" : short(latest.consumer.hash)}`,
    hint: "look at what readers see now, `oso-pipeline releases`, then publish again",
  });
}
