import { digestOf } from "./digest.js";
import type { EarlierFigures } from "./estimate.js";
import type { EvaluationPlan, LeftOut, LoadedProject, PlannedModel, ProjectChanges } from "./ports.js";
import type { RunRequest } from "./request.js";
import type { RestatedModel, RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import type { SelectedModel } from "./selection.js";

export interface PlanParts {
  readonly project: Pick<LoadedProject, "sqlmeshVersion">;
  readonly scope: string;
  readonly request: RunRequest;
  readonly asked: readonly SelectedModel[];
  /** What deploys local code, as it is before that. */
  readonly deployment: EvaluationPlan;
  /** What SQLMesh would restate, by its present state. */
  readonly restatement: EvaluationPlan;
  /** Asked for, and complete already once the deployment has built them anew. */
  readonly deployedNow: readonly LeftOut[];
  readonly earlier: EarlierFigures;
  readonly createdBy: Actor;
  /** ISO 8601 UTC. */
  readonly now: string;
}

/** The restatement as it will be once local code is deployed, as far as SQLMesh can tell before. */
export function buildRestatementPlan(parts: PlanParts): RestatementPlan {
  const { project, scope, request, deployment, restatement, createdBy, now } = parts;
  const models = restatement.restatements
    .map((planned) => restatedModel(afterDeployment(planned, deployment), parts))
    .toSorted(byModel);
  const identity = {
    environment: request.environment,
    scope,
    request,
    sqlmeshVersion: project.sqlmeshVersion,
    models,
  };
  return {
    digest: digestOf(identity),
    ...identity,
    executionTime: restatement.executionTime,
    createdAt: now,
    createdBy,
    leftOut: leftOut(parts, models),
    deployment: predictedDeployment(deployment),
  };
}

/** The local code that a run deploys first; null when there is none. */
export function predictedDeployment({ changes }: EvaluationPlan): ProjectChanges | null {
  return Object.values(changes).some((names: readonly string[]) => names.length > 0) ? changes : null;
}

/** A model that the deployment changes has another fingerprint, and perhaps version, table and kind, afterwards. */
const afterDeployment = (planned: PlannedModel, { modified }: EvaluationPlan): PlannedModel => ({
  ...planned,
  ...modified.find(({ model }) => model === planned.model),
});

function restatedModel(planned: PlannedModel, { asked, restatement, earlier }: PlanParts): RestatedModel {
  const { model, kind, version, fingerprint, table, intervals, widened, repetition } = planned;
  const restated = new Set(restatement.restatements.map((one) => one.model));
  return {
    model,
    kind,
    version,
    fingerprint,
    table,
    interval: {
      start: intervals[0]?.start ?? planned.start,
      end: intervals.at(-1)?.end ?? planned.end,
    },
    batches: intervals,
    widened,
    repetition,
    askedBy: asked.find((one) => one.model === model)?.askedBy ?? [],
    downstreamOf: planned.restatedParents.filter((parent) => parent !== model && restated.has(parent)),
    earlier: earlier.get(model) ?? null,
  };
}

/** A model may have left as asked for, and come along again downstream of another. */
function leftOut(
  { deployedNow, restatement }: PlanParts,
  models: readonly RestatedModel[],
): readonly LeftOut[] {
  const settled = new Set(models.map(({ model }) => model));
  const all: LeftOut[] = [];
  for (const one of [...deployedNow, ...restatement.leftOut]) {
    if (settled.has(one.model)) continue;
    settled.add(one.model);
    all.push(one);
  }
  return all.toSorted(byModel);
}

const byModel = (a: { model: string }, b: { model: string }): number =>
  a.model < b.model ? -1 : a.model > b.model ? 1 : 0;
