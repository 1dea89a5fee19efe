import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadConfig, type LoadedConfig } from "../../src/config/load.js";

/** A fresh folder with these files in it. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "oso-pipeline-config-")));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** The least a configuration needs. */
export const services = `trino:
  url: http://localhost:8080
nessie:
  uri: http://localhost:19120/api/v2
`;

/** Loads `yaml` as a folder's only configuration. */
export function load(
  yaml: string | Uint8Array,
  environment: Readonly<Record<string, string>> = {},
): Promise<LoadedConfig> {
  const workingDirectory = folderWith({ "oso-pipeline.yaml": yaml, ".git/HEAD": "" });
  return loadConfig({ workingDirectory, environment });
}
