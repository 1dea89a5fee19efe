import { stat } from "node:fs/promises";
import type { LoadedConfig } from "./load.js";
import { ConfigError, type Problem } from "./problem.js";

export interface Validation {
  readonly file: string;
  readonly checks: number;
  readonly secrets: number;
}

/**
 * Looks at what loading leaves to the moment of use: that each secret is set and each path is there. It asks no
 * service.
 * @throws ConfigError with all problems at once; SECRET_MISSING when secrets are all that is missing.
 */
export async function validate(loaded: LoadedConfig): Promise<Validation> {
  const { config, secrets, file } = loaded;
  const missingSecrets = secrets
    .filter(({ isSet }) => !isSet)
    .map(({ setting, variable, where }) =>
      problemAt(where, `${setting} needs the environment variable ${variable}, which is not set`),
    );
  const { ca, cert, key } = config.trino.tls;
  const missingPaths = await Promise.all([
    missing(loaded, "sqlmesh.project", config.sqlmesh.project),
    missing(loaded, "trino.tls.ca", ca),
    missing(loaded, "trino.tls.cert", cert),
    missing(loaded, "trino.tls.key", key),
  ]);
  const problems = [...missingSecrets, ...missingPaths.filter((problem) => problem !== null)];
  if (problems.length > 0) {
    const code = problems.length === missingSecrets.length ? "SECRET_MISSING" : "CONFIG_INVALID";
    throw new ConfigError(loaded.shown, problems, code);
  }
  return { file, checks: config.verification.checks.length, secrets: secrets.length };
}

async function missing(loaded: LoadedConfig, setting: string, path: string | null): Promise<Problem | null> {
  if (path === null) return null;
  try {
    await stat(path);
    return null;
  } catch {
    const origin = loaded.originOf(setting.split("."));
    return problemAt(
      origin.from === "default" ? loaded.shown : origin.where,
      `${setting}: there is no ${path}`,
    );
  }
}

/** Line and column are those in `where`, if any. */
function problemAt(where: string, message: string): Problem {
  const [, line = "0", column = "0"] = /:(\d+):(\d+)$/.exec(where) ?? [];
  return { where, line: Number(line), column: Number(column), message };
}
