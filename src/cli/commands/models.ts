import { PipelineError } from "../../core/errors.js";
import type { Model } from "../../core/model.js";
import type { PhysicalNames } from "../../release/history.js";
import { defineCommand, withExamples } from "../command.js";

interface ModelsOptions {
  readonly physical?: boolean;
  readonly at?: string;
}

export const models = defineCommand<ModelsOptions, readonly Model[] | PhysicalNames>({
  configure: (command) =>
    withExamples(
      command
        .argument("[selector]", "SQLMesh selector; all models without it")
        .option("--physical", "the table behind each model, for readers that query tables")
        .option(
          "--at <commit>",
          "with --physical: main, consumer, a release's number or tag, or a commit hash (default: consumer)",
        ),
      "oso-pipeline models",
      "oso-pipeline models 'tag:entity_category=project' --json",
      "oso-pipeline models --physical",
      "oso-pipeline models --physical --at 7 --json",
    ),
  run: async ({ physical = false, at }, app, [selector]) => {
    if (!physical && at !== undefined) {
      throw new PipelineError("USAGE", {
        message: "--at says where to look for the tables behind models, and goes with --physical",
        hint: `\`oso-pipeline models --physical --at ${at}\``,
      });
    }
    // Without a selector, SQLMesh need not be started: Nessie knows what is behind each name.
    const selected =
      physical && selector === undefined ? null : await (await app.runs()).models(selector ?? null);
    if (!physical) return { result: selected ?? [] };
    const names = await (await app.releaseHistory()).physical(at ?? "consumer");
    if (selected === null) return { result: names };
    const wanted = new Set(selected.map(({ name }) => name));
    return { result: { ...names, models: names.models.filter(({ name }) => wanted.has(name)) } };
  },
  render: async ({ result }, terminal) => {
    const { renderModels, renderPhysicalNames } = await import("../../report/text/models.js");
    return "models" in result ? renderPhysicalNames(result, terminal) : renderModels(result, terminal);
  },
});
