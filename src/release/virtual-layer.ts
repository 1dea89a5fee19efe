import { meaningOf, type ViewText } from "../core/view-text.js";

/** SQLMesh's schemas of what is behind models begin with it, where no mapping of schemas says otherwise. */
const PHYSICAL_SCHEMA = "sqlmesh__";

/**
 * How SQLMesh names what is behind a model: `<schema>__<model>__<version>`, `<model>__<version>` or a digest, as its
 * table_naming_convention says; tables of development have a word more.
 */
const PHYSICAL = /^(?:(?<model>.+?)__\d+(?<suffix>__[a-z]\w*)?|(?<digest>sqlmesh_md5__[0-9a-f]{32}))$/;

const IDENTIFIER = /"(?:[^"]|"")+"|\w+/g;

/** A view of the virtual layer: another name for one table or view, and nothing else. */
const ANOTHER_NAME =
  /^\s*SELECT\s+\*\s+FROM\s+((?:"(?:[^"]|"")+"|\w+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|\w+)){0,2})\s*$/i;

/** What a view of the virtual layer is the name of: a model as readers know it, or one in another environment. */
export type Front = "model" | "environment";

/** Whether `schema.table` is a name that SQLMesh gives to what is behind a model. */
export const isPhysical = (name: string): boolean => PHYSICAL.test(partsOf(name).table);

/** What the model can be called that `physical` is behind of. None for a table of development, or a digest. */
export const modelsInFrontOf = (physical: string): readonly string[] =>
  PHYSICAL.exec(partsOf(physical).table)?.groups?.["suffix"] === undefined ? namesIn(physical) : [];

/**
 * What is behind a view of the virtual layer, `schema.table`; null for any other view.
 * @param name of the view, `schema.view`
 */
export function behind(name: string, view: ViewText, producerCatalog: string): string | null {
  const target = ANOTHER_NAME.exec(view.sql)?.[1];
  if (target === undefined) return null;
  const parts = (target.match(IDENTIFIER) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
  const { catalog, schema, table } = meaningOf({ parts }, view, producerCatalog);
  const found = `${schema}.${table}`;
  return catalog === producerCatalog && frontOf(name, found) !== null ? found : null;
}

/** As what a view that reads one thing and no other stands for it; null where their names have nothing in common. */
export function frontOf(name: string, target: string): Front | null {
  const { suffix, digest } = PHYSICAL.exec(partsOf(target).table)?.groups ?? {};
  if (digest !== undefined) return "model";
  const names = namesIn(target);
  if (suffix === undefined && names.includes(name)) return "model";
  // In an environment, what is the same as in production is read from there.
  return [target, ...names].some((one) => isInEnvironment(name, one)) || names.includes(name)
    ? "environment"
    : null;
}

/** Whether it is the schema in which a release tells its readers which one it is, and nobody else writes. */
export const isOfReleases = (name: string): boolean => name.startsWith("oso_pipeline.");

/** `oso__dev.model` or `oso.model__dev`: SQLMesh's environment_suffix_target says which. */
function isInEnvironment(name: string, model: string): boolean {
  const { schema, table } = partsOf(model);
  return name.startsWith(`${model}__`) || (name.startsWith(`${schema}__`) && name.endsWith(`.${table}`));
}

function namesIn(physical: string): readonly string[] {
  const { schema, table } = partsOf(physical);
  const model = PHYSICAL.exec(table)?.groups?.["model"];
  if (model === undefined) return [];
  const names = [...model.matchAll(/(?<=.)__(?=.)/g)].map(
    ({ index }) => `${model.slice(0, index)}.${model.slice(index + 2)}`,
  );
  if (schema.startsWith(PHYSICAL_SCHEMA)) names.push(`${schema.slice(PHYSICAL_SCHEMA.length)}.${model}`);
  return names;
}

function partsOf(name: string): { schema: string; table: string } {
  const dot = name.lastIndexOf(".");
  return { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}
