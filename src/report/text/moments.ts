import { formatDuration } from "../../core/duration.js";

/** Midnights as dates, other times to the minute, all in UTC: `2024-01-01`, `2024-01-01 06:00`. */
export const day = (iso: string): string => iso.slice(0, 16).replace("T", " ").replace(" 00:00", "");

/** To the minute, for columns whose title says UTC: `2024-01-01 06:00`. */
export const minute = (iso: string): string => iso.slice(0, 16).replace("T", " ");

/** `2024-01-01 06:00 UTC` */
export const moment = (iso: string): string => `${minute(iso)} UTC`;

/** How long something took. */
export const took = (startedAt: string, endedAt: string): string =>
  formatDuration(Date.parse(endedAt) - Date.parse(startedAt));

/** As coarse as people tell ages: `5 min`, `7 h`, `12 d`. */
export function roughly(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return `${Math.floor(milliseconds / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** `2024-01-01 06:00 UTC (3 h ago)`; `(in 3 h)` for what is to come. */
export function momentAndAge(iso: string, now: string): string {
  const age = Date.parse(now) - Date.parse(iso);
  return `${moment(iso)} (${age >= 0 ? `${roughly(age)} ago` : `in ${roughly(-age)}`})`;
}
