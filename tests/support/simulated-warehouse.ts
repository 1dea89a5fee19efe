import type { Interval, Report } from "../../src/core/events.js";
import type { Model } from "../../src/core/model.js";
import type {
  Evaluation,
  EvaluationPlan,
  LoadedProject,
  MainHistory,
  ModelCoverage,
  ModelRange,
  PlannedModel,
  PlanRequest,
  QueryMark,
  RunningQueries,
  Selection,
  TableCommit,
  TransformationEngine,
} from "../../src/restatement/ports.js";
import type { Repetition } from "../../src/restatement/restatement-plan.js";
import { model as modelNamed } from "./models.js";

/** Where a simulated process may die: it is told of each step, and never comes back from the last one. */
export type Checkpoint = (step: string) => Promise<void>;

export interface SimulatedModel {
  readonly name: string;
  readonly kind: PlannedModel["kind"];
  readonly batches: number;
  readonly repetition: Repetition;
  readonly parents: readonly string[];
}

const table = (name: string): string => `physical.${name}`;
const key = ({ start, end }: Interval): string => `${start}/${end}`;
const day = (number: number): string => new Date(Date.UTC(2025, 0, number)).toISOString();
const hashOf = (number: number): string => number.toString(16).padStart(64, "0");

interface RunningQuery {
  readonly id: string;
  readonly source: string;
  state: "running" | "done" | "killed";
  readonly commit: () => void;
}

/**
 * Trino, Nessie and SQLMesh's state as far as restating can tell them apart, for as many processes as one likes. What a
 * table holds is how often each batch was written into it: twice for a batch that was appended twice.
 */
export class SimulatedWarehouse {
  readonly tables = new Map<string, Map<string, number>>();
  /** Every write of a batch since the beginning. */
  readonly written: { readonly model: string; readonly batch: string }[] = [];
  readonly commits: (TableCommit & { readonly queryId: string })[] = [];
  readonly intervalRows: (ModelRange & { readonly createdAt: number })[] = [];
  readonly queries: RunningQuery[] = [];
  /** What a person has said to be written. */
  readonly accepted: ModelRange[] = [];
  /** Restatements after which the intervals of other environments were cleared, by the models they were for. */
  readonly cleared: (readonly string[])[] = [];
  #moment = 1000;

  constructor(readonly models: readonly SimulatedModel[]) {
    for (const { name, batches } of models) {
      const rows = new Map<string, number>();
      for (let number = 1; number <= batches; number += 1) rows.set(key(batchOf(number)), 1);
      this.tables.set(name, rows);
    }
  }

  moment(): number {
    return (this.#moment += 1);
  }

  head(): string {
    return hashOf(this.commits.length + 1);
  }

  write(model: SimulatedModel, batch: Interval, replaces: boolean, queryId: string): void {
    const rows = this.tables.get(model.name) ?? new Map<string, number>();
    if (replaces) rows.clear();
    const isLast = [...rows.keys()].at(-1) === key(batch);
    const bears = model.repetition === "each" || (model.repetition === "last" && isLast);
    rows.set(key(batch), bears ? 1 : (rows.get(key(batch)) ?? 0) + 1);
    this.tables.set(model.name, rows);
    this.written.push({ model: model.name, batch: key(batch) });
    const hash = hashOf(this.commits.length + 2);
    this.commits.push({ hash, table: table(model.name), queryId });
  }

  /** Whatever no client waits for any more gets done sooner or later, unless it was killed. */
  letOrphansFinish(): void {
    for (const query of this.queries) {
      if (query.state !== "running") continue;
      query.state = "done";
      query.commit();
    }
  }

  history(checkpoint: Checkpoint): MainHistory {
    return {
      head: async () => {
        await checkpoint("main head");
        return this.head();
      },
      commitsOn: async (since, until, tables) => {
        await checkpoint("main history");
        return this.commits.filter(({ hash, table: of }) => hash > since && hash <= until && tables.has(of));
      },
      writers: async (commits) => {
        await checkpoint("writers");
        return commits.map((commit) => ({
          commit,
          queryId: this.commits.find(({ hash }) => hash === commit.hash)?.queryId ?? null,
        }));
      },
    };
  }

  trino(checkpoint: Checkpoint): RunningQueries {
    return {
      ofSource: async (source) => {
        await checkpoint("list queries");
        return this.queries
          .filter((query) => query.source === source)
          .map(({ id, state }) => ({ id, ended: state !== "running" }));
      },
      showsQueriesOf: async () => true,
      kill: async (id) => {
        await checkpoint("kill query");
        for (const query of this.queries)
          if (query.id === id && query.state === "running") query.state = "killed";
      },
    };
  }
}

const batchOf = (number: number): Interval => ({ start: day(number), end: day(number + 1) });
const batchesOf = ({ batches }: SimulatedModel): Interval[] =>
  Array.from({ length: batches }, (_, index) => batchOf(index + 1));

/** One process's SQLMesh. */
export class SimulatedEngine implements TransformationEngine {
  private source = "oso-pipeline";
  private plans = 0;
  private built: { plan: EvaluationPlan; original: readonly string[] } | null = null;

  constructor(
    private readonly warehouse: SimulatedWarehouse,
    private readonly checkpoint: Checkpoint,
  ) {}

  async load(): Promise<LoadedProject> {
    return {
      sqlmeshVersion: "0.236.4",
      pythonVersion: "3.11.7",
      project: "simulated",
      gateway: "trino",
      trinoUser: "sqlmesh",
      models: this.warehouse.models.map(({ name, kind }): Model => modelNamed(name, { kind })),
      environments: ["prod"],
      logFile: "logs/sqlmesh.log",
    };
  }

  async select(selectors: readonly string[]): Promise<readonly Selection[]> {
    const names = this.warehouse.models.map(({ name }) => name);
    return selectors.map((selector) => ({
      selector,
      models: names.filter((name) => name === selector),
      error: null,
    }));
  }

  async plan({ environment, restate, executionTime }: PlanRequest): Promise<EvaluationPlan> {
    await this.checkpoint("plan");
    const { models } = this.warehouse;
    const restated = new Set(restate);
    for (const { name, parents } of models)
      if (parents.some((parent) => restated.has(parent))) restated.add(name);
    const plan: EvaluationPlan = {
      planId: `plan-${(this.plans += 1)}`,
      environment,
      restatements: models
        .filter(({ name }) => restated.has(name))
        .map((model) => this.planned(model, batchesOf(model), restated, restate)),
      backfills: [],
      changes: { added: [], removed: [], directlyModified: [], indirectlyModified: [], metadataUpdated: [] },
      modified: [],
      hasWork: restate.length > 0,
      leftOut: [],
      executionTime: executionTime ?? day(300),
      evidenceSince: this.warehouse.moment(),
      environmentPlanId: "deployed",
      environmentFinalized: true,
    };
    this.built = { plan, original: plan.restatements.map(({ model }) => model) };
    return plan;
  }

  async narrow(_: string, left: readonly ModelRange[]): Promise<EvaluationPlan> {
    await this.checkpoint("narrow");
    if (!this.built) throw new Error("no plan was built");
    const { plan, original } = this.built;
    const restatements = plan.restatements.flatMap((planned) => {
      const range = left.find(({ model }) => model === planned.model)?.interval;
      if (!range) return [];
      const intervals = planned.intervals.filter(
        ({ start, end }) => start >= range.start && end <= range.end,
      );
      return [{ ...planned, intervals, batches: intervals.length, start: range.start, end: range.end }];
    });
    this.built = {
      plan: { ...plan, planId: `plan-${(this.plans += 1)}`, restatements, hasWork: true },
      original,
    };
    return this.built.plan;
  }

  async stored(_: string, since: number): Promise<readonly ModelRange[]> {
    await this.checkpoint("stored");
    return this.warehouse.intervalRows
      .filter(({ createdAt }) => createdAt >= since)
      .map(({ model, interval }) => ({ model, interval }));
  }

  async coverage(): Promise<readonly ModelCoverage[]> {
    await this.checkpoint("coverage");
    return this.warehouse.models.map(({ name, kind, batches }) => ({
      model: name,
      kind,
      cron: "@daily",
      timezone: null,
      unit: "day",
      end: null,
      until: batchOf(batches).end,
    }));
  }

  async acceptAsWritten(_: string, written: readonly ModelRange[]): Promise<void> {
    await this.checkpoint("accept as written");
    for (const range of written) this.warehouse.accepted.push(range);
  }

  async apply(_: string, report: Report): Promise<Evaluation> {
    await this.checkpoint("apply");
    if (!this.built) throw new Error("no plan was built");
    const { plan, original } = this.built;
    // The worst moment for what an earlier process left behind: between its death and this write.
    this.warehouse.letOrphansFinish();
    for (const { model: name, intervals } of plan.restatements) {
      const model = this.warehouse.models.find((one) => one.name === name);
      if (!model) throw new Error(`there is no model ${name}`);
      for (const [index, batch] of intervals.entries()) {
        const replaces = model.repetition !== "each" && index === 0 && intervals.length === model.batches;
        const queryId = await this.write(model, batch, replaces);
        this.warehouse.intervalRows.push({
          model: name,
          interval: batch,
          createdAt: this.warehouse.moment(),
        });
        await this.checkpoint(`stored ${name}`);
        report({
          type: "batch-finished",
          batch: {
            model: name,
            interval: batch,
            number: index + 1,
            of: intervals.length,
            rows: 10,
            milliseconds: 5,
            auditsPassed: 0,
            auditsFailed: 0,
            queries: [queryId],
          },
        });
        await this.checkpoint(`told ${name}`);
      }
    }
    this.warehouse.cleared.push(original);
    await this.checkpoint("cleared");
    const none = { batches: [], failures: [], skipped: [], replacedMeanwhile: [], queries: [] };
    return { status: plan.restatements.length > 0 ? "succeeded" : "nothing-to-do", ...none };
  }

  async runDue(): Promise<Evaluation> {
    await this.checkpoint("run what is due");
    return {
      status: "nothing-to-do",
      batches: [],
      failures: [],
      skipped: [],
      replacedMeanwhile: [],
      queries: [],
    };
  }

  async mark({ source }: QueryMark): Promise<void> {
    await this.checkpoint("mark");
    this.source = source;
  }

  permit(): void {}

  async close(): Promise<void> {}

  private async write(model: SimulatedModel, batch: Interval, replaces: boolean): Promise<string> {
    const id = `query-${this.warehouse.queries.length + 1}`;
    const query: RunningQuery = {
      id,
      source: this.source,
      state: "running",
      commit: () => this.warehouse.write(model, batch, replaces, id),
    };
    this.warehouse.queries.push(query);
    // Who dies here leaves a query that goes on without it.
    await this.checkpoint(`writing ${model.name}`);
    query.state = "done";
    query.commit();
    await this.checkpoint(`written ${model.name}`);
    return id;
  }

  private planned(
    model: SimulatedModel,
    intervals: readonly Interval[],
    restated: ReadonlySet<string>,
    asked: readonly string[],
  ): PlannedModel {
    return {
      model: model.name,
      kind: model.kind,
      start: intervals[0]?.start ?? day(1),
      end: intervals.at(-1)?.end ?? day(1),
      batches: intervals.length,
      intervals,
      version: `version of ${model.name}`,
      fingerprint: `fingerprint of ${model.name}`,
      table: table(model.name),
      repetition: model.repetition,
      restatedParents: model.parents.filter((parent) => restated.has(parent)),
      widened: false,
      selected: asked.includes(model.name),
    };
  }
}
