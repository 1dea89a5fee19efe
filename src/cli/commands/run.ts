import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { PipelineError } from "../../core/errors.js";
import { PRODUCTION } from "../../core/model.js";
import type { PublishResult } from "../../release/publish.js";
import type { RestatementPlan } from "../../restatement/restatement-plan.js";
import { auditsOf, type RunResult } from "../../restatement/run-result.js";
import type { VerificationResult } from "../../verification/verify.js";
import type { App } from "../app.js";
import { defineCommand, withExamples } from "../command.js";
import { type ReportFileOption, reportOn, withReportFile } from "../report-file.js";
import { refuseSelection, runRequest, type SelectionOptions, withSelection } from "../selection-options.js";
import { type StartOptions, startOptions, withStartOptions } from "../start-options.js";

type RunCommandOptions = SelectionOptions &
  StartOptions &
  ReportFileOption & {
    readonly plan?: string;
    readonly runKey?: string;
    readonly force?: boolean;
    readonly publish?: boolean;
  };

export type RunAndPublishResult = RunResult & {
  /** Null without --publish, and when the run failed. */
  readonly publication: PublishResult<VerificationResult> | null;
  /** Which of the two the error is about; null where there is none. */
  readonly failedStage: "run" | "publish" | null;
};

export const run = defineCommand<RunCommandOptions, RunAndPublishResult>({
  configure: (command) =>
    withExamples(
      withReportFile(
        withStartOptions(
          withSelection(command).option("--plan <file>", "restate exactly what `plan --out` has saved"),
        ),
      )
        .option(
          "--run-key <key>",
          "what starts this run: the same key goes on with what it began, and does nothing once that is done",
          keyOption,
        )
        .option("--force", "start anew what the same --run-key, Dagster run or GitHub job has finished")
        .option("--publish", "verify main afterwards and move the consumer tag to it"),
      "oso-pipeline run",
      "oso-pipeline run --restate oso.stg_github__events --start 2024-01-01 --end 2024-01-31",
      "oso-pipeline run --restate-category project --yes --publish",
      "oso-pipeline run --plan plan.json --approval 3fa94c1e",
      "oso-pipeline run --restate oso.stg_github__events --report report.html",
      "oso-pipeline run --launchpad launchpad.yaml --run-key weekly-2026-47 --wait 30m",
    ),
  run: async (options, app) => {
    const plan = await savedPlan(options, app);
    const request = plan?.request ?? (await runRequest(options, app));
    if (options.publish && request.environment !== PRODUCTION) {
      throw new PipelineError("USAGE", {
        message: `--publish publishes prod, but the run is in ${request.environment}`,
        hint: "leave one of the two out",
      });
    }
    const { result, failure } = await (
      await app.runs()
    ).run(request, {
      ...startOptions(options, app),
      runKey: options.runKey ?? null,
      force: options.force ?? false,
      plan,
    });
    const report = async (): Promise<void> => reportOn(options, app, (reports) => reports.ofRun(result.run));
    if (failure || !options.publish) {
      await report();
      return { result: { ...result, publication: null, failedStage: failure ? "run" : null }, failure };
    }
    const published = await publishedOrNot(async () =>
      (await app.releases()).publish({
        toHash: null,
        dryRun: false,
        create: false,
        withoutVerification: false,
        reason: null,
        run: result.run,
      }),
    );
    await report();
    // What the run did is told, whatever kept it from being published.
    if (published instanceof PipelineError)
      return { result: { ...result, publication: null, failedStage: "publish" }, failure: published };
    const { verification } = published.result;
    const publication = {
      ...published.result,
      verification: verification && { ...verification, audits: { run: result.run, ...auditsOf(result) } },
    };
    return {
      result: { ...result, publication, failedStage: published.failure ? "publish" : null },
      failure: published.failure,
    };
  },
  ended: ({ result, failure }, { environment }) => {
    const isPublishing = result?.failedStage === "publish";
    return [
      { kind: "run", environment: environment ?? null, result, failure: isPublishing ? null : failure },
      ...(isPublishing || result?.publication
        ? [{ kind: "publication" as const, isRollback: false, result: result.publication, failure }]
        : []),
    ];
  },
  render: async ({ result, failure }, terminal) => {
    const { renderRun } = await import("../../report/text/run.js");
    const ran = renderRun(result, terminal, { failure, next: result.publication === null });
    if (!result.publication) return ran;
    const { renderPublish } = await import("../../report/text/release.js");
    return `${ran}\n\n${renderPublish(result.publication, terminal)}`;
  },
});

/** What kept it from being published is a result beside that of the run. */
async function publishedOrNot<T>(publish: () => Promise<T>): Promise<T | PipelineError> {
  try {
    return await publish();
  } catch (thrown) {
    if (thrown instanceof PipelineError) return thrown;
    throw thrown;
  }
}

async function savedPlan(options: RunCommandOptions, app: App): Promise<RestatementPlan | null> {
  if (options.plan === undefined) return null;
  refuseSelection(options);
  const { readPlanFile } = await import("../../config/plan-file.js");
  return readPlanFile(resolve(app.workingDirectory, options.plan), options.plan);
}

function keyOption(text: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError("A key is 1 to 200 letters, digits and signs without blanks.");
}
