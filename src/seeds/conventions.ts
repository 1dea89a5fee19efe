import type { ProjectFile } from "./ports.js";

/** How this project writes its seeds and staging models, as far as its files show. */
export interface Conventions {
  /** Of its models: `oso`. */
  readonly schema: string;
  /** Folders, with `/` at the end. */
  readonly seedModels: string;
  readonly stagingModels: string;
  /** Staging models lie in a folder for each source. */
  readonly isStagingBySource: boolean;
  /** Who owns most of its staging models; null where they name nobody. */
  readonly owner: string | null;
  /** Models say their kind and stage in tags. */
  readonly hasTags: boolean;
  /** The audit that a staging model is not empty. */
  readonly audit: string;
  /** Staging models name their sources through OSO's macro. */
  readonly hasSourceMacro: boolean;
}

interface ModelHeader {
  readonly path: string;
  readonly name: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly header: string;
}

export function conventionsOf(files: readonly ProjectFile[]): Conventions {
  const models = files.flatMap(({ path, text }) => headerOf(path, text) ?? []);
  const staging = models.filter(({ name }) => /(^|\.)stg_/.test(name));
  const seeds = models.filter(({ kind }) => kind === "SEED");
  const likeThese = staging.length > 0 ? staging : models;
  const folders = staging.map(({ path }) => folderOf(path));
  const isStagingBySource =
    mostCommon(folders.map((folder) => String(/staging\/[^/]+\/$/.test(folder)))) === "true";
  return {
    schema: mostCommon(likeThese.flatMap(({ name }) => schemaOf(name) ?? [])) ?? "oso",
    seedModels: mostCommon(seeds.map(({ path }) => folderOf(path))) ?? "models/seeds/",
    stagingModels: isStagingBySource ? "models/staging/" : (mostCommon(folders) ?? "models/staging/"),
    isStagingBySource,
    owner: mostCommon(likeThese.flatMap(({ owner }) => owner ?? [])),
    hasTags: models.some(({ header }) => header.includes("'model_stage=")),
    audit: files.some(({ text }) => /^AUDIT\s*\(\s*name\s+has_at_least_n_rows\b/.test(text))
      ? "has_at_least_n_rows(threshold := 1)"
      : "number_of_rows(threshold := 0)",
    hasSourceMacro: files.some(
      ({ path, text }) => path.startsWith("macros/") && /^def oso_source\(/m.test(text),
    ),
  };
}

/** The file that defines a model of this name; null where there is none. */
export const definedIn = (files: readonly ProjectFile[], model: string): string | null =>
  files.find(({ path, text }) => headerOf(path, text)?.name === model)?.path ?? null;

function headerOf(path: string, text: string): ModelHeader | null {
  if (!path.startsWith("models/")) return null;
  const header = /^\s*MODEL\s*\(([\s\S]*?)\n\s*\);/im.exec(text)?.[1];
  const name = header && /^\s*name\s+([^\s,]+)/m.exec(header)?.[1];
  if (!header || !name) return null;
  return {
    path,
    header,
    name: name.replaceAll('"', "").toLowerCase(),
    kind: /^\s*kind\s+(\w+)/m.exec(header)?.[1]?.toUpperCase() ?? "",
    owner: /^\s*owner\s+'?([^',\n]+)'?/m.exec(header)?.[1] ?? null,
  };
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

function schemaOf(name: string): string | null {
  const parts = name.split(".");
  return parts.length < 2 ? null : (parts.at(-2) ?? null);
}

/** The first of those that are there most often; null of none. */
function mostCommon(values: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
