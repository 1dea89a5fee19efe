import { resolve } from "node:path";
import { PipelineError } from "../../core/errors.js";
import { asksToRestate } from "../../restatement/request.js";
import type { PlanResult } from "../../restatement/run-result.js";
import { defineCommand, withExamples } from "../command.js";
import { runRequest, type SelectionOptions, withSelection } from "../selection-options.js";

type PlanOptions = SelectionOptions & { readonly out?: string };

export const plan = defineCommand<PlanOptions, PlanResult>({
  configure: (command) =>
    withExamples(
      withSelection(command).option(
        "--out <file>",
        "save the restatement plan, for `approve` and `run --plan`",
      ),
      "oso-pipeline plan --restate oso.stg_github__events",
      "oso-pipeline plan --restate oso.stg_github__events --out plan.json",
      "oso-pipeline plan --restate-category project --json",
    ),
  run: async (options, app) => {
    const { out } = options;
    const request = await runRequest(options, app);
    if (out !== undefined && !asksToRestate(request)) {
      throw new PipelineError("USAGE", {
        message: "--out saves a restatement plan, but nothing is asked to be restated",
        hint: "add --restate or --restate-category, or leave --out out",
      });
    }
    const { result, failure } = await (await app.runs()).plan(request);
    if (out === undefined || !result.restatement) return { result, failure };
    const { writePlanFile } = await import("../../config/plan-file.js");
    await writePlanFile(resolve(app.workingDirectory, out), out, result.restatement);
    return { result: { ...result, file: out }, failure };
  },
  ended: ({ result }) => (result === null ? [] : [{ kind: "plan", result }]),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/plan.js")).renderPlan(result, terminal),
});
