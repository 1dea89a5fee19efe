import type { TableCommit } from "./ports.js";
import type { RunResult } from "./run-result.js";
import type { JournalEntry } from "./runs.js";

/** A commit with the Trino query that made it; null where the snapshot does not say, or the table is gone. */
export interface WrittenCommit {
  readonly commit: TableCommit;
  readonly queryId: string | null;
}

export type ForeignCommit = NonNullable<RunResult["restatement"]>["foreignCommits"][number];

/** A commit on a model's table that no stored batch accounts for. */
export interface UnaccountedCommit extends ForeignCommit {
  /** `dead-attempt`: a query that was found in Trino under the run's own mark. */
  readonly by: "dead-attempt" | "unknown";
}

/** Trino's ids of this run's queries, as far as its journal knows them: of stored batches, and those of dead attempts. */
export function ownQueries(journal: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set([...queriesOfStored(journal, () => true), ...drainedQueries(journal)]);
}

/** Commits that none of the run's own queries made: someone else has written into what the run restates. */
export function foreignCommits(
  commits: readonly WrittenCommit[],
  own: ReadonlySet<string>,
): readonly ForeignCommit[] {
  return commits.filter(({ queryId }) => queryId === null || !own.has(queryId)).map(described);
}

/**
 * Commits on a model's table that the model's stored batches do not account for: a batch that was written and perhaps
 * never stored, or somebody else's doing. Whether to write such a batch again, the journal cannot decide. A query of a
 * dead attempt is that attempt's, but no proof of a stored batch.
 * @param commits since the run began, or since a person last decided on the model.
 */
export function unaccountedCommits(
  { model, table }: { readonly model: string; readonly table: string },
  commits: readonly WrittenCommit[],
  journal: readonly JournalEntry[],
): readonly UnaccountedCommit[] {
  const stored = queriesOfStored(journal, (of) => of === model);
  const drained = drainedQueries(journal);
  return commits
    .filter(({ commit, queryId }) => commit.table === table && !(queryId !== null && stored.has(queryId)))
    .map((written) => ({
      ...described(written),
      by: written.queryId !== null && drained.has(written.queryId) ? "dead-attempt" : "unknown",
    }));
}

const described = ({ commit, queryId }: WrittenCommit): ForeignCommit => ({
  hash: commit.hash,
  table: commit.table,
  queryId,
});

const queriesOfStored = (
  journal: readonly JournalEntry[],
  isMeant: (model: string) => boolean,
): ReadonlySet<string> =>
  new Set(
    journal.flatMap((entry) => (entry.type === "batch-stored" && isMeant(entry.model) ? entry.queries : [])),
  );

const drainedQueries = (journal: readonly JournalEntry[]): ReadonlySet<string> =>
  new Set(journal.flatMap((entry) => (entry.type === "queries-drained" ? entry.queries : [])));
