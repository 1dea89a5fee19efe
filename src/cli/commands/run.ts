import { PipelineError } from "../../core/errors.js";
import { PRODUCTION } from "../../core/model.js";
import type { PublishResult } from "../../release/publish.js";
import type { RunResult } from "../../restatement/run.js";
import type { VerificationResult } from "../../verification/verify.js";
import { defineCommand, withExamples } from "../command.js";
import { type RunOptions, runOptions, runRequest } from "../run-options.js";

type RunAndPublishResult = RunResult & {
  /** Null without --publish, and when the run failed. */
  readonly publication: PublishResult<VerificationResult> | null;
};

export const run = defineCommand<RunOptions & { publish?: boolean }, RunAndPublishResult>({
  configure: (command) =>
    withExamples(
      runOptions(command).option("--publish", "verify main afterwards and move the consumer tag to it"),
      "oso-pipeline run",
      "oso-pipeline run --restate oso.stg_github__events --start 2024-01-01 --end 2024-01-31",
      "oso-pipeline run --restate-category project --publish",
      "oso-pipeline run --launchpad launchpad.yaml",
    ),
  run: async (options, app) => {
    const request = await runRequest(options, app);
    if (options.publish && request.environment !== PRODUCTION) {
      throw new PipelineError("USAGE", {
        message: `--publish publishes prod, but the run is in ${request.environment}`,
        hint: "leave one of the two out",
      });
    }
    const { result, failure } = await (await app.runs()).run(request);
    if (failure || !options.publish) return { result: { ...result, publication: null }, failure };
    const published = await (await app.releases()).publish({ toHash: null, dryRun: false, create: false });
    return { result: { ...result, publication: published.result }, failure: published.failure };
  },
  render: async ({ result }, terminal) => {
    const { renderRun } = await import("../../report/text/run.js");
    const ran = renderRun(result, terminal, { next: result.publication === null });
    if (!result.publication) return ran;
    const { renderPublish } = await import("../../report/text/release.js");
    return `${ran}\n\n${renderPublish(result.publication, terminal)}`;
  },
});
