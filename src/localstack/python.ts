import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod";
import { PipelineError } from "../core/errors.js";

const run = promisify(execFile);

const pythonSchema = z.object({
  /** `3.11.7` */
  version: z.string(),
  /** The interpreter itself, not a shim or a virtual environment's link. */
  base: z.string(),
  machine: z.string(),
  hasVenv: z.boolean(),
});

/** A Python 3 that virtual environments can be made of. */
export type Python = Readonly<z.infer<typeof pythonSchema>>;

const question = `
import importlib.util as u, json, os, platform, sys
print(json.dumps({
  "version": platform.python_version(),
  "base": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
  "machine": platform.machine(),
  "hasVenv": all(u.find_spec(name) for name in ("venv", "ensurepip")),
}))`;

/** @throws PipelineError REQUIREMENT_MISSING where there is no Python 3.9 or later. */
export async function findPython(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Python> {
  let answer: string;
  try {
    answer = (await run("python3", ["-I", "-c", question], { env: environment, signal })).stdout;
  } catch (thrown) {
    signal.throwIfAborted();
    throw new PipelineError("REQUIREMENT_MISSING", {
      message: isMissing(thrown) ? "python3 is not on the PATH" : "python3 is on the PATH, but does not run",
      hint: hint("install Python 3.9 or later", "python3 python3-venv", "python"),
      cause: thrown,
    });
  }
  const python = pythonSchema.parse(JSON.parse(answer));
  const [major = 0, minor = 0] = python.version.split(".").map(Number);
  if (major < 3 || minor < 9) {
    throw new PipelineError("REQUIREMENT_MISSING", {
      message: `python3 is Python ${python.version}; SQLMesh needs 3.9 or later`,
      hint: hint("install a later one and put it first on the PATH", "python3 python3-venv", "python"),
    });
  }
  return python;
}

export function venvMissing(python: Python, platform: string = process.platform): PipelineError {
  const [major, minor] = python.version.split(".");
  return new PipelineError("REQUIREMENT_MISSING", {
    message: `Python ${python.version} (${python.base}) cannot make virtual environments: its modules venv or ensurepip are missing`,
    hint: hint("install them", `python${major}.${minor}-venv`, "python", platform),
  });
}

function hint(what: string, debian: string, brew: string, platform: string = process.platform): string {
  return platform === "darwin"
    ? `${what}: brew install ${brew}`
    : `${what}: apt install ${debian}, or your system's packages`;
}

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
