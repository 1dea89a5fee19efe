import * as z from "zod";
import { type Path, valueAt } from "./path.js";

/** A node of a JSON Schema: what may stand at one place of the file. */
export type SchemaNode = z.core.JSONSchema.JSONSchema;

/** JSON Schema (draft 2020-12) of what may be written, rather than of what comes out with defaults. */
export const jsonSchemaOf = (schema: z.ZodType): SchemaNode =>
  z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // In the file a bigint is an integer like any other.
      if (zodSchema instanceof z.ZodBigInt) jsonSchema.type = "integer";
    },
  });

/** Every way a node may be written: the branches of a union, or itself. */
export function alternatives(node: SchemaNode, root: SchemaNode): readonly SchemaNode[] {
  if (node.$ref !== undefined) {
    const target = root.$defs?.[node.$ref.slice("#/$defs/".length)];
    return target ? alternatives(target, root) : [];
  }
  const branches = node.oneOf ?? node.anyOf;
  return branches ? branches.flatMap((branch) => alternatives(branch, root)) : [node];
}

/** The keys of a section with what may stand there; empty for anything else. */
export const childrenOf = (node: SchemaNode): readonly (readonly [string, SchemaNode])[] =>
  Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    typeof child === "object" ? [[key, child] as const] : [],
  );

/** The nodes that stand at `path`, over all branches of unions. */
export function nodesAt(root: SchemaNode, path: Path): readonly SchemaNode[] {
  let nodes = alternatives(root, root);
  for (const part of path) {
    nodes = nodes.flatMap((node) => {
      const child = typeof part === "number" ? node.items : new Map(childrenOf(node)).get(part);
      return typeof child === "object" && !Array.isArray(child) ? alternatives(child, root) : [];
    });
  }
  return nodes;
}

/** Keys that may be written at `path`, given what is written there: a `type` or `check` decides between branches. */
export function keysAt(root: SchemaNode, path: Path, written: unknown): readonly string[] {
  const fits = (node: SchemaNode): boolean =>
    childrenOf(node).every(([key, { const: only }]) => {
      const value = valueAt(written, [key]);
      return only === undefined || value === undefined || value === only;
    });
  const keys = nodesAt(root, path)
    .filter(fits)
    .flatMap((node) => childrenOf(node).map(([key]) => key));
  return [...new Set(keys)];
}
