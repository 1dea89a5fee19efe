import type { PublishResult } from "../../release/publish.js";
import type { VerificationResult } from "../../verification/verify.js";
import { defineCommand, withExamples } from "../command.js";

interface TagConsumerOptions {
  readonly toHash?: string;
  readonly dryRun?: boolean;
  readonly create?: boolean;
}

export const tagConsumer = defineCommand<TagConsumerOptions, PublishResult<VerificationResult>>({
  configure: (command) =>
    withExamples(
      command
        .option(
          "--to-hash <hash>",
          "commit of main or of an earlier release, full or unambiguous (default: main's head)",
        )
        .option("--dry-run", "show what would move, without verifying or moving anything")
        .option("--create", "make the tag if Nessie has none"),
      "oso-pipeline tag-consumer",
      "oso-pipeline tag-consumer --to-hash 366be0c8",
      "oso-pipeline tag-consumer --dry-run",
    ),
  run: async ({ toHash, dryRun, create }, app) =>
    (await app.releases()).publish({
      toHash: toHash ?? null,
      dryRun: dryRun ?? false,
      create: create ?? false,
    }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/release.js")).renderPublish(result, terminal),
});
