import type { Report } from "../core/events.js";
import { type Model, PRODUCTION } from "../core/model.js";
import { buildRestatementPlan } from "./build-plan.js";
import type { EarlierFigures } from "./estimate.js";
import type { EvaluationPlan, LeftOut, LoadedProject, PlanRequest, TransformationEngine } from "./ports.js";
import { emptyRestatement, refuseContradictions, refuseUnrestatable } from "./refusals.js";
import { asksToRestate, type RunRequest } from "./request.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import { type SelectedModel, selectedModels } from "./selection.js";

/** The loaded project, and the models behind what was asked. */
export interface Prepared {
  readonly project: LoadedProject;
  /** The SQLMesh state that it works on: one lease and one history of runs for each. */
  readonly scope: string;
  readonly asked: readonly SelectedModel[];
}

/** A restatement as it would be now, built in the engine as its last plan. */
export interface Draft {
  readonly plan: RestatementPlan;
  /** Null where all that was asked has left the restatement. */
  readonly evaluation: EvaluationPlan | null;
}

export interface DraftRequest {
  readonly request: RunRequest;
  readonly prepared: Prepared;
  /** As it was before anything was deployed. */
  readonly deployment: EvaluationPlan;
  readonly isDeployed: boolean;
  /** Frozen by the run's first attempt; null for now. */
  readonly executionTime: string | null;
  /** Models that an earlier attempt of the run has built anew, so that they have left the restatement. */
  readonly deployedEarlier: readonly LeftOut[];
  readonly earlier: EarlierFigures;
  readonly createdBy: Actor;
}

/** Turns a request into plans. Writes nothing. */
export class Planner {
  constructor(
    private readonly parts: {
      readonly engine: TransformationEngine;
      readonly report: Report;
      readonly now: () => number;
    },
  ) {}

  /** @throws PipelineError for a request that contradicts itself or names what there is not. */
  async prepare(request: RunRequest): Promise<Prepared> {
    const { engine, report } = this.parts;
    refuseContradictions(request);
    report({ type: "phase", phase: "load", text: "Loading the SQLMesh project" });
    const project = await engine.load();
    const selections = request.restateModels.length > 0 ? await engine.select(request.restateModels) : [];
    const asked = selectedModels(
      { selectors: request.restateModels, categories: request.restateCategories },
      selections,
      project.models,
    );
    refuseUnrestatable(asked, project.models);
    return { project, scope: scopeOf(project), asked };
  }

  /** The plan that deploys local changes and fills what is missing. */
  deployment(request: RunRequest): Promise<EvaluationPlan> {
    // In production the dates belong to the restatement: SQLMesh refuses them on any other plan.
    const withoutDates = asksToRestate(request) && request.environment === PRODUCTION;
    return this.parts.engine.plan(
      planRequest(withoutDates ? { ...request, start: null, end: null } : request, [], null),
    );
  }

  /**
   * The restatement plan. Before the deployment it is what will be restated after it, as far as that can be told.
   * @throws PipelineError RESTATEMENT_EMPTY when SQLMesh would restate nothing of what was asked.
   */
  async draft(draft: DraftRequest): Promise<Draft> {
    const { request, prepared, deployment, executionTime, deployedEarlier } = draft;
    const { engine, now } = this.parts;
    const build = (evaluation: EvaluationPlan, deployedNow: readonly LeftOut[]): RestatementPlan =>
      buildRestatementPlan({
        project: prepared.project,
        scope: prepared.scope,
        request,
        asked: prepared.asked,
        deployment,
        restatement: evaluation,
        deployedNow,
        earlier: draft.earlier,
        createdBy: draft.createdBy,
        now: new Date(now()).toISOString(),
      });

    const { restate, deployedNow } = splitByDeployment(
      prepared.asked,
      prepared.project.models,
      deployment,
      deployedEarlier,
    );
    // Not by what was loaded: an earlier run of this process may have made the environment since.
    const isThere = draft.isDeployed || deployment.environmentPlanId !== null;
    if (restate.length === 0 || !isThere) {
      const asked = prepared.asked.map(({ model }) => ({ model, reason: "deployed-now" as const }));
      const nothing = { ...deployment, restatements: [], backfills: [], leftOut: [] };
      return { plan: build(nothing, isThere ? deployedNow : asked), evaluation: null };
    }
    const evaluation = await engine.plan(planRequest(request, restate, executionTime));
    if (evaluation.restatements.length > 0) return { plan: build(evaluation, deployedNow), evaluation };
    if (deployedNow.length === 0) throw emptyRestatement(request.environment, evaluation.leftOut);
    return { plan: build(evaluation, deployedNow), evaluation: null };
  }
}

/** `<project>/<gateway>`, SQLMesh's own names for them. */
export const scopeOf = ({ project, gateway }: LoadedProject): string => `${project || "default"}/${gateway}`;

/**
 * Models that the deployment builds anew leave the restatement: they are complete already. What reads them stays in it,
 * for a change of what a model reads leaves the tables of some kinds as they are.
 *
 * In production what is added is built, but for a record of the environment that was lost: SQLMesh replaces it in two
 * statements, and its state in DuckDB knows no transactions. Everything is then added, and nothing of it built.
 */
function splitByDeployment(
  asked: readonly SelectedModel[],
  models: readonly Model[],
  deployment: EvaluationPlan,
  deployedEarlier: readonly LeftOut[],
): { restate: string[]; deployedNow: LeftOut[] } {
  const { added, directlyModified, indirectlyModified } = deployment.changes;
  const filled = new Set(deployment.backfills.map(({ model }) => model));
  const isNew = (name: string): boolean => deployment.environment !== PRODUCTION || filled.has(name);
  const rebuilt = new Set([
    ...added.filter(isNew),
    ...[...directlyModified, ...indirectlyModified].filter((name) => filled.has(name)),
    ...deployedEarlier.map(({ model }) => model),
  ]);
  const passedThrough = new Set(models.filter(({ kind }) => kind === "EMBEDDED").map(({ name }) => name));
  const readersOf = (name: string): string[] =>
    models.filter(({ dependsOn }) => dependsOn.includes(name)).map((reader) => reader.name);
  const reached = new Set(asked.map(({ model }) => model));
  const restate: string[] = [];
  const deployedNow: LeftOut[] = [];
  for (const model of reached) {
    if (rebuilt.has(model)) deployedNow.push({ model, reason: "deployed-now" });
    else if (asked.some((one) => one.model === model) || !passedThrough.has(model)) restate.push(model);
    if (rebuilt.has(model) || passedThrough.has(model))
      for (const reader of readersOf(model)) reached.add(reader);
  }
  return { restate, deployedNow };
}

const planRequest = (
  request: RunRequest,
  restate: readonly string[],
  executionTime: string | null,
): PlanRequest => ({
  environment: request.environment,
  restate,
  start: request.start,
  end: request.end,
  skipTests: request.skipTests,
  allowDestructive: request.allowDestructiveModels,
  executionTime,
});
