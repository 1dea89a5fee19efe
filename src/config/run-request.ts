import type { RunRequest } from "../restatement/request.js";
import type { RunConfig } from "./config.js";

/** What OSO's job restates for an empty list of categories. */
export const defaultCategories: readonly string[] = ["project", "collection"];

/** The SQLMesh environment behind OSO's `use_dev_environment`. */
export const devEnvironment = "dev";

/**
 * OSO's keys as a request. `restate_by_entity_category` with an empty list means project and collection; a list
 * without it has been refused by the schema, for it would silently do nothing.
 * @param environment `sqlmesh.environment`, which `use_dev_environment` overrules.
 */
export function toRunRequest(run: RunConfig, environment: string): RunRequest {
  return {
    environment: run.useDevEnvironment ? devEnvironment : environment,
    restateModels: run.restateModels,
    restateCategories: run.restateByEntityCategory ? categoriesOf(run.restateEntityCategories) : [],
    start: run.start,
    end: run.end,
    skipTests: run.skipTests,
    allowDestructiveModels: run.allowDestructiveModels,
  };
}

const categoriesOf = (listed: readonly string[]): readonly string[] =>
  listed.length === 0 ? defaultCategories : listed;
