import type { Comparison } from "../../release/diff.js";
import type { PublishResult } from "../../release/publish.js";
import { commandLine } from "../../restatement/command-line.js";
import type { VerificationResult } from "../../verification/result.js";
import type { Terminal } from "../terminal.js";
import { differenceTable } from "./diff.js";
import { type NextStep, nextSteps, sections } from "./layout.js";
import { renderPublish } from "./release.js";

/** What was published, and what that changes for readers; null where it changes nothing, or nothing was told of it. */
export type RollbackResult = PublishResult<VerificationResult> & { readonly changes: Comparison | null };

export function renderRollback(result: RollbackResult, terminal: Terminal): string {
  const { changes } = result;
  return sections(
    renderPublish(result, terminal, { next: false }),
    changes === null ? "" : `${terminal.chalk.bold(titleOf(result))}\n${differenceTable(changes, terminal)}`,
    nextSteps(nextOf(result), terminal),
  );
}

/** Of what was refused or withdrawn, readers still see what they saw. */
const titleOf = ({ outcome, consumerTag }: RollbackResult): string =>
  outcome === "published" || outcome === "unconfirmed"
    ? `What ${consumerTag} shows otherwise now`
    : `What ${consumerTag} would show otherwise`;

function nextOf({ outcome, rollbackTo, from }: RollbackResult): readonly NextStep[] {
  const releases = { command: commandLine("releases"), does: "lists what readers saw, and when" };
  switch (outcome) {
    case "would-publish":
      return [
        {
          command: commandLine("rollback", ...(rollbackTo === null ? [] : [String(rollbackTo)])),
          does: "verifies it and publishes it again",
        },
      ];
    case "published":
      return from?.release
        ? [releases, { command: commandLine("rollback", String(from.release)), does: "takes this back" }]
        : [releases];
    case "unconfirmed":
      return [{ command: commandLine("tag-consumer"), does: "confirms it, or puts the tag back" }];
    case "refused":
    case "withdrawn":
    case "already-there":
      return [releases];
  }
}
