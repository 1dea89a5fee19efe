import { type Hash, type Reference, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import type { Outcome } from "../core/outcome.js";
import { UnfinishedGuard } from "./guard.js";
import type { ReferenceStore, RunLedger, VerificationSummary, Verifier } from "./ports.js";
import { type Release, releasesFromTags } from "./release.js";
import { looksLikeHash, resolveHash } from "./target.js";

export interface PublishRequest {
  /** Full hash, unambiguous prefix, or null for the branch's head at this moment. */
  readonly toHash: string | null;
  readonly dryRun: boolean;
  /** Makes the consumer tag if there is none. */
  readonly create: boolean;
}

export interface PublishResult<V extends VerificationSummary = VerificationSummary> {
  readonly outcome: "published" | "already-there" | "would-publish" | "refused";
  readonly consumerTag: string;
  /** Where the tag stood; null when it did not exist. */
  readonly from: Hash | null;
  readonly to: Hash;
  /** Whether `to` is older than what readers see: a way back. */
  readonly backwards: boolean;
  /** Null while nothing is released by this. */
  readonly release: Release | null;
  /** Null when nothing had to be verified. */
  readonly verification: V | null;
  /** Views that readers reach and that read live main, whatever the tag says. */
  readonly leakingViews: readonly string[];
}

export interface Standing {
  readonly main: Hash | null;
  readonly consumer: { readonly tag: string; readonly hash: Hash; readonly release: number | null } | null;
}

export interface ReleaseParts<V extends VerificationSummary> {
  readonly store: ReferenceStore;
  readonly verifier: Verifier<V>;
  /** Which commits are half-restated data. */
  readonly ledger: RunLedger;
  readonly report: Report;
  readonly branch: string;
  readonly consumerTag: string;
  /** Release tags are this and a number. */
  readonly tagPrefix: string;
}

/** Moves the consumer tag to a commit of main that has just been proven, and to no other. */
export class ReleaseService<V extends VerificationSummary = VerificationSummary> {
  constructor(private readonly parts: ReleaseParts<V>) {}

  /**
   * The commit meant by `main`, `consumer`, their configured names, a release's tag, or a hash.
   * @throws PipelineError USAGE, REFERENCE_MISSING, HASH_*
   */
  async resolve(at: string): Promise<Hash> {
    const { store, branch, consumerTag } = this.parts;
    if (at === branch || at === "main") return (await store.reference(branch)).hash;
    if (at === consumerTag || at === "consumer") return (await store.reference(consumerTag)).hash;
    const releases = await this.releases();
    const release = releases.find(({ tag }) => at === tag);
    if (release) return release.base;
    if (!looksLikeHash(at)) {
      throw new PipelineError("USAGE", {
        message: `"${at}" is neither ${branch} nor ${consumerTag}, nor a release's tag or a commit hash`,
        hint: releases[0] ? `the newest release is ${releases[0].tag}` : "there is no release yet",
      });
    }
    return resolveHash(at, branch, releases, store);
  }

  /** Where main and the consumer tag stand, and which release that is; nulls for what is not there. */
  async standing(): Promise<Standing> {
    const { store, branch, consumerTag } = this.parts;
    const [main, consumer, releases] = await Promise.all([
      store.findReference(branch),
      store.findReference(consumerTag),
      this.releases(),
    ]);
    const release = releases.find(({ sealed }) => sealed === consumer?.hash);
    return {
      main: main?.hash ?? null,
      consumer: consumer && { tag: consumerTag, hash: consumer.hash, release: release?.number ?? null },
    };
  }

  /**
   * Verifies one commit and moves the tag to exactly that commit. The head of main is read once: what is committed
   * meanwhile is not published. A result without `release` moved nothing.
   * @throws PipelineError REFERENCE_MISSING, HASH_*, RUN_UNFINISHED, TAG_MOVED, and what the verifier throws.
   */
  async publish(request: PublishRequest): Promise<Outcome<PublishResult<V>>> {
    const { store, verifier, ledger, report, branch, consumerTag } = this.parts;
    const consumer = await this.consumer(request.create);
    const target =
      request.toHash === null
        ? (await store.reference(branch)).hash
        : await resolveHash(request.toHash, branch, await this.releases(), store);
    const unmoved = {
      consumerTag,
      from: consumer?.hash ?? null,
      to: target,
      release: null,
      leakingViews: [],
    };

    if (consumer?.hash === target) {
      return { result: { ...unmoved, outcome: "already-there", backwards: false, verification: null } };
    }
    // Only after the commit is known: a run that begins later begins at it or after it.
    const guard = new UnfinishedGuard(ledger, store);
    await guard.check(target);
    const backwards = consumer !== null && (await store.isAncestor(target, consumer.hash));
    if (request.dryRun) {
      return {
        result: {
          ...unmoved,
          outcome: "would-publish",
          backwards,
          verification: null,
          leakingViews: await this.leaks(target),
        },
      };
    }

    const { result: verification, failure } = await verifier.verify(target);
    if (failure) return { result: { ...unmoved, outcome: "refused", backwards, verification }, failure };

    report({ type: "phase", phase: "publish", text: `Publishing ${short(target)}` });
    const leakingViews = await this.leaks(target);
    await guard.check(target);
    const release = await this.move(consumer, target);
    return { result: { ...unmoved, outcome: "published", backwards, verification, release, leakingViews } };
  }

  private async consumer(create: boolean): Promise<Reference | null> {
    const { store, consumerTag } = this.parts;
    const consumer = await store.findReference(consumerTag);
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
    return consumer;
  }

  /**
   * First the release's own tag, then the consumer tag: dying in between leaves readers where they were, and the
   * next attempt at the same commit takes up the tag that is there.
   */
  private async move(consumer: Reference | null, target: Hash): Promise<Release> {
    const { store, consumerTag } = this.parts;
    const release = await this.tagRelease(target);
    try {
      if (consumer) await store.moveTag(consumerTag, consumer.hash, target);
      else await store.createTag(consumerTag, target);
      return release;
    } catch (thrown) {
      if (thrown instanceof PipelineError && thrown.exitCode === 8)
        await store.deleteTag(release.tag, target);
      throw thrown;
    }
  }

  private async tagRelease(target: Hash): Promise<Release> {
    const { store, tagPrefix } = this.parts;
    const newest = (await this.releases())[0];
    if (newest?.base === target) return newest;
    for (let number = (newest?.number ?? 0) + 1; ; number += 1) {
      const release = { number, tag: `${tagPrefix}${number}`, base: target, sealed: target };
      try {
        await store.createTag(release.tag, target);
        return release;
      } catch (thrown) {
        // Somebody else publishes at this moment and took the number; the move decides who wins.
        if (!(thrown instanceof PipelineError) || thrown.code !== "CONFLICT") throw thrown;
      }
    }
  }

  private async releases(): Promise<readonly Release[]> {
    const { store, tagPrefix } = this.parts;
    return releasesFromTags(await store.tags(tagPrefix), tagPrefix);
  }

  /**
   * A view keeps the name of the producer catalog in its text, so that it reads live main through the consumer
   * catalog as well (facts/nessie-trino "What the consumer tag does NOT do").
   */
  private async leaks(target: Hash): Promise<readonly string[]> {
    return (await this.parts.store.views(target)).toSorted();
  }
}
