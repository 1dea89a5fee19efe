import { execFile } from "node:child_process";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";

const run = promisify(execFile);

/** What the releases of 2025 call is no longer in today's libraries; SQLMesh itself sets no upper bound. */
const OF_ITS_TIME = ["pandas<3", "duckdb<1.4", "dateparser<1.3"];

export interface Release {
  readonly version: string;
  readonly restates: boolean;
  readonly requirements: readonly string[];
}

const pinned = (version: string, restates: boolean, more: readonly string[]): Release => ({
  version,
  restates,
  requirements: [`sqlmesh==${version}`, ...more],
});

export const releases: readonly Release[] = [
  pinned("0.200.0", false, OF_ITS_TIME),
  pinned("0.217.0", false, OF_ITS_TIME),
  pinned("0.218.0", true, OF_ITS_TIME),
  pinned("0.227.1", true, OF_ITS_TIME),
  pinned("0.236.4", true, []),
  { version: "newest", restates: true, requirements: ["sqlmesh"] },
];

/** The interpreter of an environment with that release, in the user's cache; built once, the newest brought up to date. */
export async function interpreterFor({ version, requirements }: Release): Promise<string> {
  const folder = join(envPaths("oso-pipeline", { suffix: "" }).cache, "sqlmesh-matrix", version);
  const python = join(folder, "bin", "python");
  const complete = join(folder, "complete");
  const isComplete = await access(complete).then(
    () => true,
    () => false,
  );
  if (isComplete && version !== "newest") return python;
  if (!isComplete) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await run("python3", ["-m", "venv", folder]);
  }
  await run(python, ["-m", "pip", "install", "--quiet", "--upgrade", ...requirements]);
  await writeFile(complete, `${requirements.join("\n")}\n`);
  return python;
}
