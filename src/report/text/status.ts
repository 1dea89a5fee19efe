import { type Hash, short } from "../../core/commit.js";
import { commandLine } from "../../restatement/command-line.js";
import type { RunDetails, RunsStatus } from "../../restatement/history.js";
import type { Terminal } from "../terminal.js";
import { labelled, type NextStep, nextSteps, sections, wrapped } from "./layout.js";
import { holderInWords } from "./leases.js";
import { moment } from "./moments.js";
import { askedInWords, stateInWords } from "./runs.js";
import { leftInWords } from "./show-run.js";

/** The present of one warehouse: what readers see, who is at work, what is unfinished. */
export interface WarehouseStatus extends RunsStatus {
  /** Head of main; null where Nessie has no such branch. */
  readonly main: Hash | null;
  /** Null where there is no consumer tag yet. */
  readonly consumer: { readonly tag: string; readonly hash: Hash; readonly release: number | null } | null;
}

export function renderStatus(status: WarehouseStatus, terminal: Terminal): string {
  const { main, leases, unfinished, last } = status;
  return sections(
    labelled(
      [
        ["main", main === null ? "no such branch" : short(main)],
        ["readers", readersInWords(status)],
        ...leases.map((lease) => ["at work", holderInWords(lease)] as const),
        [
          "last run",
          last
            ? `${last.run.id} ${stateInWords(last.state, terminal)}, ${moment(last.run.startedAt)}`
            : "none",
        ],
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
  const place = consumer.hash === main ? ", the head of main" : "";
  return `${short(consumer.hash)}${place} (${consumer.tag}${release})`;
}

function unfinishedRun(details: RunDetails, terminal: Terminal): string {
  const { run, state } = details;
  const title = `${terminal.chalk.bold(`Run ${run.id}`)} ${stateInWords(state, terminal)} in ${run.environment}`;
  return [
    wrapped(`${title}, restating ${askedInWords(run.request)}`, terminal),
    leftInWords(details, terminal),
  ]
    .filter(Boolean)
    .join("\n");
}

function next({ unfinished, main, consumer }: WarehouseStatus): readonly NextStep[] {
  const [first] = unfinished;
  if (first) return first.next.map((command) => ({ command }));
  if (main === null || main === consumer?.hash) return [];
  return [
    {
      command: consumer === null ? commandLine("tag-consumer", "--create") : commandLine("tag-consumer"),
      does: "verifies main and publishes it",
    },
  ];
}
