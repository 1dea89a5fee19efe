import pLimit from "p-limit";
import type { Hash } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import { quoteLiteral, quoteName } from "../core/sql.js";
import type { FileReader, FileSample, FilesUnreadable, TableToRead } from "../release/ports.js";
import type { QueryEngine } from "../verification/ports.js";
import { TrinoError } from "./errors.js";

/** Parts of one statement: what Trino plans in a moment, and one that fails makes few be asked again. */
const PER_STATEMENT = 10;

export interface FileReaderOptions {
  /** Any that finds tables by their commit. */
  readonly catalog: string;
  /** Statements at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whether files are there, by what Trino can read of them: no other way leads to a commit's files for sure. */
export function fileReader(
  queries: QueryEngine,
  { catalog, concurrency, signal }: FileReaderOptions,
): FileReader {
  const limit = pLimit(concurrency);
  const pinned = (table: string, hash: Hash, suffix = ""): string => {
    const dot = table.lastIndexOf(".");
    return quoteName([catalog, table.slice(0, dot), `${table.slice(dot + 1)}#${hash}${suffix}`]);
  };

  /** Asks for several at once, and for each by itself where one of them cannot be answered. */
  async function ask<T>(
    items: readonly T[],
    statement: (item: T) => string,
  ): Promise<readonly (readonly [T, Answer])[]> {
    const chunks = inChunks(items, PER_STATEMENT);
    const answers = await limit.map(chunks, async (chunk) => {
      const all = await run(chunk.map(statement).join("\nUNION ALL\n"));
      if ("rows" in all || chunk.length === 1) return chunk.map((item) => [item, all] as const);
      const each: (readonly [T, Answer])[] = [];
      for (const item of chunk) each.push([item, await run(statement(item))]);
      return each;
    });
    return answers.flat();
  }

  async function run(sql: string): Promise<Answer> {
    try {
      return { rows: (await queries.query(sql, { signal })).rows };
    } catch (thrown) {
      if (thrown instanceof PipelineError && thrown.code === "QUERY_FAILED") return { error: saidOf(thrown) };
      throw thrown;
    }
  }

  return {
    async manifests(tables, at, main) {
      const found = new Map<string, FileSample | FilesUnreadable>();
      const take = (answers: readonly (readonly [TableToRead, Answer])[]): void => {
        for (const [{ table }, answer] of answers) {
          if ("error" in answer) found.set(table, answer);
          else for (const row of answer.rows) if (row[0] === table) found.set(table, sampleOf(row));
        }
      };
      take(await ask(tables, (table) => sampleStatement(table, at, main)));
      // It may be main's own manifests that cannot be read; then there is all the more reason to go back.
      const again = tables.filter(({ table, isOnMain }) => isOnMain && "error" in (found.get(table) ?? {}));
      take(
        await ask(
          again.map((one) => ({ ...one, isOnMain: false })),
          (table) => sampleStatement(table, at, main),
        ),
      );
      return found;
    },

    async unopenable(files, at) {
      const answers = await ask(
        files,
        ({ table, path }) =>
          // A file is opened for this column and no other: Trino counts rows, and knows partitions, without that, and
          // reads small files from its memory when they are gone.
          `(SELECT "$file_modified_time" FROM ${pinned(table, at)} WHERE "$path" = ${quoteLiteral(path)} LIMIT 1)`,
      );
      return answers.flatMap(([file, answer]) => ("error" in answer ? [{ ...file, ...answer }] : []));
    },
  };

  /** Two that main has no need of, which are the ones in danger, and any one. */
  function sampleStatement({ table, isOnMain }: TableToRead, at: Hash, main: Hash): string {
    const files = `SELECT file_path AS path FROM ${pinned(table, at, "$files")} WHERE content = 0`;
    const onMain = isOnMain
      ? `SELECT file_path AS path FROM ${pinned(table, main, "$files")}`
      : "SELECT CAST(NULL AS varchar) AS path";
    return `SELECT ${quoteLiteral(table)}, count(*),
  min(f.path) FILTER (WHERE m.path IS NULL), max(f.path) FILTER (WHERE m.path IS NULL),
  min_by(f.path, xxhash64(to_utf8(f.path)))
FROM (${files}) f LEFT JOIN (${onMain}) m ON f.path = m.path`;
  }
}

type Answer = { readonly rows: readonly (readonly unknown[])[] } | FilesUnreadable;

function sampleOf([, files, ...paths]: readonly unknown[]): FileSample {
  return {
    files: Number(files),
    paths: [...new Set(paths.filter((path): path is string => typeof path === "string"))],
  };
}

/** Trino's own words, without the query they were said of. */
const saidOf = ({ cause, message }: PipelineError): string =>
  cause instanceof TrinoError ? cause.message : message;

function inChunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
