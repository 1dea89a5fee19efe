import type { Setting } from "../../config/settings.js";
import type { Validation } from "../../config/validate.js";
import type { Terminal } from "../terminal.js";
import { table } from "./table.js";
import { count } from "../../core/words.js";

export interface EffectiveConfig {
  readonly file: string;
  readonly settings: readonly Setting[];
}

export function renderConfig({ file, settings }: EffectiveConfig, terminal: Terminal): string {
  const rows = settings.map((setting) => [setting.setting, valueText(setting), originText(setting)]);
  return [
    file,
    table([{ title: "setting" }, { title: "value", yields: true }, { title: "from" }], rows, terminal),
  ].join("\n\n");
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

export const renderValidation = ({ file, checks, secrets }: Validation): string =>
  `${file} is valid: ${count(checks, "check")}, ${count(secrets, "secret")}, all set`;
