import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { requestDigest } from "./digest.js";
import type { LoadedProject } from "./ports.js";
import type { RunRequest } from "./request.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import { findRun } from "./run-id.js";
import type { RunResult } from "./run-result.js";
import { isUnfinished, type RunRecord, type Trigger } from "./runs.js";

export interface Beginning {
  readonly id: string;
  readonly scope: string;
  readonly trigger: Trigger;
  readonly request: RunRequest;
  /** Null for a run without restatement. */
  readonly plan: RestatementPlan | null;
  readonly mainAtStart: Hash;
  readonly approvedBy: Actor | null;
  readonly forcedAfter: string | null;
  readonly at: string;
}

/** A run before its first attempt. */
export function newRun({ plan, at, ...beginning }: Beginning): RunRecord {
  return {
    ...beginning,
    environment: beginning.request.environment,
    requestDigest: requestDigest(beginning.request),
    status: "running",
    step: "deploy",
    startedAt: at,
    endedAt: null,
    mainAtEnd: null,
    mainAtRestatement: null,
    planDigest: plan?.digest ?? null,
    evidenceSince: null,
    environmentPlans: [],
    attempts: [],
  };
}

export interface AttemptBeginning {
  readonly project: LoadedProject;
  readonly trigger: Trigger;
  readonly host: { readonly name: string; readonly pid: number };
  readonly at: string;
}

/** The run with another attempt at work on it. */
export function withAttempt(run: RunRecord, { project, trigger, host, at }: AttemptBeginning): RunRecord {
  const attempt = {
    number: run.attempts.length + 1,
    startedAt: at,
    endedAt: null,
    host: host.name,
    pid: host.pid,
    by: trigger.by,
    link: trigger.link,
    sqlmeshVersion: project.sqlmeshVersion,
    trinoUser: project.trinoUser,
    failure: null,
    logFile: project.logFile,
  };
  return { ...run, status: "running", endedAt: null, attempts: [...run.attempts, attempt] };
}

/** The run's attempts, the last one over. */
export function attemptsEnded(
  { attempts }: RunRecord,
  failure: PipelineError | undefined,
  endedAt: string,
): RunRecord["attempts"] {
  const why = failure
    ? { code: failure.code, message: failure.message, hint: failure.hint ?? null, next: failure.next }
    : null;
  return attempts.map((attempt) =>
    attempt.number === attempts.length ? { ...attempt, endedAt, failure: why } : attempt,
  );
}

/**
 * The unfinished run that is asked for by its id or the beginning of it, or the only one that there is.
 * @throws PipelineError RUN_UNKNOWN, USAGE for a run that is over, for none and for several
 */
export function unfinishedRun(runs: readonly RunRecord[], asked: string | null): RunRecord {
  if (asked !== null) {
    const run = findRun(runs, asked);
    if (isUnfinished(run)) return run;
    throw new PipelineError("USAGE", {
      message: `run ${run.id} is over: it ${run.status === "abandoned" ? "was abandoned" : "has succeeded"}`,
      hint: `\`oso-pipeline show ${run.id}\` tells what it did`,
    });
  }
  const open = runs.filter(isUnfinished);
  if (open.length === 1 && open[0]) return open[0];
  throw new PipelineError("USAGE", {
    message:
      open.length === 0
        ? "no run is unfinished"
        : `several runs are unfinished: ${open.map(({ id }) => id).join(", ")}`,
    hint: open.length === 0 ? "`oso-pipeline runs` lists what ran" : "name one: `oso-pipeline resume RUN`",
  });
}

/** What a trigger is told whose run has done its work. */
export function alreadyDone(run: RunRecord, { sqlmeshVersion, gateway, logFile }: LoadedProject): RunResult {
  return {
    status: "already-done",
    run: run.id,
    attempt: run.attempts.length,
    environment: run.environment,
    sqlmesh: { version: sqlmeshVersion, gateway },
    resumed: null,
    deployment: null,
    restatement: null,
    due: null,
    mainAtStart: run.mainAtStart,
    startedAt: run.startedAt,
    milliseconds: 0,
    logFile,
  };
}
