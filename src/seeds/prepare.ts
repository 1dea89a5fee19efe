import { type CarriedColumn, carry } from "./carry.js";
import { chooseRows } from "./choose.js";
import type { Cell, Row, SeedColumn } from "./column.js";
import { nowIn } from "./dates.js";
import type { Masked, Masker } from "./mask.js";

/** A column of the seed: what it is to bring back, and how it is carried. */
export interface Prepared {
  readonly column: SeedColumn;
  /** Masked, and set to now, where that is due. */
  readonly cells: readonly Cell[];
  readonly carried: CarriedColumn;
  readonly masked: readonly Masked[];
  readonly isNow: boolean;
  /** Addresses on a chain, which OSO's staging models write in small letters. */
  readonly isLowered: boolean;
}

export interface Preparation {
  readonly rows: number;
  /** Columns that are written as they are. */
  readonly allowColumns: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly masker: Masker;
}

/** Chooses rows and makes of them what may be written down. */
export function prepare(
  columns: readonly SeedColumn[],
  candidates: readonly Row[],
  { rows, allowColumns, now, masker }: Preparation,
): readonly Prepared[] {
  const asIs = new Set(allowColumns);
  const ofAll = transposed(candidates);
  const nows = columns.map((column, index) =>
    asIs.has(column.name) ? null : nowIn(column, ofAll[index] ?? [], now),
  );
  const dated = new Set(columns.filter((_, index) => nows[index] !== null).map(({ name }) => name));
  const chosen = transposed(chooseRows(columns, candidates, rows, dated));
  return columns.map((column, index) => {
    const read = chosen[index] ?? [];
    const present = nows[index] ?? null;
    const { cells, masked } =
      present !== null
        ? { cells: read.map((cell) => cell && present), masked: [] }
        : asIs.has(column.name)
          ? { cells: read, masked: [] }
          : masker.column(column, read);
    return {
      column,
      cells,
      carried: carry(column, cells),
      masked,
      isNow: present !== null,
      isLowered: isOnChain(column, cells),
    };
  });
}

const isOnChain = ({ name, family }: SeedColumn, cells: readonly Cell[]): boolean =>
  family === "text" &&
  /(^|_)address$/.test(name) &&
  cells.some((cell) => cell !== null) &&
  cells.every((cell) => cell === null || /^0x[0-9a-f]{40}$/i.test(cell));

/** The rows as the staging model is to give them. */
export const rowsOf = (prepared: readonly Prepared[]): readonly Row[] =>
  transposed(
    prepared.map(({ cells, isLowered }) =>
      isLowered ? cells.map((cell) => cell && cell.toLowerCase()) : cells,
    ),
  );

export const transposed = (lines: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] =>
  (lines[0] ?? []).map((_, index) => lines.map((line) => line[index] ?? null));
