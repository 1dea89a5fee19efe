import { short } from "../../core/commit.js";
import { count } from "../../core/words.js";
import type { Standing } from "../../release/publish.js";
import { commandLine } from "../../restatement/command-line.js";
import type { RunDetails, RunsStatus } from "../../restatement/history.js";
import type { ModelOutcome } from "../../restatement/result.js";
import type { Terminal } from "../terminal.js";
import { whyItEnded } from "./attempts.js";
import { labelled, type NextStep, nextSteps, sections, wrapped } from "./layout.js";
import { holderInWords } from "./leases.js";
import { moment } from "./moments.js";
import { askedInWords, stateInWords } from "./runs.js";
import { failuresInAttempts, leftInWords } from "./show-run.js";
import { failureLines } from "./steps.js";

/** The present of one warehouse: what readers see, who is at work, what is unfinished. */
export type WarehouseStatus = RunsStatus & Standing;

export function renderStatus(status: WarehouseStatus, terminal: Terminal): string {
  const { main, leases, unfinished, last } = status;
  return sections(
    labelled(
      [
        ["main", main === null ? "no such branch" : short(main)],
        ["readers", readersInWords(status)],
        ...leases.map(
          (lease) => [lease.holder === "dead" ? "dead" : "at work", holderInWords(lease)] as const,
        ),
        ["last run", last ? lastRunInWords(last, terminal) : "none"],
      ],
      terminal,
    ),
    ...unfinished.map((run) => unfinishedRun(run, terminal)),
    nextSteps(next(status), terminal),
  );
}

function readersInWords({ main, consumer }: WarehouseStatus): string {
  if (consumer === null) return "nothing yet: there is no consumer tag";
  const release = consumer.release === null ? "" : `, release ${consumer.release}`;
  const place = consumer.base === main ? ", the head of main" : "";
  return `${short(consumer.base)}${place} (${consumer.tag}${release})`;
}

/** `20261121-142051-3f9a succeeded, 2026-11-21 14:20 UTC: deployed 2 models, restated 5 models`; others say more below. */
function lastRunInWords({ run, state, deployment, models, due }: RunDetails, terminal: Terminal): string {
  const line = `${run.id} ${stateInWords(state, terminal)}, ${moment(run.startedAt)}`;
  if (state !== "succeeded") return line;
  const steps: readonly (readonly [string, readonly ModelOutcome[]])[] = [
    ["deployed", deployment?.models ?? []],
    ["restated", models],
    ["ran by cadence", due?.models ?? []],
  ];
  const done = steps.flatMap(([did, all]) => {
    const worked = all.filter(({ batches }) => batches.stored > 0).length;
    return worked === 0 ? [] : [`${did} ${count(worked, "model")}`];
  });
  return done.length === 0 ? line : `${line}: ${done.join(", ")}`;
}

function unfinishedRun(details: RunDetails, terminal: Terminal): string {
  const { run, state, deployment, failures, due } = details;
  const title = `${terminal.chalk.bold(`Run ${run.id}`)} ${stateInWords(state, terminal)} in ${run.environment}`;
  return [
    wrapped(`${title}, restating ${askedInWords(run.request)}`, terminal),
    whyItEnded(details, terminal),
    failureLines(deployment?.failures ?? [], terminal),
    failuresInAttempts(failures, details, terminal),
    failureLines(due?.failures ?? [], terminal),
    leftInWords(details, terminal),
  ]
    .filter(Boolean)
    .join("\n");
}

function next({ unfinished, main, consumer }: WarehouseStatus): readonly NextStep[] {
  const [first] = unfinished;
  if (first) return first.next;
  if (main === null || main === consumer?.base) return [];
  return [
    {
      command: consumer === null ? commandLine("tag-consumer", "--create") : commandLine("tag-consumer"),
      does: "verifies main and publishes it",
    },
  ];
}
