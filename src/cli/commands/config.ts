import type { Validation } from "../../config/validate.js";
import type { EffectiveConfig } from "../../report/text/config.js";
import { type CommandGroup, defineCommand, withExamples } from "../command.js";

const show = defineCommand<object, EffectiveConfig>({
  configure: (command) =>
    withExamples(command, "oso-pipeline config show", "oso-pipeline config show --json --config ci.yaml"),
  run: async (_, app) => {
    const loaded = await app.configuration();
    const { settingsOf } = await import("../../config/settings.js");
    return { result: { file: loaded.file, settings: settingsOf(loaded) } };
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/config.js")).renderConfig(result, terminal),
});

const validate = defineCommand<object, Validation>({
  configure: (command) =>
    withExamples(command, "oso-pipeline config validate", "oso-pipeline config validate --config ci.yaml"),
  run: async (_, app) => {
    const loaded = await app.configuration();
    return { result: await (await import("../../config/validate.js")).validate(loaded) };
  },
  render: async ({ result }) => (await import("../../report/text/config.js")).renderValidation(result),
});

const schema = defineCommand<object, object>({
  configure: (command) => withExamples(command, "oso-pipeline config schema > oso-pipeline.schema.json"),
  run: async () => ({ result: (await import("../../config/json-schema.js")).configSchema() }),
  render: async ({ result }) => JSON.stringify(result, null, 2),
});

export const config: CommandGroup = {
  commands: {
    show: { summary: "show every setting in force and where it comes from", command: show },
    validate: {
      summary: "check the configuration, its secrets and its paths, without asking a service",
      command: validate,
    },
    schema: { summary: "print the JSON Schema of oso-pipeline.yaml, for editors", command: schema },
  },
};
