import { InvalidArgumentError } from "commander";
import type { SeedResult } from "../../seeds/result.js";
import { type CommandGroup, defineCommand, withExamples } from "../command.js";
import { collect } from "../program.js";

interface SeedOptions {
  readonly rows: number;
  readonly name?: string;
  readonly owner?: string;
  readonly category?: readonly string[];
  readonly allowColumn?: readonly string[];
  readonly leaveOut?: readonly string[];
  readonly environment: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

const FEWEST = 5;
const MOST = 10;

const add = defineCommand<SeedOptions, SeedResult>({
  configure: (command) =>
    withExamples(
      command
        .argument("<table>", "catalog.schema.table, or schema.table of the producer catalog")
        .option("--rows <count>", `rows of the seed, ${FEWEST} to ${MOST}`, rowsOption, 8)
        .option("--name <name>", "<source>__<table> (default: of the table's schema and name)")
        .option("--owner <owner>", "of both models (default: who owns most staging models)")
        .option("--category <name>", "entity category of both models, repeatable", collect)
        .option(
          "--allow-column <column>",
          "write it as it is, neither masked nor set to now; repeatable",
          collect,
        )
        .option("--leave-out <column>", "leave it out; repeatable", collect)
        .option("--environment <name>", "SQLMesh environment to try it in", "dev_seeds")
        .option("--dry-run", "show the rows and files, write and build nothing")
        .option("--force", "replace files that are there"),
      "oso-pipeline seed add tpch.sf1.customer --name tpch__customers",
      "oso-pipeline seed add iceberg.github.events --rows 10 --category event --dry-run",
      "oso-pipeline seed add github.events --allow-column actor_login --leave-out payload_hash",
    ),
  run: async (options, app, [table = ""]) =>
    (await app.seeds()).add({
      table,
      rows: options.rows,
      name: options.name ?? null,
      owner: options.owner ?? null,
      categories: options.category ?? [],
      allowColumns: options.allowColumn ?? [],
      leaveOut: options.leaveOut ?? [],
      environment: options.environment,
      dryRun: options.dryRun ?? false,
      force: options.force ?? false,
    }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/seed.js")).renderSeed(result, terminal),
});

function rowsOption(text: string): number {
  const rows = Number(text);
  if (!/^\d+$/.test(text) || rows < FEWEST || rows > MOST)
    throw new InvalidArgumentError(`A seed has ${FEWEST} to ${MOST} rows.`);
  return rows;
}

export const seed: CommandGroup = {
  commands: {
    add: {
      summary:
        "make a seed of a table: a few of its rows, a SEED model and a staging model, tried on SQLMesh",
      command: add,
    },
  },
};
