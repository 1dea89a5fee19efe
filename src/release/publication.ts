import type { Actor } from "../core/actor.js";
import { type Hash, short } from "../core/commit.js";
import { messageOf, PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { interruption } from "../core/interruption.js";
import type { Outcome } from "../core/outcome.js";
import type {
  HeldLedger,
  ReferenceStore,
  ReleaseLedger,
  ReleaseReader,
  Sealer,
  SealingBranch,
} from "./ports.js";
import { branchOf, isSealingBranch, noViews, type Release, type ViewPolicy } from "./release.js";

export interface PublicationParts {
  readonly store: ReferenceStore;
  readonly ledger: ReleaseLedger;
  readonly sealer: Sealer;
  readonly branches: Pick<SealingBranch, "remove">;
  readonly reader: Pick<ReleaseReader, "marker">;
  readonly report: Report;
  /** Looked at between steps: none is broken off in the middle. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly consumerTag: string;
  /** Release tags are this and a number. */
  readonly tagPrefix: string;
  readonly catalogs: { readonly producer: string; readonly consumer: string };
  /** Releases that keep their tags. */
  readonly keep: number;
  readonly policy: ViewPolicy;
}

/** What is to be published, and why. */
export interface Order {
  readonly number: number;
  readonly base: Hash;
  /** Where the consumer tag stands; null to make it. */
  readonly from: Hash | null;
  readonly after: number | null;
  readonly rollbackTo: number | null;
  readonly by: Actor;
  readonly run: string | null;
  readonly reason: string | null;
  readonly attestation: string | null;
  /** Releases whose sealed views may be kept, the best first. */
  readonly earlier: readonly Release[];
}

/**
 * One release on its way to readers, under the ledger's lease. Dying between any two steps leaves a record from which
 * the next publication ends it (recovery.ts): readers see the old release or the new one.
 */
export class Publication {
  constructor(
    private readonly parts: PublicationParts,
    private readonly held: HeldLedger,
  ) {}

  /**
   * Makes the release, reads it back, moves the tag, and asks for it as a reader would.
   * @param beforeMove throws where the release may not be published any more
   * @throws PipelineError of what went wrong before readers saw anything of it; it is then withdrawn
   */
  async publish(order: Order, beforeMove: () => Promise<void>): Promise<Outcome<Release>> {
    let release = this.begun(order);
    await this.held.save(release);
    try {
      release = await this.sealed(release, order);
      await this.held.save(release);
      await this.tag(release);
      await this.readBack(release);
      await beforeMove();
      this.mayStillStop();
      release = { ...release, status: "moving" };
      await this.held.save(release);
    } catch (thrown) {
      await this.tryToWithdraw(release, messageOf(thrown));
      throw thrown;
    }
    await this.move(release);
    return this.settle(release);
  }

  /**
   * The end of a release to which the tag was moved: published where its marker answers, put back where another
   * answer comes.
   */
  async settle(release: Release): Promise<Outcome<Release>> {
    const { reader, catalogs, now } = this.parts;
    const ended = now().toISOString();
    if (release.marked) {
      let found: number | null;
      try {
        found = await reader.marker(catalogs.consumer, null);
      } catch (thrown) {
        if (!(thrown instanceof PipelineError)) throw thrown;
        return this.unconfirmed(release, thrown);
      }
      if (found !== release.number) return this.putBack(release, found);
    }
    const published: Release = { ...release, status: "published", endedAt: ended, trouble: null };
    await this.held.save(published);
    return { result: published };
  }

  /** Gives up a release that readers do not see: first what there is of it, then the word of it. */
  async withdraw(release: Release, trouble: string): Promise<Release> {
    const { store, now } = this.parts;
    const { number, tag, sealed } = release;
    await this.removeBranches();
    if (tag !== null && sealed !== null) await store.deleteTag(tag, sealed);
    await this.held.removeManifest(number);
    const withdrawn: Release = {
      ...release,
      tag: null,
      status: "withdrawn",
      endedAt: now().toISOString(),
      trouble,
    };
    await this.held.save(withdrawn);
    return withdrawn;
  }

  /** Gives a withdrawn release that readers see its tag back. */
  async tagAgain(release: Release): Promise<Release> {
    const { store, tagPrefix } = this.parts;
    const tag = `${tagPrefix}${release.number}`;
    const standing = await store.findReference(tag);
    if (standing === null) await store.createTag(tag, release.sealed ?? release.base);
    const tagged: Release = { ...release, tag, status: "unconfirmed" };
    await this.held.save(tagged);
    return tagged;
  }

  private begun(order: Order): Release {
    const { number, base, from, after, rollbackTo, by, run, reason, attestation } = order;
    const { policy, tagPrefix, now } = this.parts;
    return {
      number,
      base,
      from,
      after,
      rollbackTo,
      by,
      run,
      reason,
      attestation,
      tag: `${tagPrefix}${number}`,
      status: "pending",
      sealed: null,
      startedAt: now().toISOString(),
      endedAt: null,
      views: noViews(policy),
      leansOn: number,
      marked: false,
      trouble: null,
    };
  }

  private async sealed(release: Release, { earlier }: Order): Promise<Release> {
    const { sealer, ledger, tagPrefix, keep, report } = this.parts;
    const { number, base, startedAt } = release;
    report({ type: "phase", phase: "publish", text: `Making release ${number} of ${short(base)}` });
    const maybeKept = earlier.flatMap(({ number: before, base: from, sealed }) =>
      sealed === null ? [] : [{ base: from, sealed, manifest: async () => ledger.manifest(before) }],
    );
    const { hash, views, marked, manifest } = await sealer.seal({
      base,
      branch: branchOf(tagPrefix, number),
      release: number,
      tag: `${tagPrefix}${number}`,
      startedAt,
      earlier: maybeKept,
      oldestKept: number - keep + 1,
    });
    this.mayStillStop();
    if (manifest !== null) await this.held.saveManifest(manifest);
    const leansOn = Math.min(number, ...(manifest?.views ?? []).map(({ madeIn }) => madeIn));
    return { ...release, sealed: hash, views, leansOn, marked };
  }

  /** From here on the release needs no branch. */
  private async tag({ number, base, sealed }: Release): Promise<void> {
    const { store, tagPrefix } = this.parts;
    await store.createTag(`${tagPrefix}${number}`, sealed ?? base);
    await this.removeBranches();
  }

  /** Of this release and of any before it: one that its publisher asked for may have come after it was given up. */
  private async removeBranches(): Promise<void> {
    const { branches, tagPrefix } = this.parts;
    await branches.remove(tagPrefix, (name) => isSealingBranch(tagPrefix, name));
  }

  /**
   * The consumer catalog has to find the release by its hash before any reader is led to it, and so has the producer's
   * where views name hashes there.
   */
  private async readBack({ number, sealed, marked, views }: Release): Promise<void> {
    const { reader, catalogs } = this.parts;
    if (!marked || sealed === null || views.sealedBy === "consumer-catalog") return;
    const names = [...(views.sealedBy === "hash" ? [catalogs.producer] : []), catalogs.consumer];
    const markers = await Promise.all(names.map(async (catalog) => reader.marker(catalog, sealed)));
    for (const [index, catalog] of names.entries()) {
      const found = markers[index] ?? null;
      if (found === number) continue;
      throw new PipelineError("CATALOG_UNFIT", {
        message: `Trino's catalog ${catalog} does not find release ${number} by its commit: ${found === null ? "it shows no marker" : `it shows the marker of release ${found}`}`,
        hint: UNFIT,
      });
    }
  }

  /** A move that somebody else was faster with is withdrawn; of one that got no answer the next publication finds out. */
  private async move(release: Release): Promise<void> {
    const { store, consumerTag } = this.parts;
    const target = release.sealed ?? release.base;
    try {
      if (release.from === null) await store.createTag(consumerTag, target);
      else await store.moveTag(consumerTag, release.from, target);
    } catch (thrown) {
      if (thrown instanceof PipelineError && thrown.exitCode === 8)
        await this.tryToWithdraw(release, messageOf(thrown));
      throw thrown;
    }
  }

  /** Hides nothing of what went wrong before: the next publication tries again. */
  private async tryToWithdraw(release: Release, trouble: string): Promise<void> {
    if (this.held.lost.aborted) return;
    await this.withdraw(release, trouble).catch((thrown: unknown) => {
      const text = `release ${release.number} could not be withdrawn yet, the next publication does: ${messageOf(thrown)}`;
      this.parts.report({ type: "notice", level: "warning", text });
    });
  }

  private async unconfirmed(release: Release, reason: PipelineError): Promise<Outcome<Release>> {
    const { consumerTag } = this.parts;
    const unconfirmed: Release = { ...release, status: "unconfirmed", trouble: reason.message };
    await this.held.save(unconfirmed);
    const failure = new PipelineError("SERVICE_UNAVAILABLE", {
      message: `release ${release.number} is published, unconfirmed: ${consumerTag} was moved to it, and reading it back got no answer: ${reason.message}`,
      hint: "once Trino answers, `oso-pipeline tag-consumer` confirms it, or puts the tag back",
      cause: reason,
    });
    return { result: unconfirmed, failure };
  }

  private async putBack(release: Release, found: number | null): Promise<Outcome<Release>> {
    const { store, consumerTag, catalogs } = this.parts;
    const { number, sealed, from } = release;
    const shows = found === null ? "shows no release at all" : `shows release ${found}`;
    const standing = await store.findReference(consumerTag);
    const isMovedOn = standing?.hash !== sealed;
    if (!isMovedOn && sealed !== null) {
      if (from === null) await store.deleteTag(consumerTag, sealed);
      else await store.moveTag(consumerTag, sealed, from);
    }
    const trouble = isMovedOn
      ? `${consumerTag} was moved on by somebody else`
      : `${catalogs.consumer} ${shows} after the move`;
    const withdrawn = await this.withdraw(release, trouble);
    const failure = isMovedOn
      ? new PipelineError("TAG_MOVED", {
          message: `release ${number} was published, and ${consumerTag} was moved on by somebody else before it could be read back`,
          hint: "`oso-pipeline releases` shows what readers see now",
        })
      : new PipelineError("CATALOG_UNFIT", {
          message: `release ${number} was withdrawn: after ${consumerTag} had moved, Trino's catalog ${catalogs.consumer} ${shows}`,
          hint: UNFIT,
        });
    return { result: withdrawn, failure };
  }

  private mayStillStop(): void {
    this.held.lost.throwIfAborted();
    if (this.parts.signal.aborted) throw interruption(this.parts.signal);
  }
}

const UNFIT =
  "the consumer catalog has to be `iceberg.catalog.type=rest` on Nessie's Iceberg REST endpoint with the tag as its " +
  "prefix; one of type `nessie` never sees a tag move and reads no views: see docs/consumer-tag.md";
