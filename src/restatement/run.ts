import { PipelineError } from "../core/errors.js";
import type { ModelFailure, Report } from "../core/events.js";
import { type Model, PRODUCTION } from "../core/model.js";
import type { Outcome } from "../core/outcome.js";
import type { Evaluation, EvaluationPlan, LeftOut, LoadedProject, TransformationEngine } from "./ports.js";
import { compareWithPlan, type ModelOutcome, outcomes } from "./result.js";
import type { RunRequest } from "./request.js";
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

export interface StepResult {
  readonly status: Evaluation["status"];
  readonly models: readonly ModelOutcome[];
  readonly failures: readonly ModelFailure[];
}

export interface RestatementResult extends StepResult {
  readonly asked: readonly SelectedModel[];
  /** Asked for, but not restated, and why. */
  readonly leftOut: readonly LeftOut[];
  /** Models whose stored batches are fewer than planned although nothing failed; must be empty. */
  readonly incomplete: readonly string[];
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
    const plan = await engine.plan(restatementRequest(request, restate));
    refuseEmpty(plan);
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
    const result = (steps: Pick<RunResult, "deployment" | "restatement" | "due">): Outcome<RunResult> => {
      const all = [steps.deployment, steps.restatement, steps.due].filter((one) => one !== null);
      const failure = failureOf(all, project.logFile);
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
    const restating = request.restateModels.length + request.restateCategories.length > 0;
    return this.parts.engine.plan({
      environment: request.environment,
      restate: [],
      // In production the dates belong to the restatement: SQLMesh refuses them on any other plan.
      start: restating && request.environment === PRODUCTION ? null : request.start,
      end: restating && request.environment === PRODUCTION ? null : request.end,
      skipTests: request.skipTests,
      allowDestructive: request.allowDestructiveModels,
    });
  }

  private async restate(
    request: RunRequest,
    asked: readonly SelectedModel[],
    deployed: EvaluationPlan,
  ): Promise<RestatementResult> {
    const { engine, report } = this.parts;
    const { restate, deployedNow } = splitByDeployment(asked, deployed);
    if (restate.length === 0) {
      return {
        status: "nothing-to-do",
        models: [],
        failures: [],
        asked,
        leftOut: deployedNow,
        incomplete: [],
      };
    }
    const plan = await engine.plan(restatementRequest(request, restate));
    refuseEmpty(plan);
    report({ type: "phase", phase: "restate", text: `Restating ${restatementInWords(plan)}` });
    const evaluation = await engine.apply(plan.planId, report);
    const evaluated = step(evaluation, plan);
    const incomplete =
      evaluation.status === "failed" ? [] : compareWithPlan(plan.restatements, evaluation.batches);
    return { ...evaluated, asked, leftOut: [...deployedNow, ...plan.leftOut], incomplete };
  }
}

/** SQLMesh kinds that are never evaluated, so that asking for nothing else can restate nothing. */
const neverRestated = new Set(["SEED", "EMBEDDED"]);

function refuseUnrestatable(asked: readonly SelectedModel[], models: readonly Model[]): void {
  if (asked.length === 0) return;
  const kindOf = new Map(models.map((model) => [model.name, model.kind]));
  if (!asked.every(({ model }) => neverRestated.has(kindOf.get(model) ?? ""))) return;
  throw new PipelineError("RESTATEMENT_EMPTY", {
    message: `SQLMesh restates neither seeds nor embedded models: ${asked.map(({ model }) => model).join(", ")}; nothing was run`,
    hint: `ask for the models that read them: \`--restate ${asked[0]?.model}+\``,
  });
}

function refuseContradictions(request: RunRequest): void {
  const restating = request.restateModels.length + request.restateCategories.length > 0;
  if (request.environment === PRODUCTION && !restating && (request.start ?? request.end) !== null) {
    throw new PipelineError("USAGE", {
      message: "--start and --end need something to restate in the environment prod",
      hint: "add --restate or --restate-category, or leave the dates out",
    });
  }
}

function refuseEmpty(plan: EvaluationPlan): void {
  if (plan.restatements.length > 0) return;
  const why = plan.leftOut.map(({ model, reason }) => `${model} (${reason})`);
  throw new PipelineError("RESTATEMENT_EMPTY", {
    message: `nothing of what was asked can be restated in ${plan.environment}: ${why.join(", ")}`,
    hint:
      plan.environment === PRODUCTION
        ? "seeds, embedded models and models with disabled restatement are never restated"
        : "models that this environment shares with prod are restated in prod only",
  });
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

const restatementRequest = (request: RunRequest, restate: readonly string[]) => ({
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

function failureOf(
  steps: readonly (StepResult & { incomplete?: readonly string[] })[],
  logFile: string,
): PipelineError | undefined {
  const failed = steps.find((one) => one.status === "failed");
  if (failed) {
    const names = failed.failures.map(({ model }) => model);
    return new PipelineError("TRANSFORMATION_FAILED", {
      message: names.length > 0 ? `${names.join(", ")} failed` : "the evaluation failed",
      hint: "mend the model or its data and run the same command again",
      where: logFile,
    });
  }
  const incomplete = steps.flatMap((one) => one.incomplete ?? []);
  if (incomplete.length === 0) return undefined;
  return new PipelineError("TRANSFORMATION_FAILED", {
    message: `SQLMesh reported success, but restated fewer batches than planned of ${incomplete.join(", ")}`,
    hint: "run the same command again",
    where: logFile,
  });
}

const versions = (project: LoadedProject) => ({ version: project.sqlmeshVersion, gateway: project.gateway });

const plural = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? "" : word.endsWith("ch") ? "es" : "s"}`;

function changesInWords({ changes, backfills }: EvaluationPlan): string {
  const modified = changes.directlyModified.length + changes.metadataUpdated.length;
  const parts = [
    changes.added.length > 0 ? plural(changes.added.length, "new model") : "",
    modified > 0 ? plural(modified, "changed model") : "",
    changes.removed.length > 0 ? plural(changes.removed.length, "removed model") : "",
    backfills.length > 0 ? `${plural(backfills.length, "model")} to fill` : "",
  ].filter(Boolean);
  return parts.join(", ") || "the environment";
}

function restatementInWords({ restatements }: EvaluationPlan): string {
  const batches = restatements.reduce((sum, { batches: count }) => sum + count, 0);
  return `${plural(restatements.length, "model")} in ${plural(batches, "batch")}`;
}
