import { randomBytes } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { messageOf, PipelineError } from "../core/errors.js";
import type { ProjectFiles } from "../seeds/ports.js";

/** Folders of a SQLMesh project with definitions, and what such files end in. */
const FOLDERS = ["models", "macros", "audits"];
const DEFINITION = /\.(sql|py)$/;

/**
 * Where a seed's files wait to be put into their places: hidden, so that SQLMesh passes over it. The folder gets its name
 * once all are written; from then on they are as good as there, and whoever comes next completes what a dead one left.
 */
const WAITING = /^\.seed-add-(new|replace)-(\w+)$/;
const UNFINISHED = /^\.seed-add-(\d+)-\w+\.tmp$/;

/**
 * @param project absolute path
 * @param maskKey absolute path of the key, and the same for people
 */
export function projectFiles(
  project: string,
  { path: maskKeyPath, shown }: { readonly path: string; readonly shown: string },
): ProjectFiles {
  const inProject = (path: string): string => join(project, ...path.split("/"));

  async function putInPlace(folder: string, order: readonly string[], replace: boolean): Promise<void> {
    for (const path of order) {
      if (!replace && (await isThere(inProject(path)))) throw inTheWay(project, folder, path);
      await mkdir(dirname(inProject(path)), { recursive: true });
      await rename(join(project, folder, ...path.split("/")), inProject(path));
    }
    await rm(join(project, folder), { recursive: true, force: true });
  }

  return {
    maskKeyPath: shown,

    definitions: async () => {
      const found = await Promise.all(FOLDERS.map((folder) => filesBelow(project, folder)));
      const paths = found.flat().filter((path) => DEFINITION.test(path));
      return Promise.all(
        paths.map(async (path) => ({ path, text: await readFile(inProject(path), "utf8") })),
      );
    },

    exists: (path) => isThere(inProject(path)),

    place: async (name, files, replace) => {
      const writing = `.seed-add-${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
      const waiting = `.seed-add-${replace ? "replace" : "new"}-${name}`;
      try {
        for (const { path, text } of files)
          await writeThrough(join(project, writing, ...path.split("/")), text);
        await rename(join(project, writing), join(project, waiting));
      } catch (thrown) {
        await rm(join(project, writing), { recursive: true, force: true });
        throw new PipelineError("PROJECT_INVALID", {
          message: `the seed's files cannot be written into ${project}: ${messageOf(thrown)}`,
          hint: "nothing was changed; see to the folder's rights and to free space",
        });
      }
      await putInPlace(
        waiting,
        files.map(({ path }) => path),
        replace,
      );
    },

    complete: async () => {
      const entries = await readdir(project).catch(() => []);
      const completed: string[] = [];
      for (const entry of entries) {
        const pid = UNFINISHED.exec(entry)?.[1];
        if (pid !== undefined && !isAlive(Number(pid)))
          await rm(join(project, entry), { recursive: true, force: true });
        const how = WAITING.exec(entry)?.[1];
        if (how === undefined) continue;
        const left = (await filesBelow(project, entry))
          .map((path) => posix.relative(entry, path))
          .toSorted(inOrder);
        await putInPlace(entry, left, how === "replace");
        completed.push(...left);
      }
      return completed;
    },

    maskKey: async (keep) => {
      const made = randomBytes(32).toString("hex");
      const there = await readFile(maskKeyPath, "utf8").catch(() => null);
      if (there !== null) return there.trim();
      if (!keep) return made;
      await mkdir(dirname(maskKeyPath), { recursive: true });
      // Whoever comes second takes the key of the first.
      await writeFile(maskKeyPath, `${made}\n`, { flag: "wx", mode: 0o600 }).catch(ifThere);
      return (await readFile(maskKeyPath, "utf8")).trim();
    },
  };
}

/** CSV, then the SEED model, then what reads it: the project loads whatever of it is there. */
const inOrder = (a: string, b: string): number => place(a) - place(b);
const place = (path: string): number =>
  path.endsWith(".csv") ? 0 : posix.basename(path).startsWith("seed_") ? 1 : 2;

async function filesBelow(project: string, folder: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(join(project, folder), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(project.length + 1)
        .replaceAll("\\", "/"),
    )
    .toSorted();
}

async function writeThrough(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

function ifThere(thrown: unknown): void {
  if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
}

const inTheWay = (project: string, folder: string, path: string): PipelineError =>
  new PipelineError("CONFLICT", {
    message: `${path} has come to be there while a seed was put into the project`,
    hint: `take it away, or the seed's own files in ${join(project, folder)}, and type the command again`,
  });
