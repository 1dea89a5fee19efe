import { resolve } from "node:path";
import type { ApproveResult } from "../../report/text/approval.js";
import { defineCommand, withExamples } from "../command.js";
import { durationOption } from "../program.js";
import { looksLikeDigest, refuseBlank } from "../start-options.js";

interface ApproveOptions {
  /** Milliseconds. */
  readonly expires?: number;
  readonly comment?: string;
}

export const approve = defineCommand<ApproveOptions, ApproveResult>({
  configure: (command) =>
    withExamples(
      command
        .argument(
          "<plan>",
          "file of `plan --out`, or the digest that `plan` or a refused run shows, or its first 8 digits",
        )
        .option("--expires <duration>", "how long it holds (default: approval.expires)", durationOption)
        .option("--comment <text>", "why; kept with the approval"),
      "oso-pipeline approve plan.json",
      "oso-pipeline approve 3fa94c1e --expires 2d --comment 'agreed in the weekly meeting'",
    ),
  run: async ({ expires, comment }, app, [subject = ""]) => {
    refuseBlank([comment], "--comment says nothing", "give a text or leave it out");
    const request = { comment: comment ?? null, expiresMilliseconds: expires ?? null };
    if (looksLikeDigest(subject)) {
      const { result, failure } = await (
        await app.runs()
      ).approve({ digest: subject.toLowerCase(), plan: null, ...request });
      return { result: { ...result, file: null }, failure };
    }
    const { readPlanFile } = await import("../../config/plan-file.js");
    const plan = await readPlanFile(resolve(app.workingDirectory, subject), subject);
    const { result, failure } = await (await app.runs()).approve({ digest: plan.digest, plan, ...request });
    return { result: { ...result, file: subject }, failure };
  },
  ended: ({ result }) => (result === null ? [] : [{ kind: "approval", result }]),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/approval.js")).renderApproval(result, terminal),
});
