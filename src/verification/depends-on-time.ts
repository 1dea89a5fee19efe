import type { Check } from "./check.js";

/**
 * Whether the same check over the same rows of its model may find something else later, so that its result is never
 * taken over: it asks for the time, or, as custom SQL, for something else than the model. By its text alone, and where
 * that leaves doubt, yes.
 */
export const dependsOnTime = (check: Check): boolean =>
  check.check === "freshness" ||
  (check.check === "sql" && (isVolatile(check.sql) || !readsOnlyModel(check.sql)));

/** Functions and forms whose value changes with time, user, session or chance; a word in a comment counts too. */
const isVolatile = (sql: string): boolean =>
  /\b(now|current_\w+|localtime|localtimestamp|random|rand|uuid|shuffle|tablesample|system|information_schema)\b/i.test(
    sql,
  );

/** Whether every FROM and JOIN of a query names the model or a query in parentheses. */
export function readsOnlyModel(sql: string): boolean {
  let text = sql.replaceAll(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|\/\*[^]*?\*\//g,
    (found) => ({ "'": "''", '"': "quoted" })[found.charAt(0)] ?? " ",
  );
  if (/\b(table|unnest|lateral|values)\b/i.test(text)) return false;
  // Lists and calls say nothing of tables, and their commas are none between tables.
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replaceAll(/\((?:(?!\b(?:select|from)\b)[^()])*\)/gi, " ");
  }
  const sources = text.matchAll(
    /\b(from|join)\b(.*?)(?=\b(?:from|join|on|using|where|group|having|order|limit|union|except|intersect|window|select)\b|$)/gis,
  );
  return [...sources].every(([, , source = ""]) => /^\s*(\(|\{\{\s*model\s*\}\})[^,]*$/.test(source));
}
