import { PipelineError } from "../core/errors.js";
import { categoryTag } from "../core/model.js";
import { count, few } from "../core/words.js";
import { fine, type Finding, warning, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { DoctorParts, DoctorSettings, ProjectGateway } from "./ports.js";

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
      name: "gateway",
      looked: "where models are built, against where data is verified",
      needs: ["sqlmesh"],
      timeLimitMilliseconds,
      look: async () => ofEngine(await chosen(parts), parts.settings),
    },
    {
      name: "sqlmesh-state",
      looked: "where SQLMesh keeps its state",
      needs: ["sqlmesh"],
      timeLimitMilliseconds,
      look: async () => ofState(await chosen(parts)),
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

async function chosen({ project: probe, settings }: DoctorParts): Promise<ProjectGateway> {
  const gateways = await probe.gateways();
  const found = gateways.find(({ name, isDefault }) =>
    settings.gateway === null ? isDefault : name === settings.gateway,
  );
  if (found !== undefined) return found;
  throw new PipelineError("CONFIG_INVALID", {
    message: `the project has no gateway ${settings.gateway ?? "that is its default"}; it has ${few(gateways.map(({ name }) => name))}`,
    hint: "name one of them in sqlmesh.gateway",
  });
}

function ofEngine({ engine, trino }: ProjectGateway, { trino: ours, catalogs }: DoctorSettings): Finding {
  if (trino === null) {
    return wrong(
      "CONFIG_INVALID",
      `models are built in ${engine}, which is not Trino: nothing of it can be verified or published`,
      "name a gateway to Trino in sqlmesh.gateway",
    );
  }
  if (trino.catalog !== catalogs.producer) {
    return wrong(
      "CONFIG_INVALID",
      `SQLMesh builds in the catalog ${trino.catalog}, and ${catalogs.producer} is verified and published`,
      "name SQLMesh's catalog in trino.catalogs.producer",
    );
  }
  const found = `SQLMesh builds in ${trino.catalog} of ${trino.url}`;
  // One Trino may have several addresses.
  if (new URL(trino.url).host !== new URL(ours.url).host)
    return warning(
      `${found}, and data is verified at ${ours.url}`,
      "if that is another Trino, let both name the same one: trino.url, and the connection of SQLMesh's gateway",
    );
  return fine(found);
}

/** Engines that keep SQLMesh's state where only one process, or one machine, has it. */
const ALONE: ReadonlySet<string> = new Set(["duckdb", "sqlite"]);

function ofState({ engine, stateEngine }: ProjectGateway): Finding {
  if (ALONE.has(stateEngine)) {
    return warning(
      `SQLMesh's state is in ${stateEngine}: one process at a time has it, and other machines have none of it`,
      "give the gateway a state_connection that all share, such as Postgres",
    );
  }
  if (stateEngine === engine && stateEngine === "trino") {
    return wrong(
      "CONFIG_INVALID",
      "SQLMesh's state is in Trino, which has no transactions: a process that dies leaves it torn",
      "give the gateway a state_connection of its own, such as Postgres",
    );
  }
  return fine(`it is in ${stateEngine}, which several machines may share`);
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
