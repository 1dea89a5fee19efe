import type { RunDetails, RunList } from "../../restatement/history.js";
import type { WarehouseStatus } from "../../status/status.js";
import { defineCommand, withExamples } from "../command.js";
import { countOption } from "../program.js";
import { refuseBlank } from "../start-options.js";

export const runs = defineCommand<{ readonly limit: number }, RunList>({
  configure: (command) =>
    withExamples(
      command.option("-n, --limit <count>", "how many, newest first", countOption, 20),
      "oso-pipeline runs",
      "oso-pipeline runs --limit 100 --json",
    ),
  run: async ({ limit }, app) => ({ result: await (await app.history()).runs(limit) }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/runs.js")).renderRuns(result, terminal),
});

export const show = defineCommand<object, RunDetails>({
  configure: (command) =>
    withExamples(
      command.argument("<run>", "id of the run, or its unambiguous start"),
      "oso-pipeline show 20261121-142051-3f9a",
      "oso-pipeline show 20261121-142051-3f9a --json",
    ),
  run: async (_, app, [run = ""]) => {
    refuseBlank([run], "show names no run", "`oso-pipeline runs` lists them");
    return { result: await (await app.history()).show(run) };
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/show-run.js")).renderRunDetails(result, terminal),
});

export const status = defineCommand<object, WarehouseStatus>({
  configure: (command) => withExamples(command, "oso-pipeline status", "oso-pipeline status --json"),
  run: async (_, app) => (await app.status()).status(),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/status.js")).renderStatus(result, terminal),
});
