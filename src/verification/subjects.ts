import type { SqlReader } from "../core/view-text.js";
import type { Model } from "../core/model.js";
import type { Check } from "./check.js";
import { type Contents, readCommit } from "./commit-reading.js";
import type { CommitNames, TableAt } from "./commit-names.js";
import type { Naming } from "./naming.js";
import { isElsewhere, Pinning, type Reading } from "./pin.js";
import type { CatalogAtCommit } from "./ports.js";
import type { Seen, VerificationTarget } from "./targets.js";

/** A model with what is to be checked of it, and how it is read. */
export interface Subject {
  readonly model: Model;
  readonly checks: readonly Check[];
  /** Undefined where the commit does not have it. */
  readonly reading: Reading | undefined;
  /** The same model as readers see it today; null where they see none, or nothing compares with it. */
  readonly baseline: Reading | null;
}

/** Whether a check speaks of what readers see today as well. */
export const comparesWithReaders = (check: Check): boolean => check.check === "drift";

export interface SubjectParts {
  readonly catalog: CatalogAtCommit;
  readonly reader: SqlReader;
  readonly names: CommitNames;
  readonly producerCatalog: string;
  readonly consumerCatalog: string;
}

/** Finds how each model is read as of the target, and what its drift is measured from. */
export async function findSubjects(
  toCheck: readonly Pick<Subject, "model" | "checks">[],
  { at, release }: VerificationTarget,
  seen: Seen | null,
  { names, ...parts }: SubjectParts,
  signal: AbortSignal,
): Promise<{ readonly subjects: readonly Subject[]; readonly naming: Naming }> {
  const inside = (some: typeof toCheck): string[] =>
    some.map(({ model }) => model.name).filter((name) => !isElsewhere(name, parts.producerCatalog));
  const compared = seen === null ? [] : toCheck.filter(({ checks }) => checks.some(comparesWithReaders));
  const [contents, baselines] = await Promise.all([
    readCommit(at, inside(toCheck), parts),
    seen === null ? new Map() : readCommit(seen.at, inside(compared), parts),
  ]);
  const naming = await names.naming(at, tableOf(contents), signal);

  const asReaders = release !== null;
  const { producerCatalog, consumerCatalog } = parts;
  const liveCatalog = asReaders ? consumerCatalog : producerCatalog;
  const pinning = new Pinning({ ...parts, contents, naming, liveCatalog, asReaders, asTables: !asReaders });
  const before = new Pinning({
    ...parts,
    contents: baselines,
    naming,
    liveCatalog: consumerCatalog,
    asReaders: true,
    asTables: true,
  });
  const subjects = toCheck.map(({ model, checks }) => ({
    model,
    checks,
    reading: pinning.reading(model.name, at),
    baseline:
      seen !== null && checks.some(comparesWithReaders)
        ? (before.reading(model.name, seen.at) ?? null)
        : null,
  }));
  return { subjects, naming };
}

function tableOf(contents: Contents): TableAt | undefined {
  const [key] = [...contents].find(([, { type }]) => type === "table") ?? [];
  const [hash, name] = key?.split(" ", 2) ?? [];
  return hash === undefined || name === undefined ? undefined : { hash, name };
}
