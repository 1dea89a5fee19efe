import { type Hash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { GuardedRun, ReferenceStore, RunLedger } from "./ports.js";

/**
 * Keeps half-restated data from readers: no commit is published that a restating run has made on its way. One guard
 * serves one publishing and asks about each run once, for what a finished run has done does not change.
 */
export class UnfinishedGuard {
  readonly #cleared = new Set<string>();

  constructor(
    private readonly ledger: RunLedger,
    private readonly store: Pick<ReferenceStore, "isAncestor">,
  ) {}

  /** @throws PipelineError RUN_UNFINISHED naming the run that `base` lies in. */
  async check(base: Hash): Promise<void> {
    for (const run of await this.ledger.runs()) {
      const state = `${run.id} ${run.isUnfinished} ${run.mainAtEnd}`;
      if (this.#cleared.has(state)) continue;
      if (run.isUnfinished) await this.refuseUnfinished(base, run);
      else await this.refuseInside(base, run);
      this.#cleared.add(state);
    }
  }

  private async refuseUnfinished(base: Hash, { id, mainAtStart }: GuardedRun): Promise<void> {
    if (base === mainAtStart || !(await this.store.isAncestor(mainAtStart, base))) return;
    throw new PipelineError("RUN_UNFINISHED", {
      message: `${short(base)} was committed after run ${id} began to restate, and that run is not finished: half-restated data is not published`,
      hint: `finish it with \`oso-pipeline resume ${id}\`, or publish what was before it: \`oso-pipeline tag-consumer --to-hash ${short(mainAtStart)}\``,
    });
  }

  /** The run's end is asked for first: for all but a way back, that one request settles it. */
  private async refuseInside(base: Hash, { id, mainAtStart, mainAtEnd }: GuardedRun): Promise<void> {
    if (mainAtEnd === null || base === mainAtStart || base === mainAtEnd || mainAtStart === mainAtEnd) return;
    if (await this.store.isAncestor(mainAtEnd, base)) return;
    if (!(await this.store.isAncestor(mainAtStart, base))) return;
    if (!(await this.store.isAncestor(base, mainAtEnd))) return;
    throw new PipelineError("RUN_UNFINISHED", {
      message: `${short(base)} was committed while run ${id} was restating: half-restated data is not published`,
      hint: `publish what that run has left, \`--to-hash ${short(mainAtEnd)}\`, or what was before it, \`--to-hash ${short(mainAtStart)}\``,
    });
  }
}
