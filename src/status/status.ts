import type { Actor } from "../core/actor.js";
import type { Hash } from "../core/commit.js";
import { type ErrorCode, type NextCommand, PipelineError } from "../core/errors.js";
import type { Outcome } from "../core/outcome.js";
import { changedNames } from "../release/changed-names.js";
import type { CommitComparison, ReferenceStore, ReleaseLedger } from "../release/ports.js";
import { type Release, releaseAt } from "../release/release.js";
import { targetAt } from "../release/target.js";
import type { RunsStatus } from "../restatement/history.js";
import type { KnownModels } from "../restatement/known-models.js";
import type { PastVerification, VerificationHistory } from "../verification/past.js";
import { type Freshness, freshnessOf, newestIn } from "./freshness.js";
import { nextCommands } from "./next.js";
import type { Bounded, MainAhead } from "./ports.js";

/** The present of one warehouse. What could not be asked is null, or empty, and named in `unknown`. */
export interface WarehouseStatus extends RunsStatus {
  /** When it was asked, ISO 8601 UTC. */
  readonly at: string;
  readonly environment: string;
  /** The head of main; null where there is no such branch. */
  readonly main: Hash | null;
  /** What readers see; null where there is no consumer tag. */
  readonly consumer: SeenRelease | null;
  /** What main has that readers do not see; null where there are no readers, or nothing to compare. */
  readonly ahead: Ahead | null;
  /** The last verification of everything; null where none is remembered. */
  readonly verification: LastVerification | null;
  /** Null where no run has told of its models yet. */
  readonly freshness: Freshness | null;
  readonly unknown: readonly Unanswered[];
  readonly next: readonly NextCommand[];
}

export interface SeenRelease {
  readonly tag: string;
  /** Where it stands. */
  readonly hash: Hash;
  /** The commit of main that is seen there. */
  readonly base: Hash;
  /** Null where it stands at no release. */
  readonly release: number | null;
  /** Since when readers see it, and by whom; null where it is no release. */
  readonly since: string | null;
  readonly by: Actor | null;
  /** False for a release that was published without verification; null where it is none. */
  readonly isVerified: boolean | null;
}

export interface Ahead {
  readonly commits: Bounded;
  /** Models, tables and views that differ, by name. */
  readonly changed: { readonly names: readonly string[]; readonly isAll: boolean };
}

/** `release`: who published what readers see. */
export interface LastVerification extends Pick<
  PastVerification,
  "base" | "release" | "verdict" | "by" | "at" | "milliseconds" | "until"
> {
  /** How many there were of each outcome. */
  readonly checks: Readonly<Record<"passed" | "warned" | "failed" | "error", number>>;
}

export type Section = "readers" | "release" | "ahead" | "runs" | "verification" | "freshness";

/** A question that nobody answered, and why. */
export interface Unanswered {
  readonly section: Section;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface StatusParts {
  readonly store: Pick<ReferenceStore, "findReference">;
  readonly ledger: Pick<ReleaseLedger, "releases">;
  readonly comparison: Pick<CommitComparison, "changes" | "kinds">;
  readonly history: MainAhead;
  readonly runs: { present(): Promise<RunsStatus> };
  readonly models: { knownModels(): Promise<readonly KnownModels[]> };
  readonly verifications: Pick<VerificationHistory, "newest">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly branch: string;
  readonly consumerTag: string;
  readonly environment: string;
}

/** Enough to say that it is many; more would only take time. */
const MOST_COMMITS = 1_000;
const MOST_CHANGES = 1_000;

/** Among them is one of everything, if there was one lately. */
const LATEST = 10;

/** Tells the present of one warehouse within a second or so: everything at once, and without SQLMesh or Trino. */
export class StatusService {
  constructor(private readonly parts: StatusParts) {}

  /** A failure only where nothing at all could be asked. Whatever is broken is told beside what is not. */
  async status(): Promise<Outcome<WarehouseStatus>> {
    const { runs, models, verifications, ledger, environment, now } = this.parts;
    const asked = new Asked();
    const [readers, releases, present, past, known] = await Promise.all([
      asked.for("readers", this.references()),
      asked.for("release", ledger.releases()),
      asked.for("runs", runs.present()),
      asked.for("verification", verifications.newest(LATEST)),
      asked.for("freshness", models.knownModels()),
    ]);
    const main = readers?.main?.hash ?? null;
    const consumer = readers?.consumer ? this.seen(readers.consumer.hash, releases ?? []) : null;
    const ofEnvironment = newestIn(environment, known ?? []);
    // Without the ledger nobody knows which commit of main a sealed one is made of.
    const ahead =
      main && consumer && releases
        ? await asked.for("ahead", this.ahead(consumer.base, main, ofEnvironment))
        : null;
    const time = now();
    const status = {
      at: new Date(time).toISOString(),
      environment,
      main,
      consumer,
      ahead,
      leases: present?.leases ?? [],
      unfinished: present?.unfinished ?? [],
      last: present?.last ?? null,
      verification: past ? lastOf(past) : null,
      freshness: ofEnvironment && freshnessOf(ofEnvironment, time),
      unknown: asked.unanswered,
    };
    return { result: { ...status, next: nextCommands(status) }, failure: asked.failure([readers, present]) };
  }

  private async references() {
    const { store, branch, consumerTag } = this.parts;
    const [main, consumer] = await Promise.all([
      store.findReference(branch),
      store.findReference(consumerTag),
    ]);
    return { main, consumer };
  }

  private seen(hash: Hash, releases: readonly Release[]): SeenRelease {
    const release = releaseAt(hash, releases);
    return {
      tag: this.parts.consumerTag,
      hash,
      base: targetAt(hash, releases).base,
      release: release?.number ?? null,
      since: release?.endedAt ?? release?.startedAt ?? null,
      by: release?.by ?? null,
      isVerified: release ? release.attestation !== null : null,
    };
  }

  private async ahead(base: Hash, main: Hash, known: KnownModels | null): Promise<Ahead> {
    const { history, comparison } = this.parts;
    const [commits, changed] = await Promise.all([
      history.countCommits(base, main, MOST_COMMITS),
      changedNames(base, main, MOST_CHANGES, comparison),
    ]);
    if (known === null) return { commits, changed };
    // What only other environments have is nothing that readers would get.
    const own = new Set(known.models.map(({ model }) => model));
    return { commits, changed: { ...changed, names: changed.names.filter((name) => own.has(name)) } };
  }
}

/** Questions, each of which may stay without an answer. */
class Asked {
  readonly unanswered: Unanswered[] = [];
  private first: PipelineError | undefined;

  async for<T>(section: Section, answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (thrown) {
      if (!(thrown instanceof PipelineError) || thrown.code === "INTERRUPTED" || thrown.code === "TERMINATED")
        throw thrown;
      this.first ??= thrown;
      this.unanswered.push({ section, code: thrown.code, message: thrown.message });
      return null;
    }
  }

  /** Of the first question, where none of the main ones was answered. */
  failure(answers: readonly unknown[]): PipelineError | undefined {
    return answers.every((answer) => answer === null) ? this.first : undefined;
  }
}

/** @param past newest first */
function lastOf(past: readonly PastVerification[]): LastVerification | null {
  const last = past.find(({ selected }) => selected.length === 0);
  if (last === undefined) return null;
  const checks = { passed: 0, warned: 0, failed: 0, error: 0 };
  for (const { outcome } of last.checks) checks[outcome] += 1;
  const { base, release, verdict, by, at, milliseconds, until } = last;
  return { base, release, verdict, by, at, milliseconds, until, checks };
}
