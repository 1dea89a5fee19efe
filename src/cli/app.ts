import type { LoadedConfig } from "../config/load.js";
import type { Report } from "../core/events.js";
import type { Model } from "../core/model.js";
import type { Outcome } from "../core/outcome.js";
import type { Doctor } from "../doctor/doctor.js";
import type { InitResult } from "../setup/init.js";
import type { InitOptions } from "../setup/parts.js";
import type { ReleaseHistory } from "../release/history.js";
import type { ReleaseService } from "../release/publish.js";
import type { Reports } from "../report/reports.js";
import type { Terminal } from "../report/terminal.js";
import type { StatusService } from "../status/status.js";
import type { RunDetails, RunList } from "../restatement/history.js";
import type { RunRequest } from "../restatement/request.js";
import type { RestatementPlan } from "../restatement/restatement-plan.js";
import type { ResumeOptions, RunOptions } from "../restatement/run-options.js";
import type { AbandonResult, PlanResult, RunResult } from "../restatement/run-result.js";
import type { Approval } from "../restatement/runs.js";
import type { LeaseHolder, LeaseStatus } from "../core/lease.js";
import type { SeedService } from "../seeds/add.js";
import type { QueryEngine } from "../verification/ports.js";
import type { VerificationResult, VerificationService } from "../verification/verify.js";

/**
 * The real parts behind the commands, each built when a command first asks for it: `tag-consumer` with nothing
 * to do starts neither SQLMesh nor Trino. `main.ts` builds them; a test hands in its own.
 */
export interface App {
  readonly report: Report;
  /** Writes a line of data at once, for what has no end to wait for. */
  readonly print: (line: string) => void;
  /** Null where nobody is there to answer: no terminal, CI, or output for programs. */
  readonly ask: Ask | null;
  /** Aborted on Ctrl-C, SIGTERM and --timeout. */
  readonly signal: AbortSignal;
  readonly workingDirectory: string;
  configuration(): Promise<LoadedConfig>;
  /** The same parts, for another configuration file. */
  forConfiguration(file: string): App;
  runs(): Promise<RunService>;
  history(): Promise<RunHistory>;
  status(): Promise<Pick<StatusService, "status">>;
  verification(): Promise<VerificationService>;
  releases(): Promise<ReleaseService<VerificationResult>>;
  releaseHistory(): Promise<ReleaseHistory>;
  doctor(): Promise<Pick<Doctor, "diagnose">>;
  queries(): Promise<QueryEngine>;
  /** Shows a file with whatever this machine shows such files with. */
  readonly open: (file: string) => Promise<void>;
  reports(): Promise<Pick<Reports, "ofRun" | "ofVerification" | "ofRelease">>;
  /** Needs no configuration. @param mayAsk false to take what is found and said for answers. */
  init(options: InitOptions, mayAsk: boolean): Promise<InitResult>;
  seeds(): Promise<Pick<SeedService, "add">>;
}

/**
 * Shows something to the person at the terminal and asks for a yes; anything else is a no.
 * @throws PipelineError INTERRUPTED on Ctrl-C; the signal's reason when that is aborted.
 */
export type Ask = (
  show: (terminal: Terminal) => string,
  question: string,
  signal: AbortSignal,
) => Promise<boolean>;

/** What starts, goes on with, gives up and approves. */
export interface RunService {
  models(selector: string | null): Promise<readonly Model[]>;
  plan(request: RunRequest): Promise<Outcome<PlanResult>>;
  run(request: RunRequest, options: RunOptions): Promise<Outcome<RunResult>>;
  /** @param run its id; null for the only unfinished one. */
  resume(run: string | null, options: ResumeOptions): Promise<Outcome<RunResult>>;
  abandon(run: string | null): Promise<Outcome<AbandonResult>>;
  approve(request: ApprovalRequest): Promise<Outcome<Approval>>;
}

export interface ApprovalRequest {
  /** Of the restatement plan, in full or its unambiguous start. */
  readonly digest: string;
  /** Null where only the digest is known here. */
  readonly plan: RestatementPlan | null;
  readonly comment: string | null;
  /** Null for what the configuration says. */
  readonly expiresMilliseconds: number | null;
}

/** What is remembered of runs, and who is at work. Starts neither SQLMesh nor Trino. */
export interface RunHistory {
  /** @param limit how many, newest first. */
  runs(limit: number): Promise<RunList>;
  /** @throws PipelineError RUN_UNKNOWN */
  show(id: string): Promise<RunDetails>;
  leases(): Promise<readonly LeaseStatus[]>;
  /** @throws PipelineError RUN_UNKNOWN when nobody holds it. */
  releaseLease(scope: string): Promise<LeaseHolder>;
}
