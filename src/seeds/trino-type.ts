import { rowFields, topLevelParts } from "../core/row-type.js";

/** A type as Trino writes it, taken apart. */
export type TrinoType =
  /** `name` is without its parameters: `decimal`, `timestamp with time zone`. */
  | {
      readonly kind: "scalar";
      readonly name: string;
      readonly text: string;
      readonly precision: number | null;
    }
  | { readonly kind: "array"; readonly element: TrinoType }
  | { readonly kind: "map"; readonly key: TrinoType; readonly value: TrinoType }
  | { readonly kind: "row"; readonly fields: readonly RowField[] };

export interface RowField {
  readonly name: string;
  readonly type: TrinoType;
}

/** Null for what is not understood, a row without names of its fields among it. */
export function parseType(text: string): TrinoType | null {
  const written = text.trim();
  const inside = (word: string): string | null =>
    written.startsWith(`${word}(`) && written.endsWith(")") ? written.slice(word.length + 1, -1) : null;

  const ofArray = inside("array");
  if (ofArray !== null) {
    const element = parseType(ofArray);
    return element && { kind: "array", element };
  }
  const ofMap = inside("map");
  if (ofMap !== null) {
    const [key, value] = topLevelParts(ofMap).map(parseType);
    return key && value ? { kind: "map", key, value } : null;
  }
  if (inside("row") !== null) return parseRow(written);
  const [, name, precision, zone = ""] =
    /^([a-z0-9 ]+?)(?:\((\d+)[^()]*\))?( with time zone)?$/i.exec(written) ?? [];
  if (name === undefined) return null;
  return {
    kind: "scalar",
    name: `${name}${zone}`.toLowerCase(),
    text: written,
    precision: precision === undefined ? null : Number(precision),
  };
}

function parseRow(written: string): TrinoType | null {
  const fields: RowField[] = [];
  for (const [name, inside] of rowFields(written) ?? []) {
    const type = parseType(inside);
    if (type === null) return null;
    fields.push({ name, type });
  }
  return fields.length === 0 ? null : { kind: "row", fields };
}
