import cliTruncate from "cli-truncate";
import Table from "cli-table3";
import stringWidth from "string-width";
import type { Terminal } from "../terminal.js";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Cut before the other columns where the terminal is too narrow. */
  readonly yields?: boolean;
  /** Sentences, which are cut at their end; names are cut in their middle, for both ends tell them apart. */
  readonly prose?: boolean;
  /** Left out, the last one first, where the terminal is too narrow for all columns. */
  readonly spare?: boolean;
}

const GAP = 2;

const NARROWEST = 12;

/** What a column that yields is to keep before a spare one takes its room. */
const COMFORTABLE = 24;

/** Columns without lines, two spaces apart, under dim titles; every row on one line, cut where it is too long. */
export function table(
  all: readonly Column[],
  whole: readonly (readonly string[])[],
  terminal: Terminal,
): string {
  if (whole.length === 0) return "";
  const { chalk } = terminal;
  const kept = spareLeftOut(all, widthsOf(all, whole), terminal.columns);
  const columns = all.filter((_, index) => kept.has(index));
  const rows = whole.map((row) => row.filter((_, index) => kept.has(index)));
  const widths = widthsOf(columns, rows);
  shrink(widths, terminal.columns - GAP * columns.length, columns);
  const none = "";
  const lines = new Table({
    head: columns.map(({ title }) => chalk.dim(title)),
    colAligns: columns.map(({ align }) => align ?? "left"),
    colWidths: widths.map((width) => width + GAP),
    wordWrap: false,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
    chars: {
      top: none,
      "top-mid": none,
      "top-left": none,
      "top-right": none,
      bottom: none,
      "bottom-mid": none,
      "bottom-left": none,
      "bottom-right": none,
      left: none,
      "left-mid": none,
      mid: none,
      "mid-mid": none,
      right: none,
      "right-mid": none,
      middle: none,
    },
  });
  lines.push(...rows.map((row) => row.map((cell, index) => cut(cell, widths[index] ?? 0, columns[index]))));
  return lines
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const cut = (cell: string, width: number, column: Column | undefined): string =>
  stringWidth(cell) <= width
    ? cell
    : cliTruncate(cell, width, { position: column?.prose ? "end" : "middle" });

const widthsOf = (columns: readonly Column[], rows: readonly (readonly string[])[]): number[] =>
  columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? "")), stringWidth(title)),
  );

/** Indices of the columns that stay, so that those that yield need not yield too much. */
function spareLeftOut(
  columns: readonly Column[],
  widths: readonly number[],
  available: number,
): ReadonlySet<number> {
  const kept = new Set(columns.keys());
  const least = (index: number): number =>
    GAP + (columns[index]?.yields ? Math.min(widths[index] ?? 0, COMFORTABLE) : (widths[index] ?? 0));
  const spare = [...kept].filter((index) => columns[index]?.spare);
  const needed = (): number => [...kept].reduce((sum, index) => sum + least(index), 0);
  for (let index = spare.pop(); index !== undefined && needed() > available; index = spare.pop()) {
    kept.delete(index);
  }
  return kept;
}

/** Takes what is too much from the columns that yield, then from all: each time from the widest of them. */
function shrink(widths: number[], available: number, columns: readonly Column[]): void {
  const all = columns.map((_, index) => index);
  const widest = (indices: readonly number[]): number | undefined =>
    indices
      .filter((index) => (widths[index] ?? 0) > NARROWEST)
      .toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
  const yielding = all.filter((index) => columns[index]?.yields);
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  for (; excess > 0; excess -= 1) {
    const index = widest(yielding) ?? widest(all);
    if (index === undefined) return;
    widths[index] = (widths[index] ?? 0) - 1;
  }
}
