import type { FinishedBatch, Interval, Report } from "../../src/core/events.js";
import type { Model } from "../../src/core/model.js";
import type {
  Evaluation,
  EvaluationPlan,
  LoadedProject,
  ModelCoverage,
  ModelRange,
  PlannedModel,
  PlanRequest,
  QueryMark,
  Selection,
  TransformationEngine,
} from "../../src/restatement/ports.js";

export const noChanges = {
  added: [],
  removed: [],
  directlyModified: [],
  indirectlyModified: [],
  metadataUpdated: [],
};
export const nothingToDo: Evaluation = {
  status: "nothing-to-do",
  batches: [],
  failures: [],
  skipped: [],
  replacedMeanwhile: [],
  queries: [],
};

const day = (number: number): string => new Date(Date.UTC(2024, 0, number)).toISOString();
const interval = (number: number): Interval => ({ start: day(number), end: day(number + 1) });
const intervals = (count: number): Interval[] =>
  Array.from({ length: count }, (_, index) => interval(index + 1));

export const planned = (model: string, batches = 1, overrides: Partial<PlannedModel> = {}): PlannedModel => ({
  model,
  kind: "FULL",
  start: day(1),
  end: day(batches + 1),
  batches,
  intervals: intervals(batches),
  version: `version of ${model}`,
  fingerprint: `fingerprint of ${model}`,
  table: null,
  repetition: "each",
  restatedParents: [],
  widened: false,
  selected: true,
  ...overrides,
});

export const batchesOf = (model: string, count: number, of = count): FinishedBatch[] =>
  Array.from({ length: count }, (_, index) => ({
    model,
    interval: interval(index + 1),
    number: index + 1,
    of,
    rows: 10,
    milliseconds: 5,
    auditsPassed: 1,
    auditsFailed: 0,
    queries: [],
  }));

/** SQLMesh as the run service sees it. What each request gets is set by the test; every call is written down. */
export class FakeEngine implements TransformationEngine {
  readonly calls: string[] = [];
  readonly marks: QueryMark[] = [];
  environments: string[] = ["prod"];
  deployment: Partial<EvaluationPlan> = {};
  restatement: Partial<EvaluationPlan> = {};
  evaluations = new Map<string, Evaluation>();
  due: Evaluation = nothingToDo;
  covered: ModelCoverage[] = [];

  constructor(private readonly models: readonly Model[]) {}

  async load(): Promise<LoadedProject> {
    this.calls.push("load");
    return {
      sqlmeshVersion: "0.236.4",
      pythonVersion: "3.11.7",
      project: "oso",
      gateway: "trino",
      trinoUser: "sqlmesh",
      models: this.models,
      environments: this.environments,
      logFile: "logs/sqlmesh.log",
    };
  }

  async select(selectors: readonly string[]): Promise<readonly Selection[]> {
    return selectors.map((selector) => ({
      selector,
      models: this.models.map(({ name }) => name).filter((name) => name === selector),
      error: null,
    }));
  }

  async plan(request: PlanRequest): Promise<EvaluationPlan> {
    const restating = request.restate.length > 0;
    const dates = request.start === null ? "" : ` ${request.start}..${request.end}`;
    this.calls.push(
      `plan ${request.environment}${restating ? ` restate ${request.restate.join(" ")}` : ""}${dates}`,
    );
    return {
      planId: restating ? "restatement" : "deployment",
      environment: request.environment,
      restatements: restating ? request.restate.map((name) => planned(name)) : [],
      backfills: [],
      changes: noChanges,
      modified: [],
      hasWork: restating,
      leftOut: [],
      executionTime: request.executionTime ?? day(300),
      evidenceSince: 0,
      environmentPlanId: this.environments.includes(request.environment) ? "deployed" : null,
      environmentFinalized: true,
      ...(restating ? this.restatement : this.deployment),
    };
  }

  async narrow(_planId: string, left: readonly ModelRange[]): Promise<EvaluationPlan> {
    throw new Error(`no test has a run taken up: ${left.length} models left`);
  }

  async stored(): Promise<readonly ModelRange[]> {
    return [];
  }

  async acceptAsWritten(): Promise<void> {}

  async coverage(): Promise<readonly ModelCoverage[]> {
    return this.covered;
  }

  async mark(mark: QueryMark): Promise<void> {
    this.marks.push(mark);
  }

  permit(): void {}

  async apply(planId: string, report: Report): Promise<Evaluation> {
    this.calls.push(`apply ${planId}`);
    const evaluation = this.evaluations.get(planId);
    if (!evaluation) throw new Error(`the test set no evaluation for the plan "${planId}"`);
    for (const batch of evaluation.batches) report({ type: "batch-finished", batch });
    return evaluation;
  }

  async runDue({ environment }: { environment: string }): Promise<Evaluation> {
    this.calls.push(`run ${environment}`);
    return this.due;
  }

  async close(): Promise<void> {
    this.calls.push("close");
  }
}
