import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** SQLMesh's own list of names. */
const CONFIG_NAMES = ["config.py", "config.yml", "config.yaml", "sqlmesh.yml", "sqlmesh.yaml"];
const DEEPEST = 3;
const PASSED_OVER = new Set(["node_modules", "venv", "env", "site-packages", "dist", "build", "target"]);

/** The file of SQLMesh's configuration in a folder; null where the folder is no project. */
export async function projectFile(folder: string): Promise<string | null> {
  for (const name of CONFIG_NAMES) {
    const file = join(folder, name);
    const text = await readFile(file, "utf8").catch(() => null);
    if (text !== null && isSqlmesh(name, text)) return file;
  }
  return null;
}

/** Many programs have a `config.yaml`; SQLMesh's says where it runs or how models are read. */
function isSqlmesh(name: string, text: string): boolean {
  if (name.endsWith(".py")) return /\bsqlmesh\b/.test(text);
  return /^(?:gateways|gateway|default_gateway|default_connection|model_defaults)\s*:/m.test(text);
}

/**
 * Folders of SQLMesh projects: the one that `from` lies in, else those a few levels below it. Upwards no further than
 * the root of the git repository.
 */
export async function findProjects(from: string): Promise<readonly string[]> {
  const root = (await gitRoot(from)) ?? from;
  for (let folder = from; ; folder = dirname(folder)) {
    if ((await projectFile(folder)) !== null) return [folder];
    if (folder === root || dirname(folder) === folder) break;
  }
  return below(from, DEEPEST);
}

async function below(folder: string, levels: number): Promise<readonly string[]> {
  if (levels === 0) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !PASSED_OVER.has(entry.name))
    .map(({ name }) => join(folder, name))
    .toSorted();
  const found = await Promise.all(
    folders.map(async (one) => ((await projectFile(one)) === null ? below(one, levels - 1) : [one])),
  );
  return found.flat();
}

/** The nearest folder upwards that holds `.git`. */
export async function gitRoot(from: string): Promise<string | null> {
  for (let folder = from; ; folder = dirname(folder)) {
    if (await exists(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return null;
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
