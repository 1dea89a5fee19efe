import type { Hash } from "../core/commit.js";
import {
  type ForeignCommit,
  foreignCommits,
  ownQueries,
  type UnaccountedCommit,
  unaccountedCommits,
} from "./foreign.js";
import type { MainHistory } from "./ports.js";
import type { RestatedModel, RestatementPlan } from "./restatement-plan.js";
import type { JournalEntry } from "./runs.js";
import { foldJournal } from "./unfinished.js";

/** Who has written to restated tables since a restatement began, as main's history tells. */
export class TableWrites {
  constructor(
    private readonly main: MainHistory,
    private readonly since: Hash,
  ) {}

  /** Commits that no stored batch accounts for, of models whose next batch might be appended twice. */
  async unaccounted(
    plan: RestatementPlan,
    journal: readonly JournalEntry[],
  ): Promise<ReadonlyMap<string, readonly UnaccountedCommit[]>> {
    const facts = foldJournal(journal, plan);
    const delicate = plan.models.filter(({ model }) => facts.delicate.has(model));
    const commits = await this.commitsOn(delicate);
    return new Map(
      delicate.flatMap(({ model, table }) =>
        table === null ? [] : [[model, unaccountedCommits({ model, table }, commits, journal)]],
      ),
    );
  }

  /** Commits that are not this run's. @param others ids of its queries that its journal does not hold */
  async foreign(
    plan: RestatementPlan,
    journal: readonly JournalEntry[],
    others: readonly string[],
  ): Promise<readonly ForeignCommit[]> {
    return foreignCommits(await this.commitsOn(plan.models), new Set([...ownQueries(journal), ...others]));
  }

  private async commitsOn(models: readonly RestatedModel[]) {
    const tables = new Set(models.flatMap(({ table }) => table ?? []));
    if (tables.size === 0) return [];
    return this.main.writers(await this.main.commitsOn(this.since, await this.main.head(), tables));
  }
}
