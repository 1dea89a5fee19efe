import { PipelineError } from "../core/errors.js";
import type { Interval } from "../core/events.js";
import { count, few } from "../core/words.js";
import { requestDigest, shortDigest } from "./digest.js";
import type { RestatedModel, RestatementPlan } from "./restatement-plan.js";

const mostLines = 10;

/** What has become another since a plan was made, in people's words; empty exactly when the digests are equal. */
export function differences(planned: RestatementPlan, present: RestatementPlan): readonly string[] {
  if (planned.digest === present.digest) return [];
  const lines = [...ofThePlan(planned, present), ...ofTheModels(planned, present)];
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), `and ${lines.length - mostLines + 1} more differences`];
}

/** Models of the present plan that the planned one does not restate just so: what is stored of them counts no longer. */
export function changedModels(planned: RestatementPlan, present: RestatementPlan): readonly string[] {
  const before = byName(planned);
  return present.models
    .filter((now) => {
      const then = before.get(now.model);
      return then === undefined || changesOf(then, now).length > 0;
    })
    .map(({ model }) => model);
}

/**
 * Models that a run has not finished, and that the present plan neither restates nor has just built from new versions:
 * they would be left half restated, and nobody would know.
 */
export function forgottenModels(
  begun: RestatementPlan,
  present: RestatementPlan,
  isFinished: (model: RestatedModel) => boolean,
): readonly string[] {
  const settled = new Set([
    ...present.models.map(({ model }) => model),
    ...present.leftOut.filter(({ reason }) => reason === "deployed-now").map(({ model }) => model),
    ...(present.deployment?.removed ?? []),
  ]);
  return begun.models.filter((one) => !settled.has(one.model) && !isFinished(one)).map(({ model }) => model);
}

/** A plan that would no longer do what was planned, approved or begun. */
export function stalePlan(planned: RestatementPlan, present: RestatementPlan): PipelineError {
  return new PipelineError("PLAN_STALE", {
    message: `plan ${shortDigest(planned.digest)} is stale, the restatement is ${shortDigest(present.digest)} now: ${differences(planned, present).join("; ")}`,
    hint: "look at it again: `oso-pipeline plan` with the same options and `--out FILE`, then run that file",
  });
}

function ofThePlan(planned: RestatementPlan, present: RestatementPlan): string[] {
  const lines: string[] = [];
  const compare = (what: string, then: string, now: string): void => {
    if (then !== now) lines.push(`${what} is ${now}, was ${then}`);
  };
  compare("the environment", planned.environment, present.environment);
  compare("the SQLMesh project and gateway", planned.scope, present.scope);
  compare("SQLMesh", planned.sqlmeshVersion, present.sqlmeshVersion);
  if (requestDigest(planned.request) !== requestDigest(present.request))
    lines.push(`asked for is ${asked(present)}, was ${asked(planned)}`);
  return lines;
}

function ofTheModels(planned: RestatementPlan, present: RestatementPlan): string[] {
  const [before, after] = [byName(planned), byName(present)];
  const removed = planned.models.filter(({ model }) => !after.has(model)).map(({ model }) => model);
  const added = present.models.filter(({ model }) => !before.has(model)).map(({ model }) => model);
  const changed = present.models.flatMap((now) => {
    const then = before.get(now.model);
    const changes = then ? changesOf(then, now) : [];
    return changes.length > 0 ? [`${now.model} has ${changes.join(" and ")}`] : [];
  });
  return [
    ...(added.length > 0 ? [`restated as well: ${few(added)}`] : []),
    ...(removed.length > 0 ? [`no longer restated: ${few(removed)}`] : []),
    ...changed,
  ];
}

function changesOf(then: RestatedModel, now: RestatedModel): string[] {
  const changes: string[] = [];
  if (then.kind !== now.kind) changes.push(`kind ${now.kind} instead of ${then.kind}`);
  if (then.version !== now.version) changes.push("a new version");
  else if (then.fingerprint !== now.fingerprint) changes.push("a changed definition");
  if (inWords(then.interval) !== inWords(now.interval)) {
    changes.push(`the interval ${inWords(now.interval)} instead of ${inWords(then.interval)}`);
  } else if (then.batches.length !== now.batches.length) {
    changes.push(`${count(now.batches.length, "batch")} instead of ${then.batches.length}`);
  } else if (then.batches.some((batch, index) => inWords(batch) !== inWords(now.batches[index] ?? batch))) {
    changes.push("other batches");
  }
  return changes;
}

/** What was asked for, in the words of the command line. */
function asked({ request }: RestatementPlan): string {
  const words = [
    ...request.restateModels,
    ...request.restateCategories.map((name) => `category ${name}`),
    ...(request.start === null ? [] : [`from ${request.start}`]),
    ...(request.end === null ? [] : [`to ${request.end}`]),
    ...request.allowDestructiveModels.map((name) => `destructive changes of ${name}`),
  ];
  return words.join(", ") || "nothing";
}

const inWords = ({ start, end }: Interval): string => `${at(start)} to ${at(end)}`;

/** Midnight is left out. */
const at = (time: string): string => time.replace("T00:00:00.000Z", "").replace(".000Z", "Z");

const byName = ({ models }: RestatementPlan): ReadonlyMap<string, RestatedModel> =>
  new Map(models.map((model) => [model.model, model]));
