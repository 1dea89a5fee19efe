import Table from "cli-table3";
import stringWidth from "string-width";
import type { Terminal } from "../terminal.js";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

const GAP = 2;

/**
 * Columns without lines, two spaces apart, under dim titles. A table wider than the terminal cuts its widest
 * column, so that rows stay on one line each.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Terminal,
): string {
  if (rows.length === 0) return "";
  const { chalk } = terminal;
  const widths = columns.map(({ title }, index) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[index] ?? ""))),
  );
  const available = terminal.columns - GAP * columns.length;
  for (let total = widths.reduce((sum, width) => sum + width, 0); total > available;) {
    const widest = widths.indexOf(Math.max(...widths));
    const cut = Math.max(8, (widths[widest] ?? 0) - (total - available));
    if (cut === widths[widest]) break;
    total -= (widths[widest] ?? 0) - cut;
    widths[widest] = cut;
  }
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
  lines.push(...rows.map((row) => [...row]));
  return lines
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
