import { PipelineError } from "../core/errors.js";
import type { Model } from "../core/model.js";
import type { Outcome } from "../core/outcome.js";
import { type ApprovalPolicy, needed } from "./approval.js";
import { approve, type ApprovalRequest } from "./approvals.js";
import { Attempt, isBrokenOff, type TakenUp } from "./attempt.js";
import { Consent } from "./consent.js";
import { requestDigest } from "./digest.js";
import type { Drained } from "./drain.js";
import { type EarlierFigures, earlierFigures, figuresIn } from "./estimate.js";
import type { EvaluationPlan, HeldLease, MainHistory } from "./ports.js";
import { type Draft, Planner, type Prepared } from "./planner.js";
import { batchesLeft } from "./result.js";
import type { RunRequest } from "./request.js";
import type { RestatementPlan } from "./restatement-plan.js";
import type { Actor } from "../core/actor.js";
import { newRunId } from "./run-id.js";
import type { ResumeOptions, RunOptions } from "./run-options.js";
import type { AbandonResult, PlanResult, RunResult } from "./run-result.js";
import { type Approval, isUnfinished, type JournalEntry, type RunRecord, type Trigger } from "./runs.js";
import { nothingKnown, type Surround } from "../core/stage.js";
import { alreadyDone, type Beginning, newRun, unfinishedRun, withAttempt } from "./run-record.js";
import { selectedModels } from "./selection.js";
import { refuseUnfounded } from "./unfinished.js";
import { decideStart, halfRestated } from "./start.js";
import { acquire, drainDead, drainOwn, type LeaseParts, sourceOf, underLease } from "./under-lease.js";

export interface RunServiceParts extends LeaseParts {
  readonly main: MainHistory;
  readonly policy: ApprovalPolicy;
  /** Who or what starts this process. @param request digest of what it is to do */
  readonly trigger: (runKey: string | null, request: string) => Promise<Trigger>;
  readonly random: () => number;
  /** Whatever is to be done before and after a run, under its lease. */
  readonly surround: Surround;
}

/** Plans, runs and resumes: on one load of the project, under one lease, each batch of a restatement once. */
export class RunService {
  private readonly planner: Planner;

  constructor(private readonly parts: RunServiceParts) {
    this.planner = new Planner(parts);
  }

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

  /** The dry run of `run`: changes nothing in the warehouse. */
  async plan(request: RunRequest): Promise<Outcome<PlanResult>> {
    const { state, policy } = this.parts;
    const prepared = await this.planner.prepare(request);
    const deployment = await this.planner.deployment(request);
    const { project } = prepared;
    const base = {
      environment: request.environment,
      sqlmesh: { version: project.sqlmeshVersion, gateway: project.gateway },
      deployment,
      file: null,
    };
    if (prepared.asked.length === 0) return { result: { ...base, restatement: null, approval: "none" } };
    const trigger = await this.parts.trigger(null, requestDigest(request));
    const earlier = await this.earlierFigures(prepared.scope);
    const { plan } = await this.draft(request, prepared, deployment, null, earlier, trigger.by);
    const approval = plan.models.length === 0 ? "none" : needed(policy, plan);
    // Whoever approves it by its digest, from another machine perhaps, is to see what it is.
    if (approval === "required") await state.saveProposal(plan);
    return { result: { ...base, restatement: plan, approval } };
  }

  /**
   * Deploys local changes, restates what is asked, runs what is due; or goes on with the run that the same trigger began.
   * @throws PipelineError for anything that keeps it from beginning.
   */
  async run(request: RunRequest, options: RunOptions): Promise<Outcome<RunResult>> {
    const prepared = await this.planner.prepare(request);
    const trigger = await this.parts.trigger(options.runKey, requestDigest(request));
    const decide = async () =>
      decideStart({
        trigger,
        requestDigest: requestDigest(request),
        runs: await this.parts.state.runs(),
        scope: prepared.scope,
        force: options.force,
        planDigest: options.plan?.digest ?? null,
      });

    const id = newRunId(new Date(this.parts.now()), this.parts.random);
    const { scope } = prepared;
    const { waitMilliseconds } = options;
    const work = { run: id, scope, trigger, waitMilliseconds };

    let start = await decide();
    if ((start.kind === "resume" || start.kind === "blocked") && start.run.status === "running") {
      // It is at work or has died: who gets the lease knows, and then finds what has become of it.
      const lease = await acquire(this.parts, work);
      try {
        start = await decide();
      } finally {
        await lease.release();
      }
    }
    if (start.kind === "blocked") throw halfRestated(start.run);
    if (start.kind === "already-done") return { result: alreadyDone(start.run, prepared.project) };
    if (start.kind === "resume") return this.takeUp(start.run, prepared, trigger, options, []);

    const consent = new Consent(this.parts, options, trigger.by);
    const earlier = prepared.asked.length === 0 ? figuresIn(null) : await this.earlierFigures(prepared.scope);
    const draft =
      prepared.asked.length === 0
        ? null
        : await this.draft(
            request,
            prepared,
            await this.planner.deployment(request),
            options.plan?.executionTime ?? null,
            earlier,
            trigger.by,
          );
    if (draft) {
      await consent.to(draft.plan);
    }

    return underLease(this.parts, work, async (lease) => {
      // Somebody else may have begun or finished something while a person was thinking.
      const again = await decide();
      if (again.kind === "blocked") throw halfRestated(again.run);
      if (again.kind !== "new") {
        throw new PipelineError("CONFLICT", {
          message: `run ${again.run.id} of the same request was started meanwhile`,
          hint: "run the same command again: it goes on with that run, or says that it is done",
        });
      }
      const { supersedes, after: forcedAfter } = again;
      return this.surrounded(id, request, async () => {
        const dead = supersedes.filter(({ status }) => status === "running");
        const drained = await drainDead(this.parts, lease, dead);
        const plan = draft?.plan ?? null;
        const run = await this.begin({ id, request, plan, forcedAfter }, prepared, trigger, consent);
        if (plan) await lease.savePlan(id, plan);
        await lease.saveRun(run);
        for (const superseded of supersedes) {
          await lease.saveRun({
            ...superseded,
            status: "abandoned",
            endedAt: run.startedAt,
            mainAtEnd: run.mainAtStart,
          });
        }
        return this.attempt(lease, run, prepared, plan, [], [], drained, earlier, consent);
      });
    });
  }

  /**
   * Goes on with an unfinished run: the given one, or the only one there is.
   * @throws PipelineError RUN_UNKNOWN, USAGE for a run that is over.
   */
  async resume(asked: string | null, options: ResumeOptions): Promise<Outcome<RunResult>> {
    const run = unfinishedRun(await this.parts.state.runs(), asked);
    const prepared = await this.planner.prepare(run.request);
    if (prepared.scope !== run.scope) {
      throw new PipelineError("CONFLICT", {
        message: `run ${run.id} belongs to ${run.scope}, and this project is ${prepared.scope}`,
        hint: "resume it with the configuration it was started with",
      });
    }
    const trigger = await this.parts.trigger(null, run.requestDigest);
    const said = [
      ...options.written.map((model) => ({ model, decision: "written" as const })),
      ...options.rebuild.map((model) => ({ model, decision: "rebuild" as const })),
    ];
    return this.takeUp(run, prepared, trigger, options, said);
  }

  /** Gives an unfinished run up: what it has not restated stays as it was, and main may be published again. */
  async abandon(asked: string | null): Promise<Outcome<AbandonResult>> {
    const { state, main } = this.parts;
    const { id, scope, requestDigest: request } = unfinishedRun(await state.runs(), asked);
    const trigger = await this.parts.trigger(null, request);
    return underLease(this.parts, { run: id, scope, trigger, waitMilliseconds: 0 }, async (lease) => {
      const run = await this.stillUnfinished(id);
      await drainDead(this.parts, lease, [run]);
      const [plan, journal] = await Promise.all([state.plan(run.id), state.journal(run.id)]);
      await lease.saveRun({
        ...run,
        status: "abandoned",
        endedAt: new Date(this.parts.now()).toISOString(),
        mainAtEnd: await main.head(),
      });
      return { result: { run: run.id, left: plan ? batchesLeft(plan, journal) : [] } };
    });
  }

  /** Records that whoever this is agrees to a restatement plan. */
  async approve(request: ApprovalRequest): Promise<Outcome<Approval>> {
    const { by } = await this.parts.trigger(null, request.digest);
    return { result: await approve(request, by, this.parts) };
  }

  private async takeUp(
    asked: RunRecord,
    prepared: Prepared,
    trigger: Trigger,
    options: ResumeOptions | RunOptions,
    said: TakenUp["said"],
  ): Promise<Outcome<RunResult>> {
    const { state } = this.parts;
    const { scope } = prepared;
    const { waitMilliseconds } = options;
    return underLease(this.parts, { run: asked.id, scope, trigger, waitMilliseconds }, async (lease) => {
      const run = await this.stillUnfinished(asked.id);
      const [plan, journal] = await Promise.all([state.plan(run.id), state.journal(run.id)]);
      refuseUnfounded(said, plan?.models ?? []);
      return this.surrounded(run.id, run.request, async () => {
        const drained = await drainDead(this.parts, lease, [run]);
        const attempt = run.attempts.length + 1;
        const entries: readonly JournalEntry[] =
          drained.known.length > 0 ? [{ type: "queries-drained", attempt, queries: drained.known }] : [];
        const { project } = prepared;
        const next = withAttempt(run, { project, trigger, host: this.parts.host, at: this.time() });
        await lease.saveRun(next);
        lease.append(run.id, ...entries);
        const consent = new Consent(this.parts, options, trigger.by);
        const earlier = figuresIn(plan);
        return this.attempt(
          lease,
          next,
          prepared,
          plan,
          [...journal, ...entries],
          said,
          drained,
          earlier,
          consent,
        );
      });
    });
  }

  private surrounded(
    run: string,
    { environment }: RunRequest,
    work: () => Promise<Outcome<RunResult>>,
  ): Promise<Outcome<RunResult>> {
    const facts = { ...nothingKnown, run, environment };
    return this.parts.surround("run", facts, work, ({ status }) => ({ outcome: status }));
  }

  /** The run as it is under the lease, for somebody else may have finished it since it was asked for. */
  private async stillUnfinished(id: string): Promise<RunRecord> {
    const run = (await this.parts.state.runs()).find((one) => one.id === id);
    if (run !== undefined && isUnfinished(run)) return run;
    throw new PipelineError("CONFLICT", {
      message: `run ${id} is over: ${run?.status ?? "forgotten"} meanwhile`,
      hint: `\`oso-pipeline show ${id}\` tells how it ended`,
    });
  }

  private async attempt(
    lease: HeldLease,
    run: RunRecord,
    prepared: Prepared,
    plan: RestatementPlan | null,
    journal: readonly JournalEntry[],
    said: TakenUp["said"],
    drained: Drained,
    earlier: EarlierFigures,
    consent: Consent,
  ): Promise<Outcome<RunResult>> {
    const { engine, main, report, now, state } = this.parts;
    await engine.mark({
      source: sourceOf(run.id),
      clientTags: ["oso-pipeline", `run=${run.id}`, `attempt=${run.attempts.length}`],
    });
    // Only for showing: what cannot be read of it keeps no run from beginning.
    const known =
      (await state.knownModels().catch(() => [])).find(
        ({ scope, environment }) => scope === run.scope && environment === run.environment,
      ) ?? null;
    const attempt = new Attempt(
      {
        engine,
        planner: this.planner,
        main,
        lease,
        report,
        now,
        approve: (present) => consent.to(present),
      },
      { run, prepared, plan, journal, said, drained, earlier, known },
    );
    const outcome = await attempt.carryOut();
    if (outcome.failure && isBrokenOff(outcome.failure)) await drainOwn(this.parts, lease, run.id);
    return outcome;
  }

  private async begin(
    beginning: Pick<Beginning, "id" | "request" | "plan" | "forcedAfter">,
    { scope, project }: Prepared,
    trigger: Trigger,
    consent: Consent,
  ): Promise<RunRecord> {
    const { main, host } = this.parts;
    const mainAtStart = await main.head();
    const approvedBy = consent.givenBy;
    const run = newRun({ ...beginning, scope, trigger, mainAtStart, approvedBy, at: this.time() });
    return withAttempt(run, { project, trigger, host, at: this.time() });
  }

  private time(): string {
    return new Date(this.parts.now()).toISOString();
  }

  /** What would be restated now, after local changes are deployed. */
  private draft(
    request: RunRequest,
    prepared: Prepared,
    deployment: EvaluationPlan,
    executionTime: string | null,
    earlier: EarlierFigures,
    createdBy: Actor,
  ): Promise<Draft> {
    return this.planner.draft({
      request,
      prepared,
      deployment,
      executionTime,
      earlier,
      createdBy,
      isDeployed: false,
      deployedEarlier: [],
    });
  }

  private async earlierFigures(scope: string): Promise<EarlierFigures> {
    const { state } = this.parts;
    const recent = (await state.runs())
      .filter((run) => run.scope === scope && run.status === "succeeded" && run.planDigest !== null)
      .slice(0, 5);
    return earlierFigures(await Promise.all(recent.map(({ id }) => state.journal(id))));
  }
}
