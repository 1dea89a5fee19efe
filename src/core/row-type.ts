/**
 * The fields of a row type as Trino writes it, by name: `row(id bigint, "odd name" row(x integer))`. Null for
 * a type that is none.
 */
export function rowFields(type: string): ReadonlyMap<string, string> | null {
  if (!type.startsWith("row(") || !type.endsWith(")")) return null;
  const fields = new Map<string, string>();
  for (const field of topLevelParts(type.slice("row(".length, -1))) {
    const [, quoted, plain, inside] = /^(?:"((?:[^"]|"")*)"|([^\s"]+))\s+(.+)$/s.exec(field) ?? [];
    const name = quoted?.replaceAll('""', '"') ?? plain;
    if (name === undefined || inside === undefined) return null;
    fields.set(name, inside);
  }
  return fields;
}

/** Splits at the commas that stand in no parentheses and no quotes. */
export function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character !== "," || depth > 0) continue;
    parts.push(text.slice(start, index).trim());
    start = index + 1;
  }
  return [...parts, text.slice(start).trim()];
}
