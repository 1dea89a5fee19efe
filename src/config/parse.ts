import type * as z from "zod";
import { findingsOf } from "./describe.js";
import { type Located, nodeAt } from "./document.js";
import type { Environment } from "./environment.js";
import { jsonSchemaOf } from "./keys.js";
import { applyOverrides, type Override, overrideOf } from "./overrides.js";
import type { Path } from "./path.js";
import { ConfigError, type Problem } from "./problem.js";

export type Origin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly where: string }
  | { readonly from: "environment"; readonly variable: string; readonly where: string };

/** Where the values come from, for messages. */
export interface Source {
  readonly shown: string;
  readonly document: Located;
  readonly overrides: readonly Override[];
  readonly environment: Environment;
}

/**
 * Parses a document by a schema, every problem with its place.
 * @throws ConfigError
 */
export function parse<S extends z.ZodType>(
  schema: S,
  source: Source,
  problems: readonly Problem[] = [],
): z.output<S> {
  const { document, overrides, shown } = source;
  if (document.value === undefined && overrides.length === 0) {
    throw new ConfigError(shown, [{ where: shown, line: 0, column: 0, message: `${shown} is empty` }]);
  }
  const content = applyOverrides(document.value ?? {}, overrides);
  // Compiling the schema pays only for the second parse of a process, which there is not.
  const parsed = schema.safeParse(content, { jitless: true });
  if (parsed.success && problems.length === 0) return parsed.data;
  const findings = findingsOf(parsed.error?.issues ?? [], content, jsonSchemaOf(schema));
  throw new ConfigError(shown, [
    ...problems,
    ...findings.map(({ path, atKey, message }) => {
      const override = overrideOf(overrides, path);
      if (override) return problemOfOverride(override, source, message);
      const { node, key } = nodeAt(document, path);
      const { line, column } = atKey ? key : node.at;
      return { where: `${shown}:${line}:${column}`, line, column, message };
    }),
  ]);
}

function problemOfOverride({ variable }: Override, { environment }: Source, message: string): Problem {
  return {
    where: environment.whereOf(variable),
    line: 0,
    column: 0,
    message: `${message} (set by ${variable})`,
  };
}

export function originOf(source: Source, path: Path): Origin {
  const override = overrideOf(source.overrides, path);
  if (override) {
    const { variable } = override;
    return { from: "environment", variable, where: source.environment.whereOf(variable) };
  }
  const { node, found } = nodeAt(source.document, path);
  return found && node.value !== undefined
    ? { from: "file", where: whereOf(source, path) }
    : { from: "default" };
}

export function whereOf({ shown, document, overrides }: Source, path: Path): string {
  const override = overrideOf(overrides, path);
  if (override) return override.variable;
  const { node } = nodeAt(document, path);
  return `${shown}:${node.at.line}:${node.at.column}`;
}
