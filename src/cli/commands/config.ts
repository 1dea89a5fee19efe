import type { Validation } from "../../config/validate.js";
import type { Setting } from "../../config/settings.js";
import type { Terminal } from "../../report/terminal.js";
import { table } from "../../report/text/table.js";
import { count } from "../../report/text/words.js";
import { type CommandGroup, defineCommand, withExamples } from "../command.js";

interface EffectiveConfig {
  readonly file: string;
  readonly settings: readonly Setting[];
}

const show = defineCommand<object, EffectiveConfig>({
  configure: (command) =>
    withExamples(command, "oso-pipeline config show", "oso-pipeline config show --json --config ci.yaml"),
  run: async (_, app) => {
    const loaded = await app.configuration();
    const { settingsOf } = await import("../../config/settings.js");
    return { result: { file: loaded.file, settings: settingsOf(loaded) } };
  },
  render: ({ result }, terminal) => renderConfig(result, terminal),
});

const validate = defineCommand<object, Validation>({
  configure: (command) =>
    withExamples(command, "oso-pipeline config validate", "oso-pipeline config validate --config ci.yaml"),
  run: async (_, app) => {
    const loaded = await app.configuration();
    return { result: await (await import("../../config/validate.js")).validate(loaded) };
  },
  render: ({ result }) =>
    `${result.file} is valid: ${count(result.checks, "check")}, ${count(result.secrets, "secret")}, all set`,
});

const schema = defineCommand<object, object>({
  configure: (command) => withExamples(command, "oso-pipeline config schema > oso-pipeline.schema.json"),
  run: async () => ({ result: (await import("../../config/json-schema.js")).configSchema() }),
  render: ({ result }) => JSON.stringify(result, null, 2),
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

function renderConfig({ file, settings }: EffectiveConfig, terminal: Terminal): string {
  const rows = settings.map((setting) => [setting.setting, valueText(setting), originText(setting)]);
  return [file, table([{ title: "setting" }, { title: "value" }, { title: "from" }], rows, terminal)].join(
    "\n\n",
  );
}

function valueText({ value, secret }: Setting): string {
  if (secret) return `*** (${secret.variable}, ${secret.isSet ? "set" : "not set"})`;
  if (value === null) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function originText({ origin }: Setting): string {
  switch (origin.from) {
    case "default":
      return "default";
    case "file":
      return origin.where;
    case "environment":
      break;
  }
  return origin.where === "environment" ? origin.variable : `${origin.variable} in ${origin.where}`;
}
