/** Trino's ids look like `20261121_142051_00042_x7k2q`, in its messages too. */
const QUERY_ID = /\b\d{8}_\d{6}_\d{5}_[a-z0-9]{5}\b/g;

/** Ids of queries in a text, each once. */
export const queriesNamedIn = (text: string): readonly string[] => [...new Set(text.match(QUERY_ID) ?? [])];

/** Trino's own page on a query; it forgets queries after a while. */
export const queryPage = (trinoUrl: string, query: string): string =>
  `${trinoUrl.replace(/\/+$/, "")}/ui/query.html?${encodeURIComponent(query)}`;
