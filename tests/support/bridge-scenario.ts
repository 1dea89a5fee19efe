import type { PipelineEvent } from "../../src/core/events.js";
import type {
  Evaluation,
  EvaluationPlan,
  LoadedProject,
  ModelRange,
  PlanRequest,
  Selection,
} from "../../src/restatement/ports.js";
import type { SqlMeshClient } from "../../src/sqlmesh/client.js";
import type { QueryReading, SqlUnreadable } from "../../src/core/view-text.js";

export const deploy: PlanRequest = {
  environment: "prod",
  restate: [],
  start: null,
  end: null,
  skipTests: false,
  allowDestructive: [],
  executionTime: null,
};

/** Restates four days in the middle of lab.daily, of which the batch size makes one batch. */
export const restateDaily: PlanRequest = {
  ...deploy,
  restate: ["lab.daily"],
  start: "2024-01-03",
  end: "2024-01-06",
};

export interface Applied {
  readonly plan: EvaluationPlan;
  readonly evaluation: Evaluation;
  readonly events: readonly PipelineEvent[];
}

export async function apply(client: SqlMeshClient, request: Partial<PlanRequest> = {}): Promise<Applied> {
  const plan = await client.plan({ ...deploy, ...request });
  const events: PipelineEvent[] = [];
  const evaluation = await client.apply(plan.planId, (event) => events.push(event));
  return { plan, evaluation, events };
}

export interface FirstBuild {
  readonly readings: readonly (QueryReading | SqlUnreadable)[];
  readonly project: LoadedProject;
  readonly selections: readonly Selection[];
  readonly build: Applied;
  readonly again: EvaluationPlan;
  readonly due: Evaluation;
}

/** What every supported SQLMesh must do with tests/matrix/project: the same requests live and replayed. */
export async function firstBuild(client: SqlMeshClient): Promise<FirstBuild> {
  const readings = await client.read([
    "SELECT '😀' AS face, t.a FROM iceberg.oso.\"t#1f\" AS t",
    "SELEC 1",
    "SELECT t.now, \"now\"(), current_user, 'uuid()' FROM t TABLESAMPLE BERNOULLI (10), TABLE(sequence(1, 2))",
    "SELECT * FROM TABLE(iceberg.system.table_changes('lab', 't', 1, 2))",
  ]);
  const project = await client.load();
  const selections = await client.select(["lab.*", "tag:entity_category=project", "lab.nope", "("]);
  const build = await apply(client);
  const again = await client.plan(deploy);
  const due = await client.runDue({ environment: "prod" }, () => undefined);
  return { readings, project, selections, build, again, due };
}

export interface TakenUpAgain {
  readonly before: EvaluationPlan;
  readonly plan: EvaluationPlan;
  readonly stored: readonly ModelRange[];
  readonly narrowed: EvaluationPlan;
  readonly evaluation: Evaluation;
}

/** The restatement once more, of which only one model is left. */
export async function takeUpAgain(client: SqlMeshClient, { plan: before }: Applied): Promise<TakenUpAgain> {
  const plan = await client.plan({ ...restateDaily, executionTime: before.executionTime });
  const stored = await client.stored(plan.planId, before.evidenceSince);
  const left = stored.filter(({ model }) => model === "lab.totals");
  const narrowed = await client.narrow(plan.planId, left);
  const evaluation = await client.apply(narrowed.planId, () => undefined);
  return { before, plan, stored, narrowed, evaluation };
}
