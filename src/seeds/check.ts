import { quoteIdentifier, quoteName } from "../core/sql.js";
import type { Cell, Row, SeedColumn } from "./column.js";
import type { SeedSource } from "./ports.js";
import type { SeedDifference } from "./result.js";

export interface Wanted {
  readonly model: string;
  /** `schema.table`, the physical one. */
  readonly table: string;
  readonly columns: readonly SeedColumn[];
  /** In the order of `columns`. */
  readonly rows: readonly Row[];
}

const MOST_DIFFERENCES = 10;

/** What a built table holds that is not what was to come back; rows are told apart by what they hold. */
export async function differences(
  { model, table, columns, rows }: Wanted,
  catalog: string,
  source: SeedSource,
  signal: AbortSignal,
): Promise<readonly SeedDifference[]> {
  const texts = columns.map(({ readBack, name }) => `${readBack} AS ${quoteIdentifier(name)}`);
  const sql = `SELECT ${texts.join(", ")} FROM ${quoteName([catalog, ...table.split(".")])}`;
  const answer = await source.query(sql, { signal });
  const got = answer.rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : null)));
  return paired(rows, got)
    .flatMap(([wanted, found]) =>
      columns.flatMap(({ name }, index) => {
        const [want, have] = [wanted?.[index] ?? null, found?.[index] ?? null];
        return want === have ? [] : [{ model, column: name, wanted: want, got: have }];
      }),
    )
    .slice(0, MOST_DIFFERENCES);
}

/** Each row that was to come with the one that did: the same, or else the one that is most like it. */
function paired(
  wanted: readonly Row[],
  got: readonly Row[],
): readonly (readonly [Row | undefined, Row | undefined])[] {
  const left = [...got];
  const missing = wanted.filter((row) => {
    const place = left.findIndex((other) => row.every((cell, index) => cell === other[index]));
    if (place < 0) return true;
    left.splice(place, 1);
    return false;
  });
  const pairs = missing.map((row) => {
    const likeness = left.map((other) => row.filter((cell: Cell, index) => cell === other[index]).length);
    const place = likeness.indexOf(Math.max(...likeness));
    const [other] = place < 0 ? [] : left.splice(place, 1);
    return [row, other] as const;
  });
  return [...pairs, ...left.map((row) => [undefined, row] as const)];
}
