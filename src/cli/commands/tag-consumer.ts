import type { PublishResult } from "../../release/publish.js";
import type { VerificationResult } from "../../verification/verify.js";
import { defineCommand, withExamples } from "../command.js";
import { type ReportFileOption, reportOnPublication, withReportFile } from "../report-file.js";

interface TagConsumerOptions extends ReportFileOption {
  readonly toHash?: string;
  readonly dryRun?: boolean;
  readonly create?: boolean;
  readonly withoutVerification?: boolean;
  readonly reason?: string;
}

export const tagConsumer = defineCommand<TagConsumerOptions, PublishResult<VerificationResult>>({
  configure: (command) =>
    withExamples(
      withReportFile(
        command
          .option(
            "--to-hash <hash>",
            "commit of main or of an earlier release, full or unambiguous (default: main's head)",
          )
          .option("--dry-run", "show what would move, without verifying or moving anything")
          .option("--create", "make the tag if Nessie has none")
          .option(
            "--without-verification",
            "publish what is not verified; needs --reason, is recorded and shown",
          )
          .option("--reason <text>", "why, for the ledger"),
      ),
      "oso-pipeline tag-consumer",
      "oso-pipeline tag-consumer --to-hash 366be0c8",
      "oso-pipeline tag-consumer --dry-run",
      "oso-pipeline tag-consumer --report release.html",
      "oso-pipeline tag-consumer --without-verification --reason 'Trino is down, the numbers were looked at by hand'",
    ),
  run: async ({ toHash, dryRun, create, withoutVerification, reason, ...options }, app) => {
    const outcome = await (
      await app.releases()
    ).publish({
      toHash: toHash ?? null,
      dryRun: dryRun ?? false,
      create: create ?? false,
      withoutVerification: withoutVerification ?? false,
      reason: reason ?? null,
      run: null,
    });
    await reportOnPublication(options, app, outcome.result);
    return outcome;
  },
  ended: (end, { dryRun }) => (dryRun ? [] : [{ kind: "publication", isRollback: false, ...end }]),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/release.js")).renderPublish(result, terminal),
});
