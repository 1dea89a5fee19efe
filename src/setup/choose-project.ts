import { isAbsolute, join, relative, resolve } from "node:path";
import { PipelineError } from "../core/errors.js";
import { findProjects, gitRoot, projectFile } from "./find-project.js";
import { findPython } from "./find-python.js";
import type { InitOptions, InitParts } from "./parts.js";
import type { LocalServices } from "./ports.js";

/** Where everything lies; absolute paths. */
export interface Places {
  readonly project: string;
  /** File of SQLMesh's configuration. */
  readonly projectFile: string;
  /** Where oso-pipeline.yaml goes: the working directory, or the project that it lies in. */
  readonly folder: string;
  /** Null outside of git. */
  readonly repository: string | null;
  /** Interpreter, or a command on the PATH. */
  readonly python: string;
  readonly stack: LocalServices | null;
}

/** @throws PipelineError USAGE that names the flag which decides what cannot be told otherwise. */
export async function choosePlaces(options: InitOptions, parts: InitParts): Promise<Places> {
  const { workingDirectory } = parts;
  const project = await chooseProject(options, parts);
  const file = await projectFile(project);
  if (file === null) {
    throw new PipelineError("USAGE", {
      message: `${shown(project, workingDirectory)} is no SQLMesh project: it has no configuration of SQLMesh`,
      hint: "name the folder that holds SQLMesh's config.yaml or config.py with --project",
    });
  }
  const folder = isWithin(project, workingDirectory) ? workingDirectory : project;
  const [repository, stack] = await Promise.all([gitRoot(folder), parts.localServices(folder)]);
  const python =
    options.python === null
      ? await findPython({
          project,
          root: repository ?? folder,
          environment: parts.environment,
          ofStack: stack?.python ?? null,
        })
      : pathOrCommand(options.python, workingDirectory);
  return { project, projectFile: file, folder, repository, python, stack };
}

async function chooseProject({ project }: InitOptions, parts: InitParts): Promise<string> {
  const { workingDirectory, questions } = parts;
  if (project !== null) return resolve(workingDirectory, project);
  const found = await findProjects(workingDirectory);
  const [first] = found;
  if (first === undefined) {
    throw new PipelineError("USAGE", {
      message: `there is no SQLMesh project in ${workingDirectory}, above it or just below it`,
      hint: "name its folder with --project, or make one: `sqlmesh init trino`",
    });
  }
  if (found.length === 1) return first;
  const choices = found.map((value) => ({ value, label: shown(value, workingDirectory) }));
  if (questions) return questions.choice("Which SQLMesh project?", choices);
  throw new PipelineError("USAGE", {
    message: `there are several SQLMesh projects: ${choices.map(({ label }) => label).join(", ")}`,
    hint: `say which with --project, e.g. --project ${choices[0]?.label ?? "."}`,
  });
}

/** A path as it stands in a file in `folder`: relative where it lies inside, with `.` for the folder itself. */
export const pathIn = (folder: string, path: string): string =>
  isWithin(path, folder) ? relative(folder, path) || "." : path;

/**
 * What `sqlmesh.python` is to say: nothing where the active environment, or `python3`, is meant and lies elsewhere, for
 * that is found without it and its path is this machine's alone.
 */
export function pythonSetting(
  { python, folder, repository }: Places,
  active: string | undefined,
): string | null {
  if (isWithin(python, repository ?? folder)) return relative(folder, python);
  const isFound = python === "python3" || (active !== undefined && python === join(active, "bin", "python"));
  return isFound ? null : python;
}

const pathOrCommand = (written: string, workingDirectory: string): string =>
  written.includes("/") ? resolve(workingDirectory, written) : written;

const shown = (path: string, workingDirectory: string): string => relative(workingDirectory, path) || ".";

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return isAbsolute(path) && !way.startsWith("..") && !isAbsolute(way);
}

/** A path of the project's configuration, from the folder of ours. */
export const fromProject = (places: Places, path: string | null): string | null =>
  path === null || path.startsWith("~") || isAbsolute(path)
    ? path
    : pathIn(places.folder, join(places.project, path));
