import * as z from "zod";
import { valueAt } from "./path.js";

/** What the override and reference code needs of the schema: which keys there are, and what they take. */
export interface SchemaNode {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

/** JSON Schema (draft 2020-12) of what may be written, rather than of what comes out with defaults. */
export function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // In the file a bigint is an integer like any other.
      if (zodSchema._zod.def.type === "bigint") jsonSchema.type = "integer";
    },
  }) as SchemaNode;
}

/** Every way a node may be written: the branches of a union, or itself. */
export function alternatives(node: SchemaNode, root: SchemaNode): readonly SchemaNode[] {
  if (node.$ref !== undefined) {
    const target = root.$defs?.[node.$ref.slice("#/$defs/".length)];
    return target ? alternatives(target, root) : [];
  }
  const branches = node.oneOf ?? node.anyOf;
  return branches ? branches.flatMap((branch) => alternatives(branch, root)) : [node];
}

/** The nodes that stand at `path`, over all branches of unions. */
export function nodesAt(root: SchemaNode, path: readonly (string | number)[]): readonly SchemaNode[] {
  let nodes = alternatives(root, root);
  for (const part of path) {
    nodes = nodes.flatMap((node) => {
      const child = typeof part === "number" ? node.items : node.properties?.[part];
      return child ? alternatives(child, root) : [];
    });
  }
  return nodes;
}

/** Keys that may be written at `path`, given what is written there: a `type` or `check` decides between branches. */
export function keysAt(
  root: SchemaNode,
  path: readonly (string | number)[],
  written: unknown,
): readonly string[] {
  const fits = ({ properties = {} }: SchemaNode): boolean =>
    Object.entries(properties).every(([key, node]) => {
      const value = valueAt(written, [key]);
      return node.const === undefined || value === undefined || value === node.const;
    });
  return [
    ...new Set(
      nodesAt(root, path)
        .filter(fits)
        .flatMap((node) => Object.keys(node.properties ?? {})),
    ),
  ];
}
