import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PipelineError } from "../../core/errors.js";
import { PRODUCTION } from "../../core/model.js";
import type { UpResult } from "../../localstack/stack.js";
import type { DemoSummary, Sight } from "../../report/text/demo.js";
import type { RunRequest } from "../../restatement/request.js";
import type { RunOptions } from "../../restatement/run-options.js";
import type { QueryEngine } from "../../verification/ports.js";
import type { App } from "../app.js";
import { defineCommand, withExamples } from "../command.js";
import { type LocalOptions, stackOf, withStackOptions } from "../local-stack.js";

/** What the demonstration did and what readers see at its end. */
export type DemoResult = DemoSummary & { readonly stack: UpResult };

const SAMPLE = fileURLToPath(new URL("../../../seeds/", import.meta.url));
const RESTATED = "oso.stg_ossd__current_projects";
const MARTS = [
  "projects_v1",
  "collections_v1",
  "key_metrics_by_project_v0",
  "timeseries_metrics_by_project_v0",
];

export const demo = defineCommand<LocalOptions, DemoResult>({
  configure: (command) => withExamples(withStackOptions(command), "oso-pipeline local demo"),
  run: async (options, app) => {
    const stack = await (await stackOf(options, app)).up(app.signal);
    const config = await prepare(stack, app.workingDirectory);
    const sample = app.forConfiguration(config);
    const [runs, releases, queries] = [await sample.runs(), await sample.releases(), await sample.queries()];

    const first = await runs.run(request([]), start);
    if (first.failure) throw first.failure;
    const restatement = await runs.run(request([RESTATED]), start);
    if (restatement.failure) throw restatement.failure;
    const before = await look(queries, app);
    const publication = await releases.publish({
      toHash: null,
      dryRun: false,
      create: false,
      withoutVerification: false,
      reason: null,
      run: restatement.result.run,
    });
    const after = await look(queries, app);
    return {
      result: {
        stack,
        config: relative(app.workingDirectory, config),
        firstRun: first.result,
        restatement: restatement.result,
        publication: publication.result,
        before,
        after,
      },
      failure: publication.failure,
    };
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/demo.js")).renderDemo(result, terminal),
});

const request = (restateModels: readonly string[]): RunRequest => ({
  environment: PRODUCTION,
  restateModels,
  restateCategories: [],
  start: null,
  end: null,
  skipTests: false,
  allowDestructiveModels: [],
});

/** The demonstration has been asked for, and that is the answer. */
const start: RunOptions = {
  runKey: null,
  force: false,
  plan: null,
  waitMilliseconds: 0,
  approval: null,
  yes: true,
  confirm: null,
};

/**
 * Writes the sample's configuration and the addresses of this stack into a folder of their own, where the commands
 * that follow find both. Run again it writes the same.
 */
async function prepare({ services, python }: UpResult, workingDirectory: string): Promise<string> {
  const folder = join(workingDirectory, ".oso-pipeline", "demo");
  const addressOf = (name: string): string =>
    services.find((service) => service.name === name)?.address ?? "";
  const trino = new URL(addressOf("trino"));
  const variables = {
    OSO_PIPELINE__SQLMESH__PROJECT: SAMPLE,
    OSO_PIPELINE__SQLMESH__PYTHON: python,
    OSO_PIPELINE__TRINO__URL: trino.origin,
    OSO_PIPELINE__NESSIE__URI: addressOf("nessie"),
    OSO_SAMPLE_TRINO_HOST: trino.hostname,
    OSO_SAMPLE_TRINO_PORT: trino.port,
    OSO_SAMPLE_STATE: join(folder, "state.db"),
    OSO_SAMPLE_CACHE: join(folder, "cache"),
  };
  await mkdir(folder, { recursive: true });
  const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  await writeFile(join(folder, ".env"), `# Written by \`oso-pipeline local demo\`.\n${lines.join("\n")}\n`);
  const config = join(folder, "oso-pipeline.yaml");
  await copyFile(join(SAMPLE, "oso-pipeline.yaml"), config);
  return config;
}

/** Rows of each mart through both catalogs. */
async function look(queries: QueryEngine, app: App): Promise<readonly Sight[]> {
  const rows = async (catalog: string, table: string): Promise<bigint | null> => {
    try {
      const {
        rows: [row],
      } = await queries.query(`SELECT count(*) FROM ${catalog}.oso.${table}`, { signal: app.signal });
      return BigInt(String(row?.[0]));
    } catch (thrown) {
      // Before the first release readers have neither schema nor table.
      if (thrown instanceof PipelineError && thrown.code === "QUERY_FAILED") return null;
      throw thrown;
    }
  };
  return Promise.all(
    MARTS.map(async (table) => ({
      table: `oso.${table}`,
      producer: await rows("iceberg", table),
      consumer: await rows("iceberg_consumer", table),
    })),
  );
}
