/** Way to a value from the root of the file: keys of maps and indices of lists. */
export type Path = readonly (string | number)[];

/** `verification.checks[3].min` */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (shown, part) =>
      typeof part === "number" ? `${shown}[${part}]` : shown === "" ? part : `${shown}.${part}`,
    "",
  );
}

/** The way that `dotted` shows. */
export const undotted = (shown: string): Path =>
  [...shown.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    index === undefined ? (key ?? "") : Number(index),
  );

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** A copy of `root` with `value` at `path`. Sections that are not there are made; what is no section stays, to be refused. */
export function withValueAt(root: unknown, path: readonly string[], value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  const section = root ?? {};
  if (typeof section !== "object" || Array.isArray(section)) return root;
  return { ...section, [part]: withValueAt(valueAt(section, [part]), rest, value) };
}
