import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadLaunchpad } from "../../../src/config/launchpad.js";
import { folderWith } from "../../support/config-files.js";

const launchpad = (yaml: string): string => join(folderWith({ "launchpad.yaml": yaml }), "launchpad.yaml");

const withConfig = (...lines: string[]): string =>
  launchpad(
    ["ops:", "  sqlmesh_project:", "    config:", ...lines.map((line) => `      ${line}`)].join("\n"),
  );

describe("a Dagster launchpad", () => {
  it("is the guide's example", async () => {
    const asked = await loadLaunchpad(
      withConfig(
        "restate_by_entity_category: false",
        "restate_models:",
        "  - oso.stg_github__XYZ",
        "  - oso.stg_github__XYZ_2",
        "skip_tests: false",
      ),
    );
    expect(asked).toEqual({
      restateModels: ["oso.stg_github__XYZ", "oso.stg_github__XYZ_2"],
      restateByEntityCategory: false,
      restateEntityCategories: [],
      skipTests: false,
      allowDestructiveModels: [],
      start: null,
      end: null,
      useDevEnvironment: false,
    });
  });

  it("may carry Dagster's own sections, and no config at all", async () => {
    const file = launchpad(
      "resources: { io: { config: {} } }\nexecution: {}\nloggers: ~\nops:\n  sqlmesh_project:\n    config:\n",
    );
    await expect(loadLaunchpad(file)).resolves.toMatchObject({ restateModels: [], skipTests: false });
  });

  it("has every key of OSO's job", async () => {
    const asked = await loadLaunchpad(
      withConfig(
        "restate_by_entity_category: true",
        "restate_entity_categories: [event]",
        "allow_destructive_models: [oso.a]",
        "start: 2024-01-01",
        "end: '2024-02-01'",
        "use_dev_environment: true",
        "skip_tests: true",
        "restate_models: []",
      ),
    );
    expect(asked).toEqual({
      restateModels: [],
      restateByEntityCategory: true,
      restateEntityCategories: ["event"],
      skipTests: true,
      allowDestructiveModels: ["oso.a"],
      start: "2024-01-01",
      end: "2024-02-01",
      useDevEnvironment: true,
    });
  });

  it.each([
    [
      "ops:\n  sqlmesh_projct:\n    config: {}\n",
      "2:3 unknown key ops.sqlmesh_projct: did you mean sqlmesh_project?",
    ],
    ["opps: {}\n", "1:1 unknown key opps: did you mean ops?"],
    ["restate_models: [oso.a]\n", "1:1 unknown key restate_models"],
    [
      "ops: { sqlmesh_project: { config: { restate_model: [oso.a] } } }",
      "1:37 unknown key ops.sqlmesh_project.config.restate_model: did you mean restate_models?",
    ],
    [
      "ops: { sqlmesh_project: { config: { restate_models: oso.a } } }",
      "1:53 ops.sqlmesh_project.config.restate_models must be a list, not text",
    ],
    [
      "ops: { sqlmesh_project: { config: { restate_entity_categories: [project] } } }",
      "1:64 ops.sqlmesh_project.config.restate_entity_categories has no effect while restate_by_entity_category is false: set that to true or empty this list",
    ],
    [
      "ops: { sqlmesh_project: { config: { restate_models: [''] } } }",
      "1:54 ops.sqlmesh_project.config.restate_models[0] must not be empty",
    ],
  ])("%j is refused with its place", async (yaml, problem) => {
    const file = launchpad(yaml);
    const place = /^\d+:\d+/.exec(problem)?.[0] ?? "";
    await expect(loadLaunchpad(file)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problems: expect.arrayContaining([
        expect.objectContaining({ where: `${file}:${place}`, message: problem.slice(place.length + 1) }),
      ]),
    });
  });

  it("that is not there is named", async () => {
    await expect(loadLaunchpad("no/launchpad.yaml")).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: "there is no no/launchpad.yaml",
    });
  });
});
