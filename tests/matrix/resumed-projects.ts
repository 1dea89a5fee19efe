import { execFile } from "node:child_process";
import { cp, mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BridgeOptions, type SqlMeshClient, startBridge } from "../../src/sqlmesh/client.js";
import { deploy } from "../support/bridge-scenario.js";

const sampleProject = fileURLToPath(new URL("resumed", import.meta.url));

/** When production was built, where a test does not say otherwise. */
const BUILT = "2024-02-01T00:00:00.000Z";

export const quiet = (): void => undefined;

export async function copiedProject(): Promise<string> {
  const project = await realpath(await mkdtemp(join(tmpdir(), "oso-pipeline-matrix-")));
  await cp(sampleProject, project, { recursive: true });
  return project;
}

/** Copies of tests/matrix/resumed, and what is done with them with one release of SQLMesh. */
export function projectsWith(python: () => string) {
  /** One process of the bridge. */
  const using = async <T>(
    project: string,
    work: (client: SqlMeshClient) => Promise<T>,
    options: Partial<BridgeOptions> = {},
  ): Promise<T> => {
    const client = startBridge({
      python: python(),
      project,
      log: { directory: join(project, "logs") },
      ...options,
      environment: { ...process.env, ...options.environment },
    });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };

  const built = async (executionTime = BUILT): Promise<string> => {
    const project = await copiedProject();
    await using(project, async (client) => {
      const plan = await client.plan({ ...deploy, executionTime });
      const { status } = await client.apply(plan.planId, quiet);
      if (status !== "succeeded") throw new Error(`the first build ${status}, see ${client.logFile}`);
    });
    return project;
  };

  /** What a Python program prints that runs in the project. */
  const run = async (
    project: string,
    program: string,
    variables: Record<string, string> = {},
  ): Promise<string> => {
    const options = { cwd: project, env: { ...process.env, ...variables } };
    const { stdout } = await promisify(execFile)(python(), ["-c", program], options);
    return stdout;
  };

  /** Every row that production shows, one line per model. */
  const data = (project: string): Promise<string> =>
    run(
      project,
      `import duckdb
warehouse = duckdb.connect("warehouse.db", read_only=True)
for model in ("daily", "totals", "history", "log", "report"):
    print(model, sorted(map(str, warehouse.execute(f"SELECT * FROM lab.{model}").fetchall())))`,
    );

  return { using, built, run, data };
}
