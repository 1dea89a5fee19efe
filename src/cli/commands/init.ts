import { Option } from "commander";
import type { InitResult } from "../../setup/init.js";
import type { Ci } from "../../setup/parts.js";
import type { ApprovalPolicy } from "../../setup/settings.js";
import { defineCommand, withExamples } from "../command.js";
import { collect } from "../program.js";

interface InitCommandOptions {
  readonly project?: string;
  readonly python?: string;
  readonly gateway?: string;
  readonly trinoUrl?: string;
  readonly trinoUser?: string;
  readonly producerCatalog?: string;
  readonly consumerCatalog?: string;
  readonly nessieUri?: string;
  readonly branch?: string;
  readonly consumerTag?: string;
  readonly approval?: ApprovalPolicy;
  readonly ci?: Ci;
  readonly checks: boolean;
  readonly force?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const init = defineCommand<InitCommandOptions, InitResult>({
  configure: (command) =>
    withExamples(
      command
        .option("--project <folder>", "the SQLMesh project (default: found above or below this folder)")
        .option(
          "--python <file>",
          "interpreter of its environment (default: the active one, or one beside the project)",
        )
        .option("--gateway <name>", "gateway to Trino (default: the project's default one)")
        .option("--trino-url <url>", "Trino (default: what the gateway says)")
        .option("--trino-user <name>", "user in Trino (default: what the gateway says)")
        .option(
          "--producer-catalog <name>",
          "catalog that SQLMesh writes to (default: what the gateway says)",
        )
        .option("--consumer-catalog <name>", "catalog that readers read (default: found in Trino)")
        .option("--nessie-uri <url>", "Nessie's REST API (default: found on Trino's host)")
        .option("--branch <name>", "branch that SQLMesh writes to (default: Nessie's default one)")
        .option("--consumer-tag <name>", "tag that readers see (default: consumer)")
        .addOption(
          new Option("--approval <policy>", "what restating production needs (default: prompt)").choices([
            "none",
            "prompt",
            "required",
          ]),
        )
        .addOption(
          new Option("--ci <kind>", "workflow to write (default: github, in a git repository)").choices([
            "github",
            "none",
          ]),
        )
        .option("--no-checks", "propose no checks of the data")
        .option("--force <file>", "write over this file, which is there and differs; repeatable", collect)
        .option("--dry-run", "show what would be written, and write nothing")
        .option("-y, --yes", "ask nothing: take what is found and said"),
      "oso-pipeline init",
      "oso-pipeline init --dry-run --yes",
      "oso-pipeline init --yes --project warehouse --gateway trino --nessie-uri http://localhost:19120/api/v2",
      "oso-pipeline init --yes --force oso-pipeline.yaml",
    ),
  run: async (options, app) => {
    const { yes = false, dryRun = false, ...said } = options;
    const result = await app.init(
      {
        project: said.project ?? null,
        python: said.python ?? null,
        gateway: said.gateway ?? null,
        trinoUrl: said.trinoUrl ?? null,
        trinoUser: said.trinoUser ?? null,
        producerCatalog: said.producerCatalog ?? null,
        consumerCatalog: said.consumerCatalog ?? null,
        nessieUri: said.nessieUri ?? null,
        branch: said.branch ?? null,
        consumerTag: said.consumerTag ?? null,
        approval: said.approval ?? null,
        ci: said.ci ?? null,
        checks: said.checks,
        force: said.force ?? [],
        dryRun,
      },
      !yes,
    );
    return { result };
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/init.js")).renderInit(result, terminal),
});
