import type { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { type Model, PRODUCTION } from "../core/model.js";
import type { Outcome } from "../core/outcome.js";
import type {
  Evaluation,
  EvaluationPlan,
  LeftOut,
  LoadedProject,
  PlanRequest,
  TransformationEngine,
} from "./ports.js";
import { changesInWords, restatementInWords } from "./words.js";
import { emptyRestatement, failureOf, refuseContradictions, refuseUnrestatable } from "./refusals.js";
import { compareWithPlan, outcomes, type StepResult } from "./result.js";
import { asksToRestate, type RunRequest } from "./request.js";
import { type SelectedModel, selectedModels } from "./selection.js";

/** What `run` did, in the order it did it. */
export interface RunResult {
  readonly status: "succeeded" | "failed" | "nothing-to-do";
  readonly environment: string;
  readonly sqlmesh: { readonly version: string; readonly gateway: string };
  /** Local changes applied, and models built by it; null when there were none. */
  readonly deployment: StepResult | null;
  /** Null when nothing was asked to be restated. */
  readonly restatement: RestatementResult | null;
  /** What was due by cadence; null when an earlier step failed. */
  readonly due: StepResult | null;
  readonly startedAt: string;
  readonly milliseconds: number;
  /** Where SQLMesh's own output went. */
  readonly logFile: string;
}

export interface RestatementResult extends StepResult {
  readonly asked: readonly SelectedModel[];
  /** Asked for, but not restated, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Models whose stored batches are fewer than planned although nothing failed; must be empty. */
  readonly incomplete: readonly string[];
  /** Whether SQLMesh would restate nothing of what was asked, which is an error. */
  readonly isRefused: boolean;
}

/** What `plan` shows: the same decisions, nothing applied. */
export interface PlanResult {
  readonly environment: string;
  readonly sqlmesh: { readonly version: string; readonly gateway: string };
  readonly deployment: EvaluationPlan;
  readonly restatement: {
    plan: EvaluationPlan;
    asked: readonly SelectedModel[];
    leftOut: readonly LeftOut[];
  } | null;
}

export interface RunServiceParts {
  readonly engine: TransformationEngine;
  readonly report: Report;
  readonly now: () => number;
}

/** Plans and runs on one load of the project: SQLMesh's `plan`, `plan --restate-model` and `run`. */
export class RunService {
  constructor(private readonly parts: RunServiceParts) {}

  /** The project's models, or those a selector picks. */
  async models(selector: string | null): Promise<readonly Model[]> {
    const { engine } = this.parts;
    const { models } = await engine.load();
    const sorted = models.toSorted((a, b) => a.name.localeCompare(b.name));
    if (selector === null) return sorted;
    const picked = selectedModels(
      { selectors: [selector], categories: [] },
      await engine.select([selector]),
      models,
    );
    const names = new Set(picked.map(({ model }) => model));
    return sorted.filter(({ name }) => names.has(name));
  }

  /** The dry run of `run`. Writes nothing. */
  async plan(request: RunRequest): Promise<Outcome<PlanResult>> {
    const { engine } = this.parts;
    const { project, asked } = await this.prepare(request);
    const deployment = await this.planDeployment(request);
    const base = { environment: request.environment, sqlmesh: versions(project), deployment };
    if (asked.length === 0) return { result: { ...base, restatement: null } };

    const { restate, deployedNow } = splitByDeployment(asked, deployment);
    if (restate.length === 0 || !project.environments.includes(request.environment)) {
      const leftOut = asked.map(({ model }) => ({ model, reason: "deployed-now" as const }));
      const plan = { ...deployment, restatements: [], backfills: [], hasWork: false };
      return { result: { ...base, restatement: { plan, asked, leftOut } } };
    }
    const plan = await engine.plan(planRequest(request, restate));
    if (plan.restatements.length === 0) throw emptyRestatement(request.environment, plan.leftOut);
    return { result: { ...base, restatement: { plan, asked, leftOut: [...deployedNow, ...plan.leftOut] } } };
  }

  /**
   * Deploys local changes, restates what is asked, runs what is due. A later step is left out when an earlier
   * one failed.
   * @throws PipelineError for anything wrong before the first write, and for an engine that broke.
   */
  async run(request: RunRequest): Promise<Outcome<RunResult>> {
    const { engine, report, now } = this.parts;
    const startedAt = now();
    const { project, asked } = await this.prepare(request);
    const result = (
      steps: Pick<RunResult, "deployment" | "restatement" | "due">,
      refusal?: PipelineError,
    ): Outcome<RunResult> => {
      const all = [steps.deployment, steps.restatement, steps.due].filter((one) => one !== null);
      const failure = refusal ?? failureOf(all, project.logFile);
      const worked = all.some((one) => one.status === "succeeded");
      return {
        result: {
          status: failure ? "failed" : worked ? "succeeded" : "nothing-to-do",
          environment: request.environment,
          sqlmesh: versions(project),
          ...steps,
          startedAt: new Date(startedAt).toISOString(),
          milliseconds: now() - startedAt,
          logFile: project.logFile,
        },
        failure,
      };
    };

    const planned = await this.planDeployment(request);
    let deployment: StepResult | null = null;
    if (planned.hasWork) {
      report({ type: "phase", phase: "deploy", text: `Deploying ${changesInWords(planned)}` });
      deployment = step(await engine.apply(planned.planId, report), planned);
      if (deployment.status === "failed") return result({ deployment, restatement: null, due: null });
    }

    let restatement: RestatementResult | null = null;
    if (asked.length > 0) {
      restatement = await this.restate(request, asked, planned);
      if (restatement.isRefused) {
        const refusal = emptyRestatement(request.environment, restatement.leftOut);
        // What the deployment did is told as well; without one there is nothing to tell.
        if (deployment === null) throw refusal;
        return result({ deployment, restatement, due: null }, refusal);
      }
      if (restatement.status === "failed" || restatement.incomplete.length > 0) {
        return result({ deployment, restatement, due: null });
      }
    }

    report({ type: "phase", phase: "run", text: "Running what is due" });
    const due = step(await engine.runDue({ environment: request.environment }, report));
    return result({ deployment, restatement, due });
  }

  private async prepare(
    request: RunRequest,
  ): Promise<{ project: LoadedProject; asked: readonly SelectedModel[] }> {
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
    return { project, asked };
  }

  private planDeployment(request: RunRequest): Promise<EvaluationPlan> {
    // In production the dates belong to the restatement: SQLMesh refuses them on any other plan.
    const withoutDates = asksToRestate(request) && request.environment === PRODUCTION;
    return this.parts.engine.plan(
      planRequest(withoutDates ? { ...request, start: null, end: null } : request, []),
    );
  }

  private async restate(
    request: RunRequest,
    asked: readonly SelectedModel[],
    deployed: EvaluationPlan,
  ): Promise<RestatementResult> {
    const { engine, report } = this.parts;
    const { restate, deployedNow } = splitByDeployment(asked, deployed);
    const nothing = { status: "nothing-to-do", models: [], failures: [], asked, incomplete: [] } as const;
    if (restate.length === 0) return { ...nothing, leftOut: deployedNow, isRefused: false };

    const plan = await engine.plan(planRequest(request, restate));
    const leftOut = [...deployedNow, ...plan.leftOut];
    if (plan.restatements.length === 0) return { ...nothing, leftOut, isRefused: true };

    report({ type: "phase", phase: "restate", text: `Restating ${restatementInWords(plan)}` });
    const evaluation = await engine.apply(plan.planId, report);
    const incomplete =
      evaluation.status === "failed" ? [] : compareWithPlan(plan.restatements, evaluation.batches);
    return { ...step(evaluation, plan), asked, leftOut, incomplete, isRefused: false };
  }
}

/** Models that the deployment builds anew leave the restatement: they are complete already. */
function splitByDeployment(
  asked: readonly SelectedModel[],
  deployment: EvaluationPlan,
): { restate: string[]; deployedNow: LeftOut[] } {
  const { added, directlyModified, indirectlyModified } = deployment.changes;
  const rebuilt = new Set(deployment.backfills.map(({ model }) => model));
  const changed = new Set(
    [...added, ...directlyModified, ...indirectlyModified].filter((name) => rebuilt.has(name)),
  );
  return {
    restate: asked.map(({ model }) => model).filter((model) => !changed.has(model)),
    deployedNow: asked
      .filter(({ model }) => changed.has(model))
      .map(({ model }) => ({ model, reason: "deployed-now" as const })),
  };
}

const planRequest = (request: RunRequest, restate: readonly string[]): PlanRequest => ({
  environment: request.environment,
  restate,
  start: request.start,
  end: request.end,
  skipTests: request.skipTests,
  allowDestructive: request.allowDestructiveModels,
});

function step(evaluation: Evaluation, plan?: EvaluationPlan): StepResult {
  return { status: evaluation.status, models: outcomes(evaluation, plan), failures: evaluation.failures };
}

const versions = (project: LoadedProject) => ({ version: project.sqlmeshVersion, gateway: project.gateway });
