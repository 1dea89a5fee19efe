/** Midnights as dates, other times to the minute, all in UTC: `2024-01-01`, `2024-01-01 06:00`. */
export const day = (iso: string): string => iso.slice(0, 16).replace("T", " ").replace(" 00:00", "");

/** To the minute, for columns whose title says UTC: `2024-01-01 06:00`. */
export const minute = (iso: string): string => iso.slice(0, 16).replace("T", " ");

/** `2024-01-01 06:00 UTC` */
export const moment = (iso: string): string => `${minute(iso)} UTC`;
