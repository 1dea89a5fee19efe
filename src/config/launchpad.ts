import { resolve } from "node:path";
import * as z from "zod";
import type { RunConfig } from "./config.js";
import { readYaml } from "./document.js";
import { Environment } from "./environment.js";
import { readText } from "./find.js";
import { parse } from "./parse.js";
import { runSchema } from "./run-schema.js";
import { toRunConfig } from "./to-config.js";

/** Sections of a launchpad that steer Dagster, not the run. */
const dagstersOwn = z.unknown().optional();

const launchpadSchema = z.strictObject({
  ops: z.strictObject({
    sqlmesh_project: z.strictObject({ config: runSchema.prefault({}) }),
  }),
  resources: dagstersOwn,
  execution: dagstersOwn,
  loggers: dagstersOwn,
});

/**
 * Reads a Dagster launchpad, `ops.sqlmesh_project.config` with OSO's keys. What it leaves out has its default: a
 * launchpad is the whole of what is asked, as in Dagster.
 * @param file relative to the working directory of the process.
 * @throws PipelineError CONFIG_INVALID with all problems at once, CONFIG_NOT_FOUND.
 */
export async function loadLaunchpad(file: string): Promise<RunConfig> {
  const document = readYaml(await readText(resolve(file), file), file);
  const source = { shown: file, document, overrides: [], environment: new Environment({}) };
  const content = parse(launchpadSchema, source);
  return toRunConfig(content.ops.sqlmesh_project.config);
}
