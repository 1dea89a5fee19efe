import { PipelineError } from "../../core/errors.js";
import type { Comparison } from "../../release/diff.js";
import type { PublishResult } from "../../release/publish.js";
import type { RollbackResult } from "../../report/text/rollback.js";
import type { VerificationResult } from "../../verification/result.js";
import type { App } from "../app.js";
import { defineCommand, withExamples } from "../command.js";
import { type ReportFileOption, reportOnPublication, withReportFile } from "../report-file.js";

interface RollbackOptions extends ReportFileOption {
  readonly dryRun?: boolean;
  readonly reason?: string;
}

export const rollback = defineCommand<RollbackOptions, RollbackResult>({
  configure: (command) =>
    withExamples(
      withReportFile(
        command
          .argument("[release]", "number of the release to go back to (default: the one before)")
          .option("--dry-run", "show what readers would see, without verifying or moving anything")
          .option("--reason <text>", "why, for the ledger"),
      ),
      "oso-pipeline rollback --dry-run",
      "oso-pipeline rollback",
      "oso-pipeline rollback 5 --reason 'the events of last week are counted twice'",
    ),
  run: async ({ dryRun = false, reason, ...options }, app, [release]) => {
    const { result, failure } = await (
      await app.releases()
    ).rollback({ to: release === undefined ? null : numberOf(release), dryRun, reason: reason ?? null });
    await reportOnPublication(options, app, result);
    return { result: { ...result, changes: await changesFor(result, dryRun, app) }, failure };
  },
  ended: (end, { dryRun }) => (dryRun ? [] : [{ kind: "publication", isRollback: true, ...end }]),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/rollback.js")).renderRollback(result, terminal),
});

/** Commits do not change, so that this can be told afterwards; and no way back fails because it could not. */
async function changesFor(
  { from, to, rollbackTo, outcome }: PublishResult<VerificationResult>,
  dryRun: boolean,
  app: App,
): Promise<Comparison | null> {
  if (from === null || outcome === "already-there") return null;
  const history = await app.releaseHistory();
  const target = { asked: String(rollbackTo ?? to), base: to, at: to, release: rollbackTo };
  try {
    return await history.compare({ asked: "consumer", ...from }, target, false);
  } catch (thrown) {
    if (dryRun || !(thrown instanceof PipelineError)) throw thrown;
    return null;
  }
}

function numberOf(release: string): number {
  if (/^[1-9]\d{0,14}$/.test(release)) return Number(release);
  throw new PipelineError("USAGE", {
    message: `"${release}" is not the number of a release`,
    hint: "`oso-pipeline releases` lists them; for a commit there is `oso-pipeline tag-consumer --to-hash`",
  });
}
