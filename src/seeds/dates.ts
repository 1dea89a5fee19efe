import type { Cell, SeedColumn } from "./column.js";

/** Columns whose name says that a number in them is a moment. */
const OF_MOMENTS = /(^|_)(at|time|timestamp|ts|epoch|date)$/;

/** Units of a count since 1970, and how many make a second. */
const units = [1, 1_000, 1_000_000, 1_000_000_000];
const FIRST = Date.UTC(2001, 0) / 1_000;
const LAST = Date.UTC(2100, 0) / 1_000;

/**
 * How a column says now; null where it is no date field. OSO's playbook sets date fields to `datetime.now()`, so that a seed's
 * rows are recent wherever that matters.
 * @param now milliseconds since the epoch
 */
export function nowIn({ name, family }: SeedColumn, cells: readonly Cell[], now: number): string | null {
  const iso = new Date(now).toISOString();
  const moment = `${iso.slice(0, 10)} ${iso.slice(11, 23)}000`;
  if (family === "date") return iso.slice(0, 10);
  if (family === "timestamp") return moment;
  if (family === "timestamptz") return `${moment} UTC`;
  if (family !== "integer" || !OF_MOMENTS.test(name)) return null;
  const present = cells.filter((cell) => cell !== null).map(Number);
  const unit = units.find((perSecond) =>
    present.every((value) => value / perSecond >= FIRST && value / perSecond <= LAST),
  );
  return present.length === 0 || unit === undefined ? null : String((BigInt(now) * BigInt(unit)) / 1_000n);
}
