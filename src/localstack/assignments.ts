import { PipelineError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import { parts, portNames, type Part, type PortName } from "./settings.js";

const portWords: Readonly<Record<string, PortName>> = Object.fromEntries(
  portNames.map((name) => [name === "nessieManagement" ? "nessie-management" : name, name]),
);
const partWords: Readonly<Record<string, Part>> = Object.fromEntries(parts.map((part) => [part, part]));

/** `trino=18080`, `s3=0` or `s3=auto` → ports. @throws PipelineError USAGE */
export function parsePorts(written: readonly string[]): Partial<Record<PortName, number>> {
  const ports: Partial<Record<PortName, number>> = {};
  for (const text of written) {
    const { key, value } = assignment("--port", text, portWords);
    const port = value === "auto" ? 0 : Number(value);
    if (!/^(auto|\d+)$/.test(value) || port > 65_535) {
      throw new PipelineError("USAGE", {
        message: `--port ${text}: ${value} is no port`,
        hint: "1 to 65535, or 0 for a free one",
      });
    }
    ports[key] = port;
  }
  return ports;
}

/** `trino=477` → versions. @throws PipelineError USAGE */
export function parseVersions(written: readonly string[]): Partial<Record<Part, string>> {
  const versions: Partial<Record<Part, string>> = {};
  for (const text of written) {
    const { key, value } = assignment("--use", text, partWords);
    versions[key] = value;
  }
  return versions;
}

function assignment<K extends string>(
  option: string,
  text: string,
  words: Readonly<Record<string, K>>,
): { key: K; value: string } {
  const [, word = text, value = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const key = words[word];
  if (key !== undefined && value !== "") return { key, value };
  const known = Object.keys(words);
  throw new PipelineError("USAGE", {
    message:
      key === undefined
        ? `${option} ${text}: there is no ${word}`
        : `${option} ${text}: the value is missing`,
    hint:
      (key === undefined ? didYouMean(word, known) : undefined) ??
      `name=value, name one of ${known.join(", ")}`,
  });
}
