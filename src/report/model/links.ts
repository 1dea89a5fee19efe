import type { Link } from "./report.js";

/** Trino's ids look like `20261121_142051_00042_x7k2q`, in its messages too. */
const QUERY_ID = /\b\d{8}_\d{6}_\d{5}_[a-z0-9]{5}\b/g;

/** Trino's own page on a query; it forgets queries after a while. */
export const queryLink = (trinoUrl: string, query: string): Link => ({
  label: query,
  href: `${trinoUrl.replace(/\/+$/, "")}/ui/query.html?${encodeURIComponent(query)}`,
});

export const queriesNamedIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(QUERY_ID)].map(([id]) => id)),
];

/** An address that is safe to be clicked and shows no password; null for any other. */
export function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  url.username = "";
  url.password = "";
  return url.href;
}
