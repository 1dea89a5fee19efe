import type { PlanResult } from "../../restatement/run.js";
import { defineCommand, withExamples } from "../command.js";
import { type RunOptions, runOptions, runRequest } from "../run-options.js";

export const plan = defineCommand<RunOptions, PlanResult>({
  configure: (command) =>
    withExamples(
      runOptions(command),
      "oso-pipeline plan --restate oso.stg_github__events",
      "oso-pipeline plan --restate-category project --json",
    ),
  run: async (options, app) => (await app.runs()).plan(await runRequest(options, app)),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/plan.js")).renderPlan(result, terminal),
});
