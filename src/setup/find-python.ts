import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists } from "./find-project.js";

const ENVIRONMENTS = [".venv", "venv", "env"];

export interface PythonPlaces {
  readonly project: string;
  /** No folder above this one is looked at. */
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Interpreter of the local stack; null where there is none. */
  readonly ofStack: string | null;
}

/**
 * The interpreter that most likely has SQLMesh: of the active virtual environment, of one beside or above the project,
 * of the local stack; the first of them in which SQLMesh is installed, else the first there is.
 */
export async function findPython({ project, root, environment, ofStack }: PythonPlaces): Promise<string> {
  const active = environment["VIRTUAL_ENV"];
  const candidates = active ? [join(active, "bin", "python")] : [];
  for (let folder = project; ; folder = dirname(folder)) {
    candidates.push(...ENVIRONMENTS.map((name) => join(folder, name, "bin", "python")));
    if (folder === root || dirname(folder) === folder) break;
  }
  if (ofStack !== null) candidates.push(ofStack);
  const there: string[] = [];
  for (const python of candidates) {
    if (!(await exists(python))) continue;
    if (await hasSqlmesh(python)) return python;
    there.push(python);
  }
  return there[0] ?? "python3";
}

async function hasSqlmesh(python: string): Promise<boolean> {
  const libraries = join(dirname(dirname(python)), "lib");
  const versions = await readdir(libraries).catch(() => []);
  const found = await Promise.all(
    versions
      .filter((name) => name.startsWith("python3"))
      .map((name) => exists(join(libraries, name, "site-packages", "sqlmesh"))),
  );
  return found.includes(true);
}
