import { dirname } from "node:path";
import type { Config } from "./config.js";
import { readYaml } from "./document.js";
import { readEnvironment } from "./environment.js";
import { findConfig, readText } from "./find.js";
import { jsonSchemaOf } from "./keys.js";
import { readOverrides } from "./overrides.js";
import { type Origin, originOf, parse, type Source, whereOf } from "./parse.js";
import { type Path, undotted } from "./path.js";
import { shownPath } from "./problem.js";
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
  /** The file as messages name it. */
  readonly shown: string;
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
  const { overrides, problems } = readOverrides(environment, () => jsonSchemaOf(fileSchema));
  const source: Source = { shown, document, overrides, environment };
  const content = parse(fileSchema, source, problems);
  const secrets: ReferredSecret[] = [];
  const config = toConfig(content, {
    directory: dirname(file),
    environment: environment.values,
    secret: (reference, setting) => {
      const referred = referredSecret(reference, {
        setting,
        where: whereOf(source, undotted(setting)),
        defaultPrefix: content.secrets.prefix,
        environment,
      });
      secrets.push(referred);
      return referred.secret;
    },
    whereOf: (path) => whereOf(source, path),
    whereOfCheck: (index) => whereOf(source, ["verification", "checks", index]),
  });
  return {
    config,
    file,
    shown,
    environment: () => environment.values,
    secrets,
    content,
    originOf: (path) => originOf(source, path),
  };
}
