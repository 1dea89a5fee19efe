import { formatDuration } from "../../core/duration.js";
import { grouped } from "../../core/words.js";
import type { RowCount } from "../../release/ports.js";
import type { CheckReport, ModelReport, StepName } from "../model/report.js";

/** A sign beside each colour: nothing is told by colour alone. */
export const signOf = { good: "✓", warning: "!", bad: "✕", neutral: "○" } as const;

export const outcomeTone = { done: "good", failed: "bad", left: "warning" } as const;

export const checkWord: Readonly<Record<CheckReport["outcome"], string>> = {
  passed: "passed",
  warned: "warned",
  failed: "failed",
  error: "not evaluated",
};

export const stepTitle: Readonly<Record<StepName, string>> = {
  deployed: "Deployed",
  restated: "Restated",
  due: "Ran by cadence",
};

/** `~1 234` where deleted rows are still in the files. */
export const rowCount = (rows: RowCount | null): string =>
  rows === null ? "" : `${rows.exact ? "" : "~"}${grouped(rows.rows)}`;

/** `+12`, `−3`, `0` */
export function signed(difference: number): string {
  if (difference === 0) return "0";
  return `${difference > 0 ? "+" : "−"}${grouped(Math.abs(difference))}`;
}

/** Of batches stored: `3`, or `1/3` where some are missing. */
export const batchesInWords = ({ stored, planned }: ModelReport["batches"]): string =>
  planned === null || planned === stored ? grouped(stored) : `${grouped(stored)}/${grouped(planned)}`;

/** `+4 %`, of the rows of the last comparable run; null where there is none, or it had none. */
export function changeOfRows({ rows, earlier }: ModelReport): string | null {
  const before = earlier.at(-1)?.rows ?? null;
  if (rows === null || before === null) return null;
  if (before === rows) return "same";
  return before === 0 ? signed(rows) : percent((rows - before) / before);
}

function percent(share: number): string {
  const value = Math.abs(share) * 100;
  const digits = value >= 10 ? value.toFixed(0) : value.toFixed(1);
  return `${share > 0 ? "+" : "−"}${digits} %`;
}

export const workInWords = ({ batches, milliseconds }: ModelReport): string =>
  batches.stored === 0 ? "" : formatDuration(milliseconds);
