import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import type { Envelope } from "../../src/report/envelope.js";
import { createTrinoClient } from "../../src/trino/client.js";

const root = join(import.meta.dirname, "../..");

export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The result of `--json`; absent when stdout is no JSON. */
  readonly json: Envelope;
}

export interface CliOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A working folder with the sample warehouse's configuration, bound to the test run's stack. */
export class Warehouse {
  private constructor(
    readonly folder: string,
    /** What its configuration and its models read, beside the environment of the tests themselves. */
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** @param name keeps its SQLMesh state apart from other warehouses on the same stack. */
  static async create(name: string, environment: Readonly<Record<string, string>> = {}): Promise<Warehouse> {
    const folder = await mkdtemp(join(tmpdir(), `oso-pipeline-${name}-`));
    const trino = new URL(inject("stack").trinoUrl);
    await writeFile(
      join(folder, "oso-pipeline.yaml"),
      await readFile(join(root, "seeds/oso-pipeline.yaml"), "utf8"),
    );
    return new Warehouse(folder, {
      OSO_PIPELINE__SQLMESH__PROJECT: join(root, "seeds"),
      OSO_PIPELINE__SQLMESH__PYTHON: inject("stack").python,
      OSO_PIPELINE__TRINO__URL: inject("stack").trinoUrl,
      OSO_PIPELINE__NESSIE__URI: inject("stack").nessieUri,
      OSO_SAMPLE_TRINO_HOST: trino.hostname,
      OSO_SAMPLE_TRINO_PORT: trino.port,
      OSO_SAMPLE_STATE: join(folder, "state.db"),
      OSO_SAMPLE_CACHE: join(folder, "cache"),
      ...environment,
    });
  }

  /** Runs the built command line in the folder, as a person would. */
  cli(args: readonly string[], { environment = {}, signal }: CliOptions = {}): Promise<CliRun> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(root, "bin/oso-pipeline.js"), ...args], {
        cwd: this.folder,
        env: { ...process.env, NO_COLOR: "1", ...this.environment, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
        ...(signal ? { signal, killSignal: "SIGKILL" as const } : {}),
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("error", reject);
      child.on("close", (exitCode) => {
        resolve({
          exitCode,
          stdout,
          stderr,
          get json() {
            return JSON.parse(stdout) as Envelope;
          },
        });
      });
    });
  }

  /** Like `cli`, with --json, and fails the test with everything printed when the exit code is another. */
  async run<R = unknown>(exitCode: number, args: readonly string[], options?: CliOptions): Promise<R> {
    const run = await this.cli([...args, "--json"], options);
    if (run.exitCode !== exitCode) {
      throw new Error(
        `oso-pipeline ${args.join(" ")} ended with ${run.exitCode}\n${run.stdout}\n${run.stderr}`,
      );
    }
    return run.json.result as R;
  }

  /** Puts other text into the configuration. */
  async configure(change: (yaml: string) => string): Promise<void> {
    const file = join(this.folder, "oso-pipeline.yaml");
    await writeFile(file, change(await readFile(file, "utf8")));
  }

  async write(name: string, text: string): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, text);
    return file;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Asks Trino directly, past everything under test. */
export async function query(sql: string): Promise<readonly (readonly unknown[])[]> {
  const trino = createTrinoClient({ server: inject("stack").trinoUrl, user: "test" });
  return (await trino.query(sql)).rows;
}

/** Where a Nessie reference stands, asked directly. */
export async function hashOf(reference: string): Promise<string> {
  const reply = await fetch(`${inject("stack").nessieUri}/trees/${encodeURIComponent(reference)}`);
  if (!reply.ok) throw new Error(`Nessie has no ${reference}: ${reply.status}`);
  return ((await reply.json()) as { reference: { hash: string } }).reference.hash;
}

/** What readers read, as the marker of the release tells any of them. */
export async function readersRelease(): Promise<{ readonly number: number; readonly base: string }> {
  const [row] = await query("SELECT number, base FROM iceberg_consumer.oso_pipeline.release");
  return { number: Number(row?.[0]), base: String(row?.[1]) };
}

/** Puts a tag somewhere past everything under test, as anybody with the right can. */
export async function moveTagByHand(tag: string, target: string): Promise<void> {
  const nessie = inject("stack").nessieUri;
  const reply = await fetch(`${nessie}/trees/${tag}@${await hashOf(tag)}?type=TAG`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "DETACHED", hash: target }),
  });
  if (!reply.ok) throw new Error(`Nessie did not move ${tag}: ${reply.status} ${await reply.text()}`);
}

/** Lets main advance by one commit that no model knows. */
export async function commitSomethingElse(): Promise<string> {
  const name = `advance_${Date.now()}_${Math.floor(Math.random() * 1e6)}`;
  await query(`CREATE SCHEMA iceberg.${name}`);
  return hashOf("main");
}

/** Takes the sample warehouse out of the catalogue, so that another test can build it anew. */
export const dropSample = (): Promise<void> =>
  dropSchemas(["oso", "sqlmesh__oso", "oso__dev", "oso__dev_seeds"]);

/** Takes schemas and all that is in them out of the producer's catalogue. */
export async function dropSchemas(schemas: readonly string[]): Promise<void> {
  for (const schema of schemas) {
    const existing = await query(
      `SHOW SCHEMAS FROM iceberg LIKE '${schema.replaceAll("_", "\\_")}' ESCAPE '\\'`,
    );
    if (existing.length === 0) continue;
    const tables = await query(
      `SELECT table_name, table_type FROM iceberg.information_schema.tables WHERE table_schema = '${schema}'`,
    );
    for (const [table, type] of tables) {
      await query(`DROP ${type === "VIEW" ? "VIEW" : "TABLE"} iceberg."${schema}"."${String(table)}"`);
    }
    await query(`DROP SCHEMA iceberg."${schema}"`);
  }
}
