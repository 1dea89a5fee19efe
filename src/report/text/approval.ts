import { count } from "../../core/words.js";
import { commandLine } from "../../restatement/command-line.js";
import { shortDigest } from "../../restatement/digest.js";
import type { AbandonResult } from "../../restatement/run-result.js";
import type { Approval } from "../../restatement/runs.js";
import type { Terminal } from "../terminal.js";
import { labelled, nextSteps, sections, wrapped } from "./layout.js";
import { moment } from "./moments.js";
import { table } from "./table.js";

/** An approval, and the plan file that it was given for, if any. */
export interface ApproveResult extends Approval {
  readonly file: string | null;
}

export function renderApproval(approval: ApproveResult, terminal: Terminal): string {
  const { digest, by, until, comment, summary, file } = approval;
  return sections(
    [
      wrapped(
        `${terminal.chalk.green("Approved")} ${shortDigest(digest)}: ${count(summary.models, "model")} in ${count(summary.batches, "batch")} in ${summary.environment}`,
        terminal,
      ),
      labelled(
        [
          ["by", by.name],
          ["until", until === null ? "for ever" : moment(until)],
          ["comment", comment],
        ],
        terminal,
      ),
    ].join("\n"),
    nextSteps(
      file === null
        ? [
            {
              command: commandLine("run", "--approval", shortDigest(digest)),
              does: "with the options of the plan restates it",
            },
          ]
        : [{ command: commandLine("run", "--plan", file), does: "restates exactly this" }],
      terminal,
    ),
  );
}

export function renderAbandoned({ run, left }: AbandonResult, terminal: Terminal): string {
  const batches = left.reduce((sum, own) => sum + own.batches, 0);
  return sections(
    left.length === 0
      ? `${terminal.chalk.green("Abandoned")} run ${run}; nothing of it was left`
      : [
          wrapped(
            `${terminal.chalk.yellow("Abandoned")} run ${run}; not restated: ${count(batches, "batch")} of ${count(left.length, "model")}`,
            terminal,
          ),
          table(
            [{ title: "model" }, { title: "batches", align: "right" }],
            left.map((model) => [model.model, String(model.batches)]),
            terminal,
          ),
        ].join("\n"),
    nextSteps(
      [
        { command: commandLine("show", run), does: "tells what it did, and how to ask for it again" },
        { command: commandLine("tag-consumer"), does: "verifies main as it is now and publishes it" },
      ],
      terminal,
    ),
  );
}
