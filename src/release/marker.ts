import { quoteLiteral } from "../core/sql.js";
import type { MarkerText, SealOrder } from "./ports.js";

/** The marker of a release. Its time is that of its beginning. */
export function markerText(
  { base, release, tag, startedAt }: Pick<SealOrder, "base" | "release" | "tag" | "startedAt">,
  catalog: string,
): MarkerText {
  const at = new Date(startedAt).toISOString().replace("T", " ").replace("Z", " UTC");
  return {
    sql: `SELECT BIGINT '${release}' AS number, VARCHAR ${quoteLiteral(base)} AS base, TIMESTAMP '${at}' AS published_at, VARCHAR ${quoteLiteral(tag)} AS tag`,
    catalog,
    columns: [
      { name: "number", type: "long" },
      { name: "base", type: "string" },
      { name: "published_at", type: "timestamptz" },
      { name: "tag", type: "string" },
    ],
  };
}
