import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { count, few } from "../core/words.js";
import type {
  CommitComparison,
  FileProbe,
  FileReader,
  FilesUnreadable,
  ReferenceStore,
  ReleaseLedger,
  SampledFile,
  TableToRead,
} from "./ports.js";
import type { Target } from "./target.js";

/** Data files opened in all. */
const MOST_FILES = 200;

/** Other releases looked at for what is still whole. */
const ALTERNATIVES = 3;

export interface ReadableParts {
  readonly comparison: CommitComparison;
  readonly files: FileReader;
  readonly store: Pick<ReferenceStore, "reference">;
  readonly ledger: Pick<ReleaseLedger, "releases">;
  readonly branch: string;
}

export interface UnreadableTable extends FilesUnreadable {
  readonly table: string;
}

/**
 * Proves that a commit can be read before readers are led back to it. Nessie answers for it as ever when its files are
 * gone (facts/nessie-trino "What protects files"), so manifests and data files are read through Trino.
 */
export class ReadableFiles implements FileProbe {
  constructor(private readonly parts: ReadableParts) {}

  async mustBeReadable(target: Target, seen: Target): Promise<void> {
    const unreadable = await this.unreadable(target.at, seen.at);
    const [first] = unreadable;
    if (first === undefined) return;
    const whole = await this.wholeRelease(target, seen);
    throw new PipelineError("FILES_MISSING", {
      message: `${target.release === null ? "that commit" : `release ${target.release}`} cannot be gone back to: files of ${count(unreadable.length, "table")} are gone: ${few(unreadable.map(({ table }) => table))} (${first.error})`,
      hint:
        whole === null
          ? "restate those models instead; docs/maintenance.md says what destroys the files of old releases"
          : `release ${whole} is still whole: \`oso-pipeline rollback ${whole}\``,
    });
  }

  /** Tables of a commit that cannot be read, of those that are otherwise in what readers see now. */
  async unreadable(at: Hash, seen: Hash): Promise<readonly UnreadableTable[]> {
    const { files, store, branch } = this.parts;
    const main = (await store.reference(branch)).hash;
    const tables = await this.tables(at, seen, main);
    const manifests = await files.manifests(tables, at, main);
    const bad = new Map<string, FilesUnreadable>();
    const sampled: (readonly SampledFile[])[] = [];
    for (const [table, read] of manifests) {
      if ("error" in read) bad.set(table, read);
      else sampled.push(read.paths.map((path) => ({ table, path })));
    }
    for (const { table, error } of await files.unopenable(inTurns(sampled, MOST_FILES), at)) {
      if (!bad.has(table)) bad.set(table, { error });
    }
    return [...bad].map(([table, { error }]) => ({ table, error }));
  }

  private async tables(at: Hash, seen: Hash, main: Hash): Promise<readonly TableToRead[]> {
    const { comparison } = this.parts;
    const tables: string[] = [];
    for await (const page of comparison.changes(seen, at)) {
      tables.push(...page.filter(({ to }) => to?.kind === "table").map(({ name }) => name));
    }
    const onMain = await comparison.kinds(main, tables);
    return tables.map((table) => ({ table, isOnMain: onMain.get(table) === "table" }));
  }

  /** The newest other release that can be read; null where none of the next few can. */
  private async wholeRelease(target: Target, seen: Target): Promise<number | null> {
    const releases = await this.parts.ledger.releases();
    const others = releases.filter(
      ({ number, status, tag, base }) =>
        status === "published" &&
        tag !== null &&
        number !== target.release &&
        base !== target.base &&
        base !== seen.base,
    );
    for (const { number, base, sealed } of others.slice(0, ALTERNATIVES)) {
      if ((await this.unreadable(sealed ?? base, seen.at)).length === 0) return number;
    }
    return null;
  }
}

/** The first of each, then the second of each, and so on. */
function inTurns<T>(lists: readonly (readonly T[])[], most: number): readonly T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    lists.flatMap((list) => list.slice(turn, turn + 1)),
  );
  return turns.flat().slice(0, most);
}
