import type { Model } from "../../core/model.js";
import { defineCommand, withExamples } from "../command.js";

export const models = defineCommand<object, readonly Model[]>({
  configure: (command) =>
    withExamples(
      command.argument("[selector]", "SQLMesh selector; all models without it"),
      "oso-pipeline models",
      "oso-pipeline models 'tag:entity_category=project' --json",
    ),
  run: async (_, app, [selector]) => ({ result: await (await app.runs()).models(selector ?? null) }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/models.js")).renderModels(result, terminal),
});
