import { didYouMean } from "../core/nearest.js";
import { readYaml } from "./document.js";
import type { Environment } from "./environment.js";
import { alternatives, childrenOf, nodesAt, type SchemaNode } from "./keys.js";
import { type Path, withValueAt } from "./path.js";
import type { Problem } from "./problem.js";

export const overridePrefix = "OSO_PIPELINE__";

/** A value of the file that the environment replaces: `OSO_PIPELINE__TRINO__URL` replaces `trino.url`. */
export interface Override {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface Overrides {
  readonly overrides: readonly Override[];
  readonly problems: readonly Problem[];
}

/**
 * Overrides of single values and of lists. A variable set to nothing counts as not set.
 * @param schemaOf asked only when there is an override: it takes longer than reading the file.
 */
export function readOverrides(environment: Environment, schemaOf: () => SchemaNode): Overrides {
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  const found = Object.entries(environment.values).filter(
    ([variable, written]) => variable.startsWith(overridePrefix) && written !== "",
  );
  if (found.length === 0) return { overrides, problems };
  const schema = schemaOf();
  for (const [variable, written] of found) {
    const refuse = (message: string): void => {
      problems.push({
        where: environment.whereOf(variable),
        line: 0,
        column: 0,
        message: `${variable} ${message}`,
      });
    };
    const path = variable
      .slice(overridePrefix.length)
      .split("__")
      .map((part) => part.toLowerCase());
    const nodes = nodesAt(schema, path);
    if (variable !== variableOf(path) || nodes.length === 0) {
      refuse(`names no setting${nearestVariable(variable, schema)}`);
    } else if (nodes.every(({ properties }) => properties !== undefined)) {
      refuse(sectionMessage(nodes, variable));
    } else {
      const value = readValue(written, nodes);
      if (value.problem === undefined) overrides.push({ variable, path, value: value.value });
      else refuse(value.problem);
    }
  }
  return { overrides, problems };
}

/** The file's content with the overrides in place. */
export function applyOverrides(content: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((merged, { path, value }) => withValueAt(merged, path, value), content);
}

export const variableOf = (path: readonly string[]): string =>
  overridePrefix + path.map((part) => part.toUpperCase()).join("__");

/** All settings that a variable can replace, as paths. */
export function overridablePaths(schema: SchemaNode): string[][] {
  const below = (node: SchemaNode, path: string[]): string[][] =>
    alternatives(node, schema).flatMap((branch) =>
      branch.properties ? childrenOf(branch).flatMap(([key, child]) => below(child, [...path, key])) : [path],
    );
  return [...new Map(below(schema, []).map((path) => [path.join("."), path])).values()];
}

function nearestVariable(variable: string, schema: SchemaNode): string {
  const near = didYouMean(variable, overridablePaths(schema).map(variableOf));
  return near === undefined ? "" : `: ${near}`;
}

function sectionMessage(nodes: readonly SchemaNode[], variable: string): string {
  const keys = nodes.flatMap(({ properties }) => Object.keys(properties ?? {}));
  if (keys.includes("group") && keys.includes("key")) {
    return `cannot hold a secret itself: set ${variable}__GROUP and ${variable}__KEY to refer to the variable that does`;
  }
  return `names a section: set ${[...new Set(keys)].map((key) => `${variable}__${key.toUpperCase()}`).join(", ")}`;
}

/** Text stays as it is written; anything else is read as YAML, of which JSON is a part. */
function readValue(written: string, nodes: readonly SchemaNode[]): { value?: unknown; problem?: string } {
  const types = nodes.flatMap(({ type, const: only }) => (type === undefined ? [typeof only] : type));
  if (types.every((type) => type === "string")) return { value: written };
  try {
    return { value: readYaml(written, "").value };
  } catch {
    return { problem: "is not valid YAML" };
  }
}

/** The override that decided the value at `path`, if any. */
export function overrideOf(overrides: readonly Override[], path: Path): Override | undefined {
  return overrides.find((override) => override.path.every((part, index) => path[index] === part));
}
