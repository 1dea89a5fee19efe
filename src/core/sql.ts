/** `a"b` → `"a""b"`. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `it's` → `'it''s'`. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** `["iceberg", "oso", "t"]` → `"iceberg"."oso"."t"`. */
export const quoteName = (parts: readonly string[]): string => parts.map(quoteIdentifier).join(".");
