import { meaningOf, type ViewText } from "../core/view-text.js";

/** SQLMesh's schemas of what is behind models begin with it, where no mapping of schemas says otherwise. */
const PHYSICAL_SCHEMA = "sqlmesh__";

/**
 * How SQLMesh names what is behind a model: `<schema>__<model>__<version>`, `<model>__<version>` or a digest, as its
 * table_naming_convention says; tables of development have a word more.
 */
const PHYSICAL = /^(?:(?<model>.+?)__\d+(?<suffix>__[a-z]\w*)?|sqlmesh_md5__[0-9a-f]{32})$/;

const IDENTIFIER = /"(?:[^"]|"")+"|\w+/g;

/** A view of the virtual layer: another name for one table or view, and nothing else. */
const ANOTHER_NAME =
  /^\s*SELECT\s+\*\s+FROM\s+((?:"(?:[^"]|"")+"|\w+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|\w+)){0,2})\s*$/i;

/** Whether `schema.table` is a name that SQLMesh gives to what is behind a model. */
export const isPhysical = (name: string): boolean => PHYSICAL.test(tableOf(name));

/** What the model can be called that `physical` is behind of. None for a table of development, or a digest. */
export function modelsInFrontOf(physical: string): readonly string[] {
  const { model, suffix } = PHYSICAL.exec(tableOf(physical))?.groups ?? {};
  if (model === undefined || suffix !== undefined) return [];
  const names = [...model.matchAll(/(?<=.)__(?=.)/g)].map(
    ({ index }) => `${model.slice(0, index)}.${model.slice(index + 2)}`,
  );
  const schema = physical.slice(0, physical.lastIndexOf("."));
  if (schema.startsWith(PHYSICAL_SCHEMA)) names.push(`${schema.slice(PHYSICAL_SCHEMA.length)}.${model}`);
  return names;
}

/** What is behind a view of the virtual layer, `schema.table`; null for any other view. */
export function behind(view: ViewText, producerCatalog: string): string | null {
  const name = ANOTHER_NAME.exec(view.sql)?.[1];
  if (name === undefined) return null;
  const parts = (name.match(IDENTIFIER) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
  const { catalog, schema, table } = meaningOf({ parts }, view, producerCatalog);
  const found = `${schema}.${table}`;
  return catalog === producerCatalog && isPhysical(found) ? found : null;
}

/** Whether a view is the model itself, and not its name in an environment of development. */
export const isModelOf = (view: string, physical: string): boolean =>
  modelsInFrontOf(physical).includes(view) || tableOf(physical).startsWith("sqlmesh_md5__");

/** Whether it is the schema in which a release tells its readers which one it is, and nobody else writes. */
export const isOfReleases = (name: string): boolean => name.startsWith("oso_pipeline.");

const tableOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
