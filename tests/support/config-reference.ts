import { alternatives, childrenOf, type SchemaNode } from "../../src/config/keys.js";

type Path = readonly string[];

/** The reference part of docs/configuration.md, made from the schema: one section per top-level key. */
export function configReference(schema: SchemaNode): string {
  return childrenOf(schema)
    .map(
      ([key, node]) =>
        `### ${key}\n\n${node.description ?? ""}\n\n${lines(node, [key], schema, []).join("\n")}`,
    )
    .join("\n\n");
}

function lines(node: SchemaNode, path: Path, schema: SchemaNode, required: Path): string[] {
  const branches = alternatives(node, schema);
  const sections = branches.filter(({ properties }) => properties !== undefined);
  if (isSecret(sections)) return [item(node, path, "secret", required)];
  const inside = sectionLines(sections, path, schema);
  if (inside.length > 0)
    return path.length === 1 ? inside : [item(node, path, "section", required), ...inside];
  const entries = branches.flatMap(({ items }) =>
    typeof items === "object" && !Array.isArray(items) ? alternatives(items, schema) : [],
  );
  return [
    item(node, path, [...new Set(branches.map(typeText))].join(" or "), required),
    ...sectionLines(entries, [...path.slice(0, -1), `${path.at(-1)}[]`], schema),
  ];
}

/**
 * What the sections of a union have in common comes first and once, also where a single one of several goes without;
 * then the rest of each under the word that chooses it.
 */
function sectionLines(sections: readonly SchemaNode[], path: Path, schema: SchemaNode): string[] {
  const describeKeys = (section: SchemaNode, keys: readonly string[]): string[] =>
    childrenOf(section)
      .filter(([key]) => keys.includes(key))
      .flatMap(([key, child]) => lines(child, [...path, key], schema, section.required ?? []));

  const [first, ...others] = sections;
  if (!first) return [];
  const shared = Object.keys(first.properties ?? {}).filter((key) => {
    const without = others.filter(({ properties = {} }) => !(key in properties));
    const alike = others.filter(
      ({ properties = {} }) => JSON.stringify(properties[key]) === JSON.stringify(first.properties?.[key]),
    );
    return alike.length + without.length === others.length && (without.length === 0 || alike.length > 2);
  });
  return [
    ...describeKeys(first, shared),
    ...sections.flatMap((section) => {
      const own = childrenOf(section).filter(([key]) => !shared.includes(key));
      const chosen = own.find(([, { const: only }]) => only !== undefined);
      if (!chosen) return [];
      const choice = `- \`${[...path, chosen[0]].join(".")}: ${String(chosen[1].const)}\`: ${section.description ?? ""}`;
      const rest = own.map(([key]) => key).filter((key) => key !== chosen[0]);
      return [choice, ...describeKeys(section, rest).map((line) => `  ${line}`)];
    }),
  ];
}

function item(node: SchemaNode, path: Path, type: string, required: Path): string {
  const notes = [type];
  if (required.includes(path.at(-1) ?? "")) notes.push("required");
  const preset = node.default;
  if (preset !== undefined && JSON.stringify(preset) !== "{}") notes.push(`default \`${yamlish(preset)}\``);
  return `- \`${path.join(".")}\` (${notes.join(", ")}): ${node.description ?? ""}`;
}

function typeText(node: SchemaNode): string {
  if (node.enum) return node.enum.map((word) => `\`${String(word)}\``).join(" or ");
  if (node.pattern?.includes("ms|s|m|h|d|w")) return "duration";
  const word = words[String(node.type)];
  if (word === undefined) throw new Error(`the reference has no word for ${String(node.type)}`);
  return word;
}

const words: Readonly<Record<string, string>> = {
  string: "text",
  integer: "number",
  number: "number",
  boolean: "true or false",
  array: "list",
};

const yamlish = (value: unknown): string =>
  typeof value === "object" && value !== null && "type" in value
    ? `{ type: ${String(value.type)} }`
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

const isSecret = (sections: readonly SchemaNode[]): boolean =>
  sections.length === 1 &&
  sections.every(({ properties = {} }) => "group" in properties && "key" in properties);
