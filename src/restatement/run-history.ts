import { PipelineError } from "../core/errors.js";
import {
  describeRun,
  type RunDetails,
  type RunList,
  type RunsStatus,
  type RunSummary,
  summarise,
} from "./history.js";
import type { StateStore } from "./ports.js";
import { findRun } from "./run-id.js";
import { isUnfinished, type RunRecord } from "./runs.js";
import type { LeaseHolder, LeaseStatus } from "../core/lease.js";

/** What is remembered of runs, told without SQLMesh. */
export class RunHistory {
  constructor(private readonly state: StateStore) {}

  /** The newest first, so many at most: of others neither plan nor journal is read. */
  async runs(limit: number): Promise<RunList> {
    const [runs, leases] = await Promise.all([this.state.runs(), this.state.leases()]);
    const newest = runs.slice(0, limit);
    return {
      runs: await Promise.all(newest.map((run) => this.summary(run, leases))),
      total: runs.length,
    };
  }

  /** @throws PipelineError RUN_UNKNOWN */
  async show(asked: string): Promise<RunDetails> {
    const [runs, leases] = await Promise.all([this.state.runs(), this.state.leases()]);
    return this.details(findRun(runs, asked), leases);
  }

  /** Who is at work, what is unfinished, and what ran last. */
  async present(): Promise<RunsStatus> {
    const [runs, leases] = await Promise.all([this.state.runs(), this.state.leases()]);
    const [last] = runs;
    return {
      leases,
      unfinished: await Promise.all(runs.filter(isUnfinished).map((run) => this.details(run, leases))),
      last: last ? await this.details(last, leases) : null,
    };
  }

  leases(): Promise<readonly LeaseStatus[]> {
    return this.state.leases();
  }

  /** @throws PipelineError RUN_UNKNOWN when nobody holds it. */
  async releaseLease(scope: string): Promise<LeaseHolder> {
    const holder = await this.state.releaseLease(scope);
    if (holder) return holder;
    throw new PipelineError("RUN_UNKNOWN", {
      message: `nobody holds a lease of ${scope}`,
      hint: "`oso-pipeline lease show` lists the leases there are",
    });
  }

  private async summary(run: RunRecord, leases: readonly LeaseStatus[]): Promise<RunSummary> {
    if (run.planDigest === null) return summarise(run, null, [], leases);
    const [plan, journal] = await this.memory(run);
    return summarise(run, plan, journal, leases);
  }

  private async details(run: RunRecord, leases: readonly LeaseStatus[]): Promise<RunDetails> {
    const [plan, journal] = await this.memory(run);
    return describeRun(run, plan, journal, leases);
  }

  private memory({ id }: RunRecord) {
    return Promise.all([this.state.plan(id), this.state.journal(id)]);
  }
}
