import { describe, expect, it } from "vitest";
import { configSchema } from "../../../src/config/json-schema.js";
import { alternatives, childrenOf, type SchemaNode } from "../../../src/config/keys.js";

/** Every key with its path, those inside lists and references too. */
function keysBelow(node: SchemaNode, root: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  return alternatives(node, root).flatMap((branch) => [
    ...childrenOf(branch).flatMap(([key, child]) => [
      { path: `${path}.${key}`, node: child },
      ...keysBelow(child, root, `${path}.${key}`),
    ]),
    ...(typeof branch.items === "object" && !Array.isArray(branch.items)
      ? keysBelow(branch.items, root, `${path}[]`)
      : []),
  ]);
}

describe("the JSON Schema", () => {
  const schema = configSchema();
  const keys = keysBelow(schema, schema, "");

  it("is of draft 2020-12 and made anew the same", () => {
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(JSON.stringify(configSchema())).toBe(JSON.stringify(schema));
  });

  it("describes every key in a sentence, the words that choose between sections apart", () => {
    const undescribed = keys.filter(
      ({ node }) => node.const === undefined && !/^\S.*\.$/.test(node.description ?? ""),
    );
    expect(undescribed.map(({ path }) => path)).toEqual([]);
    expect(keys.length).toBeGreaterThan(70);
  });

  it("has keys in snake_case only", () => {
    expect(keys.filter(({ path }) => !/^[a-z0-9_.[\]]+$/.test(path))).toEqual([]);
  });

  it("lets no section have keys it does not know", () => {
    const sections = [{ path: "", node: schema }, ...keys].flatMap(({ node }) => alternatives(node, schema));
    expect(
      sections.filter(({ properties, additionalProperties }) => properties && additionalProperties !== false),
    ).toEqual([]);
  });
});
