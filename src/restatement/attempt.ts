import { messageOf, PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { count } from "../core/words.js";
import { AttemptJournal } from "./attempt-journal.js";
import { brokenOff, restatementResult } from "./attempt-result.js";
import { changedModels, differences, forgottenModels } from "./compare-plans.js";
import type { Drained } from "./drain.js";
import type { EarlierFigures } from "./estimate.js";
import { type KnownModels, learned, pacesOf } from "./known-models.js";
import type {
  Evaluation,
  EvaluationPlan,
  ModelRange,
  HeldLease,
  MainHistory,
  TransformationEngine,
} from "./ports.js";
import type { Draft, Planner, Prepared } from "./planner.js";
import { failureOf, forgotten, replacedMeanwhile, undecided } from "./refusals.js";
import { type StepResult, stepOf } from "./result.js";
import type { RestatementPlan } from "./restatement-plan.js";
import { attemptsEnded } from "./run-record.js";
import type { RestatementResult, Resumption, RunResult } from "./run-result.js";
import type { JournalEntry, RunRecord, StepBatch } from "./runs.js";
import { decide, type Decided, foldJournal, type Left, whatIsLeft } from "./unfinished.js";
import { TableWrites } from "./table-writes.js";
import { changesInWords } from "./words.js";

export interface AttemptParts {
  readonly engine: TransformationEngine;
  readonly planner: Planner;
  readonly main: MainHistory;
  readonly lease: HeldLease;
  readonly report: Report;
  readonly now: () => number;
  /** Asked when the plan is another one than the run was begun with. @throws PipelineError when it may not go on. */
  readonly approve: (present: RestatementPlan) => Promise<void>;
}

/** What an attempt takes up: the run as it is remembered, this attempt the last one in it. */
export interface TakenUp {
  readonly run: RunRecord;
  readonly prepared: Prepared;
  /** Null for a run without restatement. */
  readonly plan: RestatementPlan | null;
  readonly journal: readonly JournalEntry[];
  /** What a person says of batches that nothing could decide. */
  readonly said: readonly Pick<Decided, "model" | "decision">[];
  /** What a dead attempt had left in Trino. */
  readonly drained: Drained;
  readonly earlier: EarlierFigures;
  /** What an earlier run knew of the models; null where none did. */
  readonly known: KnownModels | null;
}

type Steps = Pick<RunResult, "resumed" | "deployment" | "restatement" | "due">;

/**
 * One attempt at a run, under its lease: deploys local changes, restates what is left, runs what is due. What is done is
 * written down before what follows it, so that dying anywhere leaves a run that the next attempt takes up.
 */
export class Attempt {
  private run: RunRecord;
  private readonly startedAt: number;
  private steps: Steps = { resumed: null, deployment: null, restatement: null, due: null };
  private readonly journal: AttemptJournal;
  /** Trino's ids of the statements with which this attempt deployed. */
  private deployedBy: readonly string[] = [];

  constructor(
    private readonly parts: AttemptParts,
    private readonly taken: TakenUp,
  ) {
    this.run = taken.run;
    this.journal = new AttemptJournal(parts.lease, taken.run, taken.journal, parts.now);
    this.startedAt = parts.now();
  }

  /** Never throws for what went wrong with the run: that is the outcome's failure, beside what had been done. */
  async carryOut(): Promise<{ result: RunResult; failure?: PipelineError }> {
    const { lease } = this.parts;
    let failure: PipelineError | undefined;
    try {
      failure = await this.takeSteps();
      await lease.flush();
    } catch (thrown) {
      // A lost lease breaks everything else, so it is what is told.
      failure = lost(lease) ?? asPipelineError(thrown);
    }
    const over = failure === undefined;
    const status = failure === undefined ? "succeeded" : endedBadly(failure);
    try {
      await lease.flush();
      if (!failure || !isBrokenOff(failure)) await this.remember();
      await this.save({
        status,
        step: over ? "done" : this.run.step,
        endedAt: over ? this.time() : null,
        mainAtEnd: over ? await this.parts.main.head() : null,
        attempts: attemptsEnded(this.run, failure, this.time()),
      });
    } catch (thrown) {
      failure ??= lost(lease) ?? asPipelineError(thrown);
    }
    return { result: this.result(failure), ...(failure ? { failure } : {}) };
  }

  /** For whoever looks later: what SQLMesh or the store does not tell of it now changes nothing of the run. */
  private async remember(): Promise<void> {
    const { engine, lease, report } = this.parts;
    const { id, scope, environment } = this.run;
    const { deployment, restatement, due } = this.steps;
    const outcomes = [deployment, restatement, due].flatMap((step) => step?.models ?? []);
    try {
      const coverage = await engine.coverage(environment);
      const models = learned({ coverage, outcomes }, this.taken.known);
      await lease.saveKnownModels({ scope, environment, run: id, at: this.time(), models });
    } catch (thrown) {
      if (lease.lost.aborted) return;
      const text = `\`status\` will not tell how far this run has brought each model: ${messageOf(thrown)}`;
      report({ type: "notice", level: "warning", text });
    }
  }

  /** @returns why a later step was left out */
  private async takeSteps(): Promise<PipelineError | undefined> {
    const { engine, planner, report } = this.parts;
    const { run, plan, known } = this.taken;

    report({ type: "pace-known", models: pacesOf(known) });
    const planned = await planner.deployment(run.request);
    if (planned.hasWork) {
      report({ type: "phase", phase: "deploy", text: `Deploying ${changesInWords(planned)}` });
      const batches: StepBatch[] = [];
      const evaluation = await engine.apply(planned.planId, this.journal.gathering(batches, report));
      this.deployedBy = [...evaluation.queries, ...evaluation.batches.flatMap(({ queries }) => queries)];
      this.steps = { ...this.steps, deployment: this.ended("deploy", stepOf(evaluation, planned), batches) };
      if (evaluation.status === "failed") return this.failed();
    }

    if (plan !== null) {
      const failure = await this.restate(plan, planned);
      if (failure) return failure;
    }

    await this.save({ step: "due" });
    report({ type: "phase", phase: "run", text: "Running what is due" });
    const batches: StepBatch[] = [];
    const gathering = this.journal.gathering(batches, report);
    const evaluation = await engine.runDue({ environment: run.environment }, gathering);
    const due = this.ended("due", stepOf(evaluation), batches);
    this.steps = { ...this.steps, due };
    return this.failed();
  }

  private ended(
    step: "deploy" | "due",
    { models, failures, status }: StepResult,
    batches: readonly StepBatch[],
  ): StepResult {
    this.journal.note({ type: "step-ended", attempt: this.number, step, models, failures, batches });
    return { models, failures, status };
  }

  private async restate(
    before: RestatementPlan,
    deployment: EvaluationPlan,
  ): Promise<PipelineError | undefined> {
    const { planner } = this.parts;
    const { prepared, run, earlier } = this.taken;
    const draft = await planner.draft({
      request: run.request,
      prepared,
      deployment,
      isDeployed: true,
      executionTime: before.executionTime,
      deployedEarlier: before.leftOut.filter(({ reason }) => reason === "deployed-now"),
      earlier,
      createdBy: before.createdBy,
    });
    const { evaluation } = draft;
    this.tellForeignPlan(deployment);
    const found = run.evidenceSince === null ? [] : await this.found(draft, before, run.evidenceSince);
    if (run.evidenceSince !== null) this.refuseToForget(before, draft.plan, found);
    if (evaluation === null) {
      this.steps = { ...this.steps, restatement: this.restatement(draft.plan, null, []) };
      return undefined;
    }
    const plan = await this.settleOn(draft, before, found);
    const left = await this.left(plan, found);
    if (this.run.attempts.length > 1) this.tellResumption(plan, left);

    const { engine, report } = this.parts;
    const written = this.journal
      .entries()
      .flatMap((entry) =>
        entry.type === "decided" && entry.interval ? [{ model: entry.model, interval: entry.interval }] : [],
      );
    // Else SQLMesh would run an interval that it has not known before when it is next due.
    if (written.length > 0) await engine.acceptAsWritten(evaluation.planId, written);
    const narrowed = left.stored === 0 ? evaluation : await engine.narrow(evaluation.planId, left.left);
    const batches = narrowed.restatements.reduce((sum, { batches: own }) => sum + own, 0);
    if (narrowed.restatements.length > 0) {
      const models = count(narrowed.restatements.length, "model");
      report({ type: "phase", phase: "restate", text: `Restating ${models} in ${count(batches, "batch")}` });
    }
    // What was stored before it breaks off is told all the same.
    const done = await engine.apply(narrowed.planId, this.journal.keepingUp(report)).finally(() => {
      this.steps = { ...this.steps, restatement: this.restatement(plan, brokenOff, []) };
    });
    await this.parts.lease.flush();
    const foreign = await this.foreign(plan, done);
    this.steps = { ...this.steps, restatement: this.restatement(plan, done, foreign) };
    return this.failed() ?? replacedMeanwhile(done.replacedMeanwhile);
  }

  /** A plan that something applied without asking for the lease; what it changed shows where the plans are compared. */
  private tellForeignPlan({ environment, environmentPlanId }: EvaluationPlan): void {
    const { evidenceSince, environmentPlans } = this.taken.run;
    if (evidenceSince === null || environmentPlanId === null || environmentPlans.includes(environmentPlanId))
      return;
    this.parts.report({
      type: "notice",
      level: "warning",
      text: `something else applied a plan to ${environment} since this run began: SQLMesh's plan ${environmentPlanId}`,
    });
  }

  private refuseToForget(
    before: RestatementPlan,
    present: RestatementPlan,
    found: readonly ModelRange[],
  ): void {
    const rows = found.map((range) => ({ type: "batch-found" as const, attempt: this.number, ...range }));
    const { stored } = foldJournal([...this.journal.entries(), ...rows], before);
    const models = forgottenModels(
      before,
      present,
      ({ model, batches }) => stored.get(model)?.length === batches.length,
    );
    if (models.length > 0) throw forgotten(this.run.id, models);
  }

  /** Batches that SQLMesh has stored and that no journal knows, of models that are still those of the plan. */
  private async found({ plan, evaluation }: Draft, before: RestatementPlan, since: number) {
    if (evaluation === null) return [];
    const changed = new Set(changedModels(before, plan));
    const stored = await this.parts.engine.stored(evaluation.planId, since);
    return stored.filter(({ model }) => !changed.has(model));
  }

  /**
   * The plan that this attempt carries out: the run's own, or the present one where it has become another meanwhile, by
   * a mended model say. What is stored of models that are the same counts; changed ones are restated as a whole.
   *
   * First what is known of the unchanged is written down, then what is to be rebuilt, then from when on SQLMesh's rows
   * count, then the plan: whatever is missing after a crash makes the next attempt do this again.
   */
  private async settleOn(
    draft: Draft,
    before: RestatementPlan,
    found: Awaited<ReturnType<Attempt["found"]>>,
  ): Promise<RestatementPlan> {
    const { lease, main, report, approve } = this.parts;
    const { plan, evaluation } = draft;
    if (evaluation === null) return plan;
    const known = {
      plan: before,
      journal: this.journal.entries(),
      attempt: this.number,
      found,
      unaccounted: new Map(),
    };
    this.journal.note(
      ...whatIsLeft(known).newlyFound.map((range) => ({
        type: "batch-found" as const,
        attempt: this.number,
        ...range,
      })),
    );
    const hasBegun = this.run.evidenceSince !== null;
    const begins = {
      step: "restate",
      evidenceSince: evaluation.evidenceSince,
      environmentPlans: [
        ...(hasBegun ? this.run.environmentPlans : [evaluation.environmentPlanId ?? []].flat()),
        evaluation.planId,
      ],
      mainAtRestatement: this.run.mainAtRestatement ?? (await main.head()),
    } as const;
    if (plan.digest === before.digest) {
      await lease.flush();
      await this.save(hasBegun ? { environmentPlans: begins.environmentPlans } : begins);
      return before;
    }
    for (const difference of differences(before, plan)) {
      report({ type: "notice", level: "warning", text: `the plan has changed: ${difference}` });
    }
    await approve(plan);
    const rebuilt = hasBegun ? changedModels(before, plan) : [];
    this.journal.note(
      ...rebuilt.map((model) => ({
        type: "decided" as const,
        attempt: this.number,
        model,
        decision: "rebuild" as const,
        interval: null,
        commits: [],
      })),
    );
    await lease.flush();
    await this.save({ ...begins, planDigest: plan.digest });
    await lease.savePlan(this.run.id, plan);
    return plan;
  }

  private async left(plan: RestatementPlan, found: Awaited<ReturnType<Attempt["found"]>>): Promise<Left> {
    const attempt = this.number;
    const look = async (): Promise<Left> =>
      whatIsLeft({
        plan,
        attempt,
        found,
        journal: this.journal.entries(),
        unaccounted: await this.writes.unaccounted(plan, this.journal.entries()),
      });
    let left = await look();
    const decisions = decide(this.taken.said, left.undecided, attempt);
    if (decisions.length > 0) {
      this.journal.note(...decisions);
      await this.parts.lease.flush();
      left = await look();
    }
    // Not before: a word on one model may settle another, which reads it.
    if (left.undecided.length > 0) throw undecided(this.run.id, left.undecided);
    return left;
  }

  /** A warning, for the data is verified before it is published. */
  private async foreign(
    plan: RestatementPlan,
    { queries }: Evaluation,
  ): Promise<RestatementResult["foreignCommits"]> {
    try {
      return await this.writes.foreign(plan, this.journal.entries(), [...this.deployedBy, ...queries]);
    } catch (thrown) {
      const text = `who has written to the restated tables could not be read: ${messageOf(thrown)}`;
      this.parts.report({ type: "notice", level: "warning", text });
      return [];
    }
  }

  private get writes(): TableWrites {
    return new TableWrites(this.parts.main, this.run.mainAtRestatement ?? this.run.mainAtStart);
  }

  private tellResumption(plan: RestatementPlan, left: Left): void {
    const { stored, planned, found, repeated, rebuilt } = left;
    const resumed: Resumption = {
      stored,
      planned,
      found,
      repeated,
      rebuilt,
      drained: this.taken.drained.ended,
    };
    this.steps = { ...this.steps, resumed };
    const text = `Resuming run ${this.run.id}: ${stored} of ${count(planned, "batch")} of ${count(plan.models.length, "model")} are stored`;
    this.parts.report({ type: "phase", phase: "resume", text });
  }

  private restatement(
    plan: RestatementPlan,
    evaluation: Evaluation | null,
    foreignCommits: RestatementResult["foreignCommits"],
  ): RestatementResult {
    const { asked } = this.taken.prepared;
    return restatementResult({ plan, asked, journal: this.journal.entries(), evaluation, foreignCommits });
  }

  /** Null where every step that was taken did what it should. */
  private failed(): PipelineError | undefined {
    return failureOf(this.stepsTaken(), this.taken.prepared.project.logFile);
  }

  private stepsTaken(): readonly (StepResult & { incomplete?: readonly string[] })[] {
    return [this.steps.deployment, this.steps.restatement, this.steps.due].filter((step) => step !== null);
  }

  private get number(): number {
    return this.run.attempts.length;
  }

  private time(): string {
    return new Date(this.parts.now()).toISOString();
  }

  private async save(change: Partial<RunRecord>): Promise<void> {
    this.run = { ...this.run, ...change };
    await this.parts.lease.saveRun(this.run);
  }

  private result(failure: PipelineError | undefined): RunResult {
    const { project } = this.taken.prepared;
    const worked = this.stepsTaken().some(({ status }) => status === "succeeded");
    return {
      status: failure ? endedBadly(failure) : worked ? "succeeded" : "nothing-to-do",
      run: this.run.id,
      attempt: this.number,
      environment: this.run.environment,
      sqlmesh: { version: project.sqlmeshVersion, gateway: project.gateway },
      ...this.steps,
      mainAtStart: this.run.mainAtStart,
      startedAt: new Date(this.startedAt).toISOString(),
      milliseconds: this.parts.now() - this.startedAt,
      logFile: project.logFile,
    };
  }
}

const lost = ({ lost: signal }: HeldLease): PipelineError | undefined =>
  signal.aborted && signal.reason instanceof PipelineError ? signal.reason : undefined;

/** Ended from outside, so that statements may have been left in Trino. */
export const isBrokenOff = (failure: PipelineError): boolean =>
  failure.code === "BRIDGE_FAILED" || endedBadly(failure) === "interrupted";

const endedBadly = ({ code }: PipelineError): "interrupted" | "failed" =>
  code === "INTERRUPTED" || code === "TERMINATED" || code === "TIMEOUT" ? "interrupted" : "failed";

function asPipelineError(thrown: unknown): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  return new PipelineError("DEFECT", { message: `internal error: ${messageOf(thrown)}`, cause: thrown });
}
