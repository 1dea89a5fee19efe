import { PipelineError } from "../../core/errors.js";
import type { AbandonResult, RunResult } from "../../restatement/run-result.js";
import { defineCommand, withExamples } from "../command.js";
import { collect } from "../program.js";
import { type ReportFileOption, reportOn, withReportFile } from "../report-file.js";
import { refuseBlank, type StartOptions, startOptions, withStartOptions } from "../start-options.js";

type ResumeCommandOptions = StartOptions &
  ReportFileOption & {
    readonly abandon?: boolean;
    readonly written?: readonly string[];
    readonly rebuild?: readonly string[];
  };

export type ResumeResult =
  ({ readonly outcome: "resumed" } & RunResult) | ({ readonly outcome: "abandoned" } & AbandonResult);

export const resume = defineCommand<ResumeCommandOptions, ResumeResult>({
  configure: (command) =>
    withExamples(
      withReportFile(
        withStartOptions(
          command
            .argument("[run]", "id of the run, or its unambiguous start (default: the unfinished one)")
            .option("--abandon", "give the run up: what it has not restated stays as it was")
            .option(
              "--written <model>",
              "take this model's batch in flight as written: this batch and nothing after it; repeatable",
              collect,
            )
            .option(
              "--rebuild <model>",
              "restate this model and what reads it again, from the first batch; repeatable",
              collect,
            ),
        ),
      ),
      "oso-pipeline resume",
      "oso-pipeline resume 20261121-142051-3f9a --wait 10m",
      "oso-pipeline resume 20261121-142051-3f9a --written oso.repositories_history",
      "oso-pipeline resume 20261121-142051-3f9a --abandon",
    ),
  run: async (options, app, [run]) => {
    const { abandon, written = [], rebuild = [] } = options;
    refuseBlank([run], "resume names no run", "`oso-pipeline runs` lists them");
    refuseBlank(
      [...written, ...rebuild],
      "--written and --rebuild name a model",
      "e.g. `--written oso.repositories_history`",
    );
    const runs = await app.runs();
    if (abandon) {
      refuseWithAbandon(options);
      const { result, failure } = await runs.abandon(run ?? null);
      return { result: { outcome: "abandoned", ...result }, failure };
    }
    const both = written.find((model) => rebuild.includes(model));
    if (both !== undefined) {
      throw new PipelineError("USAGE", {
        message: `${both} is both --written and --rebuild`,
        hint: "--written leaves its batch as it is, --rebuild restates all of the model: name it once",
      });
    }
    const { result, failure } = await runs.resume(run ?? null, {
      ...startOptions(options, app),
      written,
      rebuild,
    });
    await reportOn(options, app, (reports) => reports.ofRun(result.run));
    return { result: { outcome: "resumed", ...result }, failure };
  },
  ended: ({ result, failure }) =>
    result?.outcome === "abandoned" ? [] : [{ kind: "run", environment: null, result, failure }],
  render: async ({ result, failure }, terminal) =>
    result.outcome === "abandoned"
      ? (await import("../../report/text/approval.js")).renderAbandoned(result, terminal)
      : (await import("../../report/text/run.js")).renderRun(result, terminal, { failure, next: true }),
});

function refuseWithAbandon({ approval, yes, wait, written, rebuild, report }: ResumeCommandOptions): void {
  const given = Object.entries({ approval, yes, wait, written, rebuild, report }).find(
    ([, value]) => value !== undefined,
  );
  if (!given) return;
  throw new PipelineError("USAGE", {
    message: `--abandon gives the run up, so --${given[0]} has no meaning with it`,
    hint: "leave one of the two out",
  });
}
