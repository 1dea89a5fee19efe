import { PipelineError } from "../core/errors.js";
import { asksToRestate } from "./request.js";
import { isUnfinished, type RunRecord, type Trigger } from "./runs.js";

export interface StartQuestion {
  readonly trigger: Pick<Trigger, "key">;
  readonly requestDigest: string;
  /** Of the plan that was handed over to be applied exactly; null or absent where none was. */
  readonly planDigest?: string | null;
  /** All that the state store knows, newest first, of other scopes too. */
  readonly runs: readonly RunRecord[];
  readonly scope: string;
  readonly force: boolean;
}

export type Start =
  | {
      readonly kind: "new";
      /** Unfinished runs that are over once this one begins: SQLMesh's state knows what they have left. */
      readonly supersedes: readonly RunRecord[];
      /** Id of the finished run of the same trigger that is started anew. */
      readonly after: string | null;
    }
  | { readonly kind: "resume"; readonly run: RunRecord }
  | { readonly kind: "already-done"; readonly run: RunRecord }
  /** Nothing, as long as the half-done restatement of this run is in the way. */
  | { readonly kind: "blocked"; readonly run: RunRecord };

/**
 * What a trigger starts, given what ran before in its scope. A key means one thing for ever: it is resumed until it has
 * succeeded and starts nothing afterwards, unless forced. Without a key only an unfinished run is gone on with.
 * @throws PipelineError CONFLICT for a key of another request
 */
export function decideStart(question: StartQuestion): Start {
  const { trigger, requestDigest, scope, force } = question;
  const runs = question.runs.filter((run) => run.scope === scope);

  const sameKey = trigger.key === null ? [] : runs.filter((run) => run.trigger.key === trigger.key);
  const other = sameKey.find((run) => run.requestDigest !== requestDigest || isOtherPlan(run, question));
  if (other) throw keyOfAnotherRequest(other);
  const unfinished = sameKey.find(isUnfinished);
  if (unfinished) return { kind: "resume", run: unfinished };
  const done = sameKey.find(hasDoneItsWork);
  if (done && !force) return { kind: "already-done", run: done };

  const open = runs.filter((run) => isUnfinished(run) && asksToRestate(run.request));
  const sameRequest = open.find((run) => run.requestDigest === requestDigest && !isOtherPlan(run, question));
  if (trigger.key === null && sameRequest) return { kind: "resume", run: sameRequest };
  const blocking = open.find(isHalfRestated);
  if (blocking) return { kind: "blocked", run: blocking };
  return { kind: "new", supersedes: runs.filter(isUnfinished), after: done?.id ?? null };
}

/** A plan file means exactly itself; a finished run's plan is of no interest any more. */
const isOtherPlan = (run: RunRecord, { planDigest }: StartQuestion): boolean =>
  isUnfinished(run) &&
  typeof planDigest === "string" &&
  run.planDigest !== null &&
  run.planDigest !== planDigest;

/** One that was given up when only what is due was left has restated all that it was asked to. */
const hasDoneItsWork = ({ status, step, request }: RunRecord): boolean =>
  status === "succeeded" || (status === "abandoned" && step === "due" && asksToRestate(request));

/** Whether its restatement may be incomplete: what is due afterwards is known to SQLMesh's state. */
const isHalfRestated = ({ step, evidenceSince }: RunRecord): boolean =>
  step === "restate" && evidenceSince !== null;

function keyOfAnotherRequest({ id, trigger }: RunRecord): PipelineError {
  return new PipelineError("CONFLICT", {
    message: `the run key ${trigger.key} belongs to run ${id}, which was asked for something else; nothing was run`,
    hint: `give this request a key of its own; \`oso-pipeline show ${id}\` tells what the other one is`,
  });
}

/** Of a run that is known not to be at work. */
export function halfRestated({ id, status }: RunRecord): PipelineError {
  const how = status === "running" ? "died" : status === "failed" ? "failed" : "was interrupted";
  return new PipelineError("RUN_UNFINISHED", {
    message: `run ${id} ${how} in the middle of its restatement; nothing was run`,
    hint: `finish it with \`oso-pipeline resume ${id}\`, or give it up with \`oso-pipeline resume ${id} --abandon\``,
  });
}
