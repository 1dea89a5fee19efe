import { categoryTag } from "../core/model.js";
import { count } from "../core/words.js";
import { fine, type Finding, warning } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { DoctorParts } from "./ports.js";

/** Whether SQLMesh is there in a release that is known, and the project is one that it can load. */
export function project(parts: DoctorParts): readonly Examination[] {
  const timeLimitMilliseconds = parts.settings.startupMilliseconds;
  return [
    {
      name: "sqlmesh",
      looked: "SQLMesh, and the interpreter that it runs on",
      needs: [],
      timeLimitMilliseconds,
      isService: true,
      look: async () => ofVersions(parts),
    },
    {
      name: "project",
      looked: "the SQLMesh project",
      needs: ["sqlmesh"],
      timeLimitMilliseconds,
      look: async () => {
        const { models, gateway } = await parts.project.load();
        if (models.length === 0)
          return warning("the project has no models", "name its folder in sqlmesh.project");
        return fine(
          `it loads, with ${count(models.length, "model")}, on the gateway ${gateway || "that is its default"}`,
        );
      },
    },
    {
      name: "categories",
      looked: "models' entity categories",
      needs: ["project"],
      timeLimitMilliseconds,
      look: async () => ofCategories(parts),
    },
  ];
}

async function ofVersions({ project: probe }: DoctorParts): Promise<Finding> {
  const { sqlmesh, python, executable, restatesSince } = await probe.versions();
  const found = `SQLMesh ${sqlmesh} on Python ${python} (${executable})`;
  if (restatesSince === null) return fine(found);
  return warning(
    `${found} runs, verifies and publishes, and does not restate: that needs ${restatesSince}`,
    `upgrade it: ${executable} -m pip install --upgrade "sqlmesh[trino]>=${restatesSince}", then \`sqlmesh migrate\``,
  );
}

async function ofCategories({ project: probe }: DoctorParts): Promise<Finding> {
  const { models } = await probe.load();
  const categories = new Set(models.flatMap((model) => model.categories));
  const without = models.filter(
    ({ kind, categories: own }) => kind !== "EXTERNAL" && own.length === 0,
  ).length;
  if (categories.size > 0)
    return fine(
      `${count(categories.size, "entity category")}, ${without === 0 ? "and every model is in one" : `and ${count(without, "model")} in none`}`,
    );
  return fine(`no model is in one: --restate-category needs tags such as ${categoryTag("project")}`);
}
