import { Cron } from "croner";

/** When a model's data is to be renewed, as SQLMesh has it. */
export interface Cadence {
  /** `@daily`, or five fields. */
  readonly cron: string;
  /** An IANA name; null for UTC. */
  readonly timezone: string | null;
  /** What its intervals are whole multiples of: `day`, `five_minute`. */
  readonly unit: string;
}

/** Up to where data should be complete by the last tick of its cadence, and by the one before; milliseconds since 1970. */
export interface Ticks {
  readonly last: number;
  readonly beforeLast: number;
}

/** Null for a cadence that cannot be read, or that has not come up twice. */
export function ticksOf({ cron, timezone, unit }: Cadence, now: number): Ticks | null {
  try {
    // A tick in this very millisecond counts.
    const [last, before] = new Cron(cron, { timezone: timezone ?? "UTC" }).previousRuns(2, new Date(now + 1));
    return last && before ? { last: wholeUnits(last, unit), beforeLast: wholeUnits(before, unit) } : null;
  } catch {
    return null;
  }
}

const MINUTE = 60_000;
const milliseconds: Readonly<Record<string, number>> = {
  five_minute: 5 * MINUTE,
  quarter_hour: 15 * MINUTE,
  half_hour: 30 * MINUTE,
  hour: 60 * MINUTE,
  day: 24 * 60 * MINUTE,
};

/** SQLMesh stores whole units only: at `0 6 * * *` a daily model is complete up to midnight. */
function wholeUnits(tick: Date, unit: string): number {
  if (unit === "month") return Date.UTC(tick.getUTCFullYear(), tick.getUTCMonth());
  if (unit === "year") return Date.UTC(tick.getUTCFullYear(), 0);
  const length = milliseconds[unit];
  return length === undefined ? tick.getTime() : tick.getTime() - (tick.getTime() % length);
}
