import { hostname } from "node:os";
import type { Hash } from "../core/commit.js";
import { messageOf, PipelineError } from "../core/errors.js";
import { PRODUCTION } from "../core/model.js";
import type { Comparison } from "../release/diff.js";
import type { ReleaseLedger } from "../release/ports.js";
import type { Release } from "../release/release.js";
import type { RunHistory } from "../restatement/run-history.js";
import { isUnfinished, type RunRecord } from "../restatement/runs.js";
import type { StateStore } from "../restatement/ports.js";
import { pastOfAttestation, type PastVerification, type VerificationHistory } from "../verification/past.js";
import type { AttestationStore } from "../verification/ports.js";
import type { AttemptLog, CommonMemory, Compared, EarlierRun } from "./model/memory.js";
import { releaseReport } from "./model/release.js";
import type { Report } from "./model/report.js";
import { runReport } from "./model/run.js";
import { verificationReport } from "./model/verification.js";

/** Earlier runs that a run is compared with; each costs the reading of its journal. */
const EARLIER_RUNS = 5;

const LOG_LINES = 60;

export interface ReportParts {
  readonly runs: Pick<RunHistory, "show">;
  readonly state: Pick<StateStore, "runs" | "journal">;
  readonly ledger: Pick<ReleaseLedger, "releases">;
  readonly verifications: Pick<VerificationHistory, "newest">;
  readonly attestations: Pick<AttestationStore, "newest">;
  /** The release that readers see now; null where the consumer tag stands at none. */
  readonly seen: () => Promise<number | null>;
  /** Two bases. */
  readonly compare: (from: Hash, to: Hash) => Promise<Comparison>;
  /** The last lines of a file of this machine; null where it is not there. */
  readonly tail: (file: string, lines: number) => readonly string[] | null;
  readonly trinoUrl: string;
  readonly now: () => Date;
  readonly toolVersion: string;
}

/** Gathers what is remembered, and tells it as a report. Starts neither SQLMesh nor Trino. */
export class Reports {
  constructor(private readonly parts: ReportParts) {}

  /** @param asked its id, or the beginning of it; null for the newest. @throws PipelineError RUN_UNKNOWN */
  async ofRun(asked: string | null): Promise<Report> {
    const { runs: history, state } = this.parts;
    const runs = await state.runs();
    const [newest] = runs;
    if (asked === null && newest === undefined) throw nothing("no run is remembered", "RUN_UNKNOWN");
    const details = await history.show(asked ?? newest?.id ?? "");
    const { run } = details;
    const logs = this.logs(run);
    const [common, journal, earlier] = await Promise.all([
      this.common(),
      state.journal(run.id),
      this.earlier(run, runs),
    ]);
    const comparison = await this.withReaders(run, common.releases);
    return runReport({ ...common, details, journal, earlier, logs, comparison });
  }

  /** The last one that is remembered. @throws PipelineError USAGE where there is none */
  async ofVerification(): Promise<Report> {
    const common = await this.common();
    const [last] = common.verifications;
    if (last === undefined) throw nothing("no verification is remembered", "USAGE");
    return verificationReport(last, common);
  }

  /** @throws PipelineError RELEASE_UNKNOWN */
  async ofRelease(number: number): Promise<Report> {
    const [common, seen] = await Promise.all([this.common(), this.parts.seen()]);
    const release = common.releases.find((one) => one.number === number);
    if (release === undefined) {
      throw new PipelineError("RELEASE_UNKNOWN", {
        message: `there is no release ${number}`,
        hint: "`oso-pipeline releases` lists them",
      });
    }
    const before = common.releases.find((one) => one.number === release.after);
    const comparison = await this.compared(before, release.base);
    return releaseReport({ ...common, release, isSeen: seen === number, comparison });
  }

  private async common(): Promise<CommonMemory> {
    const { ledger, verifications, attestations, trinoUrl, now, toolVersion } = this.parts;
    const [releases, past, attested] = await Promise.all([
      ledger.releases(),
      verifications.newest(Number.POSITIVE_INFINITY),
      attestations.newest(Number.POSITIVE_INFINITY),
    ]);
    return {
      releases,
      verifications: together(past, attested.map(pastOfAttestation)),
      trinoUrl,
      producedAt: now().toISOString(),
      toolVersion,
    };
  }

  private async earlier(
    { id, scope, environment }: RunRecord,
    runs: readonly RunRecord[],
  ): Promise<readonly EarlierRun[]> {
    const before = runs
      .filter((one) => one.id < id && one.scope === scope && one.environment === environment)
      .filter(({ status, planDigest }) => status === "succeeded" && planDigest !== null)
      .slice(0, EARLIER_RUNS);
    return Promise.all(before.map(async (run) => ({ run, journal: await this.parts.state.journal(run.id) })));
  }

  private logs({ attempts }: RunRecord): readonly AttemptLog[] {
    const failed = attempts.filter(({ failure, host }) => failure !== null && host === hostname());
    return failed.flatMap(({ number, logFile: file }) => {
      const lines = this.parts.tail(file, LOG_LINES);
      return lines === null || lines.length === 0 ? [] : [{ attempt: number, file, lines }];
    });
  }

  private async withReaders(run: RunRecord, releases: readonly Release[]): Promise<Compared> {
    if (run.environment !== PRODUCTION) return { missing: `the run was in ${run.environment}` };
    if (isUnfinished(run) || run.mainAtEnd === null) return { missing: "the run is not over" };
    const until = run.endedAt ?? run.startedAt;
    const seen = releases.find(
      ({ status, endedAt }) => status === "published" && endedAt !== null && endedAt <= until,
    );
    return this.compared(seen, run.mainAtEnd);
  }

  /** What is too old to be compared is no reason to have no report. */
  private async compared(from: Release | undefined, to: Hash): Promise<Compared> {
    if (from === undefined) return { missing: "nothing had been released before" };
    try {
      return { comparison: await this.parts.compare(from.base, to), release: from.number };
    } catch (thrown) {
      return { missing: messageOf(thrown) };
    }
  }
}

/** An attestation tells again what is remembered of the verification that made it. */
function together(
  past: readonly PastVerification[],
  attested: readonly PastVerification[],
): readonly PastVerification[] {
  const known = new Set(past.map(({ base, at }) => `${base} ${at}`));
  return [...past, ...attested.filter(({ base, at }) => !known.has(`${base} ${at}`))].toSorted((a, b) =>
    a.at < b.at ? 1 : -1,
  );
}

const nothing = (message: string, code: "RUN_UNKNOWN" | "USAGE"): PipelineError =>
  new PipelineError(code, {
    message,
    hint: code === "USAGE" ? "`oso-pipeline verify` makes one" : "`oso-pipeline run` makes one",
  });
