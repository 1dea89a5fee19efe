import { dirname } from "node:path";
import type * as z from "zod";
import type { Config } from "./config.js";
import { findingsOf } from "./describe.js";
import { type Located, nodeAt, readYaml } from "./document.js";
import { type Environment, readEnvironment } from "./environment.js";
import { findConfig, readText } from "./find.js";
import { jsonSchemaOf, type SchemaNode } from "./keys.js";
import { applyOverrides, type Override, overrideOf, readOverrides } from "./overrides.js";
import type { Path } from "./path.js";
import { ConfigError, type Problem, shownPath } from "./problem.js";
import { type FileContent, fileSchema } from "./schema.js";
import { referredSecret, type ReferredSecret } from "./secrets.js";
import { toConfig } from "./to-config.js";

export interface LoadOptions {
  readonly workingDirectory: string;
  /** `--config`; otherwise the file is searched for. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path. */
  readonly file: string;
  /**
   * The process environment with the values of `.env` files added: what SQLMesh is started with, for its own
   * configuration reads variables too. The process's own environment stays as it was. A function, so that nothing
   * that prints the rest prints these.
   */
  readonly environment: () => Readonly<Record<string, string>>;
  /** All secrets the configuration refers to, looked up only when revealed. */
  readonly secrets: readonly ReferredSecret[];
  /** The configuration in the file's words, defaults filled in, and where each value comes from. */
  readonly content: FileContent;
  originOf(path: Path): Origin;
}

export type Origin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly where: string }
  | { readonly from: "environment"; readonly variable: string; readonly where: string };

/**
 * Precedence: environment (`OSO_PIPELINE__…`, `.env` included), file, default; flags are the commands' own.
 * @throws PipelineError CONFIG_NOT_FOUND, or CONFIG_INVALID with all problems at once. A missing secret is no
 *   problem here: it throws SECRET_MISSING where it is used.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const file = await findConfig(options.workingDirectory, options.file);
  const shown = shownPath(options.workingDirectory, file);
  const document = readYaml(await readText(file, shown), shown);
  const environment = await readEnvironment(options.environment, options.workingDirectory, file);
  const schema = jsonSchemaOf(fileSchema);
  const { overrides, problems } = readOverrides(environment, schema);
  const source: Source = { shown, document, overrides, environment };
  const content = parse(fileSchema, schema, source, problems);
  const secrets: ReferredSecret[] = [];
  const config = toConfig(content, {
    directory: dirname(file),
    environment: environment.values,
    secret: (reference, setting) => {
      const referred = referredSecret(reference, {
        setting,
        where: whereOf(source, setting.split(".")),
        defaultPrefix: content.secrets.prefix,
        environment,
      });
      secrets.push(referred);
      return referred.secret;
    },
    whereOfCheck: (index) => whereOf(source, ["verification", "checks", index]),
  });
  return {
    config,
    file,
    environment: () => environment.values,
    secrets,
    content,
    originOf: (path) => originOf(source, path),
  };
}

/** Where the values come from, for messages. */
interface Source {
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
  keys: SchemaNode,
  source: Source,
  problems: readonly Problem[] = [],
): z.output<S> {
  const { document, overrides, shown } = source;
  const content = applyOverrides(document.value ?? {}, overrides);
  const parsed = schema.safeParse(content);
  if (parsed.success && problems.length === 0) return parsed.data;
  const findings = findingsOf(parsed.error?.issues ?? [], content, keys);
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

function originOf(source: Source, path: Path): Origin {
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

function whereOf({ shown, document, overrides }: Source, path: Path): string {
  const override = overrideOf(overrides, path);
  if (override) return override.variable;
  const { node } = nodeAt(document, path);
  return `${shown}:${node.at.line}:${node.at.column}`;
}
