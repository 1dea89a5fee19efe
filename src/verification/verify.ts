import type { SqlReader } from "../core/view-text.js";
import pLimit from "p-limit";
import type { Actor } from "../core/actor.js";
import { type Hash, short } from "../core/commit.js";
import { messageOf, PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import type { Outcome } from "../core/outcome.js";
import {
  attest,
  type Attestation,
  configurationDigest,
  holds,
  type Question,
  resultOf,
} from "./attestation.js";
import type { Check } from "./check.js";
import type { CheckResult } from "./check-result.js";
import { CommitNames } from "./commit-names.js";
import { evaluateChecks } from "./evaluate.js";
import { modelsToCheck } from "./models-to-check.js";
import type {
  AttestationStore,
  CatalogAtCommit,
  ModelDirectory,
  QueryEngine,
  TagStore,
  VerificationMemory,
} from "./ports.js";
import { baselineOf, prepare } from "./prepare.js";
import {
  concluded,
  type UnpinnedPolicy,
  verdictOf,
  type VerificationResult,
  type VerifiedCheck,
} from "./result.js";
import { inputsOf, nothingBefore, passedBefore } from "./reuse.js";
import type { SamplePolicy } from "./samples.js";
import { comparesWithReaders, findSubjects } from "./subjects.js";
import { commitOfMain, type Seen, type VerificationTarget } from "./targets.js";

export type { RunAudits, VerificationResult, VerifiedCheck } from "./result.js";

export interface VerifyRequest {
  readonly target: VerificationTarget;
  /** Narrows to the models that these selectors pick; empty for all. What is narrowed is not attested. */
  readonly select: readonly string[];
  /** Looks at everything anew, and reads from every table; what readers see is always looked at so. */
  readonly all: boolean;
  /** What readers see now, to compare with; null where there is nothing yet. */
  readonly seen: Seen | null;
}

export interface VerificationParts {
  readonly queries: QueryEngine;
  readonly catalog: CatalogAtCommit;
  readonly tags: TagStore;
  readonly reader: SqlReader;
  readonly directory: ModelDirectory;
  readonly attestations: AttestationStore & VerificationMemory;
  readonly report: Report;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly by: Actor;
  readonly catalogs: {
    readonly producer: string;
    readonly consumer: string;
    /** Shows the verification tag; null where there is none. */
    readonly verification: string | null;
  };
  /** Nothing else uses it. */
  readonly verificationTag: string;
  readonly checks: readonly Check[];
  /** Queries at once. */
  readonly concurrency: number;
  /** Of one whole verification. */
  readonly timeoutMilliseconds: number;
  /** How long an attestation holds at most. */
  readonly validForMilliseconds: number;
  readonly unpinned: UnpinnedPolicy;
  readonly samples?: SamplePolicy | undefined;
}

/** Attestations, besides that of what readers see, whose results are looked through for what has not changed. */
const ATTESTATIONS = 5;

export class VerificationService {
  readonly #names: CommitNames;

  constructor(private readonly parts: VerificationParts) {
    const { queries, tags, report, catalogs, verificationTag: tag } = parts;
    const { producer, verification: catalog } = catalogs;
    this.#names = new CommitNames({
      queries,
      tags,
      report,
      producerCatalog: producer,
      fallback: catalog === null ? null : { catalog, tag },
    });
  }

  /**
   * Proves a commit of main: by the attestation that is stored and still holds, for which neither Trino nor SQLMesh is
   * asked, else by verifying.
   * @throws PipelineError as `verify` does
   */
  async prove(base: Hash, seen: Seen | null): Promise<Outcome<VerificationResult>> {
    const { attestations, now, report } = this.parts;
    const startedAt = now();
    const stored = await attestations.of(base);
    if (stored === null || !holds(stored, this.#question(base, seen), startedAt))
      return this.verify({ target: commitOfMain(base), select: [], all: false, seen });
    report({
      type: "phase",
      phase: "verify",
      text: `${short(base)} was verified by ${stored.by.name}, which holds until ${stored.until.slice(0, 16).replace("T", " ")} UTC`,
    });
    return { result: resultOf(stored, now() - startedAt) };
  }

  /**
   * Checks data as of one commit; the whole set of a commit of main, when nothing fails, is attested. Failing checks
   * are a result; a check that Trino refuses is an `error` of that check and hides no other.
   * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, TIMEOUT, INTERRUPTED, CONFIG_INVALID,
   *   SELECTOR_UNKNOWN, CONFLICT, STATE_UNREADABLE
   */
  async verify(request: VerifyRequest): Promise<Outcome<VerificationResult>> {
    const { report, now, unpinned: policy, validForMilliseconds, by, attestations } = this.parts;
    const { target, select, seen } = request;
    const startedAt = now();
    report({ type: "phase", phase: "verify", text: `Verifying ${inWords(target)}` });
    if (this.parts.checks.length === 0)
      report({ type: "notice", level: "warning", text: "no checks are configured: nothing is verified" });

    const found = await this.#inTime((signal) => this.#check(request, signal));
    const verdict = verdictOf(found, policy);
    const attestation =
      select.length === 0 && target.release === null
        ? attest(
            { ...found, verdict },
            { question: this.#question(target.base, seen), by, now: startedAt, validForMilliseconds },
          )
        : null;
    if (attestation) await attestations.save(attestation);
    const result = {
      ...target,
      ...found,
      verdict,
      reused: found.checks.filter(({ from }) => from !== null).length,
      attestation: attestation && { digest: attestation.digest, until: attestation.until },
      attested: null,
      audits: null,
      milliseconds: now() - startedAt,
    };
    if (select.length === 0) await this.#note(result, startedAt);
    return concluded(result);
  }

  /** Only for showing: what cannot be written down keeps nobody from publishing. */
  async #note(result: VerificationResult, at: number): Promise<void> {
    const { attestations, report, by } = this.parts;
    const { base, release, verdict, milliseconds, attestation } = result;
    const checks = { passed: 0, warned: 0, failed: 0, error: 0 };
    for (const { outcome } of result.checks) checks[outcome] += 1;
    const until = attestation?.until ?? null;
    const done = { base, release, verdict, by, at: new Date(at).toISOString(), milliseconds, checks, until };
    try {
      await attestations.noteVerification(done);
    } catch (thrown) {
      const text = `\`status\` will not tell of this verification: ${messageOf(thrown)}`;
      report({ type: "notice", level: "warning", text });
    }
  }

  async #check(
    { target, select, all, seen }: VerifyRequest,
    signal: AbortSignal,
  ): Promise<Pick<VerificationResult, "checks" | "unpinned">> {
    const { report, directory, catalogs, concurrency, queries, samples } = this.parts;
    if (this.parts.checks.length === 0) return { checks: [], unpinned: [] };
    const toCheck = await modelsToCheck(this.parts.checks, directory, select);
    report({ type: "checks-planned", total: toCheck.reduce((sum, { checks }) => sum + checks.length, 0) });
    const { subjects, naming } = await findSubjects(
      toCheck,
      target,
      seen,
      {
        ...this.parts,
        names: this.#names,
        producerCatalog: catalogs.producer,
        consumerCatalog: catalogs.consumer,
      },
      signal,
    );
    const tell = ({ model, check, outcome }: VerifiedCheck | CheckResult): void =>
      report({ type: "check-finished", model, check, outcome });
    const isAnew = all || target.release !== null;
    const before = isAnew ? nothingBefore : passedBefore(await this.#earlier(seen));
    const limit = pLimit(concurrency);
    const prepared = await limit.map(subjects, (subject) =>
      prepare(subject, { target: inWords(target), naming, before, isAnew, queries, signal, report: tell }),
    );
    const results = await evaluateChecks({
      models: prepared.flatMap(({ toEvaluate }) => toEvaluate ?? []),
      queries,
      concurrency,
      signal,
      samples,
      report: tell,
    });
    await this.#names.confirm(target.at);

    const evaluated = results.values();
    const checks = prepared.flatMap(({ subject, settled, reading }) =>
      subject.checks.flatMap((check) => {
        const known = settled.get(check);
        if (known) return known;
        const { value: result } = evaluated.next();
        if (!result || !reading) return [];
        const inputs = inputsOf(subject.model.name, check, reading, baselineOf(check, subject));
        return { ...result, from: null, inputs };
      }),
    );
    const live = prepared.flatMap(({ subject: { model }, reading }) =>
      reading && !reading.relation.pinned ? [{ model: model.name, reason: reading.relation.reason }] : [],
    );
    const isLive = new Set(live.map(({ model }) => model));
    const besides = checks
      .filter(({ pinned, model }) => !pinned && !isLive.has(model))
      .map(({ model, check }) => ({ model, reason: `${check} reads other tables as they are now` }));
    return { checks, unpinned: [...live, ...besides] };
  }

  #question(base: Hash, seen: Seen | null): Question {
    const { checks, unpinned } = this.parts;
    return {
      base,
      configuration: configurationDigest(checks, unpinned),
      comparedWith: checks.some(comparesWithReaders) ? (seen?.base ?? null) : null,
    };
  }

  /** What was attested of what readers see, then the newest of the others. */
  async #earlier(seen: Seen | null): Promise<readonly Attestation[]> {
    const { attestations } = this.parts;
    const [released, newest] = await Promise.all([
      seen === null ? null : attestations.of(seen.base),
      attestations.newest(ATTESTATIONS),
    ]);
    return [...(released ? [released] : []), ...newest];
  }

  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(this.parts.timeoutMilliseconds);
    try {
      return await work(AbortSignal.any([this.parts.signal, deadline]));
    } catch (thrown) {
      if (!deadline.aborted || this.parts.signal.aborted) throw thrown;
      throw new PipelineError("TIMEOUT", {
        message: "the verification took longer than verification.timeout allows",
        hint: "raise it, or check less at once with --select",
        cause: thrown,
      });
    }
  }
}

const inWords = ({ at, release }: VerificationTarget): string =>
  release === null ? short(at) : `release ${release}`;
