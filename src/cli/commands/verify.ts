import type { VerificationResult } from "../../verification/verify.js";
import { defineCommand, withExamples } from "../command.js";
import { collect } from "../program.js";
import { type ReportFileOption, reportOn, withReportFile } from "../report-file.js";

interface VerifyOptions extends ReportFileOption {
  readonly at: string;
  readonly select?: readonly string[];
  readonly all?: boolean;
}

export const verify = defineCommand<VerifyOptions, VerificationResult>({
  configure: (command) =>
    withExamples(
      withReportFile(
        command
          .option("--at <commit>", "main, consumer, a release, or a commit hash", "main")
          .option("--select <selector>", "check only these models; repeatable", collect)
          .option("--all", "look at everything anew, also at what has not changed since it was verified"),
      ),
      "oso-pipeline verify",
      "oso-pipeline verify --at consumer",
      "oso-pipeline verify --report checks.xml",
      "oso-pipeline verify --select 'oso.stg_*' --json",
    ),
  run: async ({ at, select, all, ...options }, app) => {
    const releases = await app.releases();
    const [target, seen] = await Promise.all([releases.resolve(at), releases.seen()]);
    // Whether readers still can read is not told by what could be read once.
    const isSeen = seen?.at === target.at;
    const outcome = await (
      await app.verification()
    ).verify({
      target,
      select: select ?? [],
      all: (all ?? false) || isSeen,
      seen,
    });
    await reportOn(options, app, (reports) => reports.ofVerification());
    return outcome;
  },
  ended: (end, { at, select }) => [
    { kind: "verification", target: select === undefined ? at : `${at} (${select.join(", ")})`, ...end },
  ],
  render: async ({ result }, terminal) =>
    (await import("../../report/text/verification.js")).renderVerification(result, terminal, {
      passed: true,
    }),
});
