import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../seeds/", import.meta.url));

/** What a `MODEL (…)` block and its query say, as far as the tests look. */
export interface SampleModel {
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly header: string;
  readonly query: string;
  /** Tables its query reads. */
  readonly reads: readonly string[];
}

export const read = (file: string): string => readFileSync(join(root, file), "utf8");

export const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => join(entry.parentPath, entry.name));

export const models: readonly SampleModel[] = filesBelow("models").map((file) => {
  const text = readFileSync(file, "utf8");
  const end = text.indexOf("\n);");
  const header = text.slice(0, end);
  const query = text.slice(end + 3);
  return {
    file,
    header,
    query,
    name: match(header, /^ {2}name (\S+),$/m),
    kind: match(header, /^ {2}kind (\w+)/m),
    description: match(header, /^ {2}description '(.+)',$/m),
    owner: match(header, /^ {2}owner '(.+)',$/m),
    tags: [...match(header, /^ {2}tags \(([^)]*)\)/m).matchAll(/'([^']+)'/g)].map(([, tag]) => tag ?? ""),
    reads: [...query.matchAll(/(?:FROM|JOIN) ((?:oso|tpch)\.[\w.]+)/g)].map(([, table]) => table ?? ""),
  };
});

export const model = (name: string): SampleModel => {
  const found = models.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
};

export const ofKind = (kind: string): readonly SampleModel[] => models.filter((each) => each.kind === kind);

/** The file of a seed model: its header line and its rows. No sample value holds a comma or a line break. */
export function seedRows(seed: SampleModel): readonly (readonly string[])[] {
  const csv = join(dirname(seed.file), match(seed.header, /path '(.+)'/));
  return readFileSync(csv, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
}

export const fileName = (each: SampleModel): string => basename(each.file, ".sql");

export function match(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing like ${String(pattern)} in:\n${text}`);
  return found;
}
