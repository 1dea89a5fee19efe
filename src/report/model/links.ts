import { queryPage } from "../../core/trino-query.js";
import type { Link } from "./report.js";

export const queryLink = (trinoUrl: string, query: string): Link => ({
  label: query,
  href: queryPage(trinoUrl, query),
});

/** An address that is safe to be clicked and shows no password; null for any other. */
export function webAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  url.username = "";
  url.password = "";
  return url.href;
}
