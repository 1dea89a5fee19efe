import { short } from "../../core/commit.js";
import { count, few, grouped } from "../../core/words.js";
import type { RunDetails } from "../../restatement/history.js";
import type { ModelOutcome } from "../../restatement/result.js";
import type { Ahead, Section, WarehouseStatus } from "../../status/status.js";
import type { StaleModel } from "../../status/freshness.js";
import type { Terminal } from "../terminal.js";
import { whyItEnded } from "./attempts.js";
import { labelled, nextSteps, sections, wrapped } from "./layout.js";
import { holderInWords } from "./leases.js";
import { momentAndAge, roughly, took } from "./moments.js";
import { askedInWords, stateInWords } from "./runs.js";
import { failuresInAttempts, leftInWords } from "./show-run.js";
import { failureLines } from "./steps.js";

/** Models that are named; the others are counted. */
const NAMED = 3;

export function renderStatus(status: WarehouseStatus, terminal: Terminal): string {
  const { leases, unfinished } = status;
  return sections(
    labelled(
      [
        ["readers", readersInWords(status, terminal)],
        ["main", mainInWords(status, terminal)],
        ["verified", verificationInWords(status, terminal)],
        ["freshness", freshnessInWords(status, terminal)],
        ["last run", lastRunInWords(status, terminal)],
        ...leases.map(
          (lease) => [lease.holder === "dead" ? "dead" : "at work", holderInWords(lease)] as const,
        ),
      ],
      terminal,
    ),
    unknownLines(status, terminal),
    ...unfinished.map((run) => unfinishedRun(run, terminal)),
    nextSteps(status.next, terminal),
  );
}

const isUnknown = ({ unknown }: WarehouseStatus, section: Section): boolean =>
  unknown.some((one) => one.section === section);

const notKnown = ({ chalk }: Terminal): string => chalk.yellow("not known");

function readersInWords(status: WarehouseStatus, terminal: Terminal): string {
  const { consumer, at } = status;
  if (consumer === null)
    return isUnknown(status, "readers") ? notKnown(terminal) : "nothing yet: there is no consumer tag";
  const place = `${short(consumer.base)} (${consumer.tag})`;
  if (isUnknown(status, "release")) return `${place}, of which release is ${notKnown(terminal)}`;
  if (consumer.release === null) return `${place}, which is no release`;
  const since = consumer.since === null ? "" : ` since ${momentAndAge(consumer.since, at)}`;
  const by = consumer.by === null ? "" : `, by ${consumer.by.name}`;
  const unverified = consumer.isVerified === false ? terminal.chalk.yellow(", without verification") : "";
  return `release ${consumer.release} of ${place}${since}${by}${unverified}`;
}

function mainInWords(status: WarehouseStatus, terminal: Terminal): string {
  const { main, consumer, ahead } = status;
  if (main === null) return isUnknown(status, "readers") ? notKnown(terminal) : "no such branch";
  if (consumer === null) return short(main);
  if (ahead === null) return `${short(main)}, how far ahead is ${notKnown(terminal)}`;
  if (main === consumer.base) return `${short(main)}, which is what readers see`;
  return `${short(main)}, ${aheadInWords(ahead)}`;
}

/** `14 commits ahead: 5 models differ, oso.a, oso.b, oso.c and 2 more` */
function aheadInWords({ commits, changed }: Ahead): string {
  const many = (number: number, isAll: boolean, word: string): string =>
    isAll ? count(number, word) : `more than ${grouped(number)} ${word}s`;
  const far = `${many(commits.count, commits.isAll, "commit")} ahead`;
  const { names, isAll } = changed;
  if (names.length === 0 && isAll) return `${far}; nothing that readers query differs`;
  const differ = names.length === 1 && isAll ? "differs" : "differ";
  return `${far}: ${many(names.length, isAll, "model")} ${differ}, ${few(names, NAMED)}`;
}

function verificationInWords(status: WarehouseStatus, terminal: Terminal): string {
  const { verification, at, main } = status;
  const { chalk } = terminal;
  if (verification === null)
    return isUnknown(status, "verification") ? notKnown(terminal) : "nothing that is remembered";
  const { verdict, checks, base, until, release, by } = verification;
  const colour = { passed: chalk.green, warned: chalk.yellow, failed: chalk.red, error: chalk.red }[verdict];
  const counts = (["failed", "error", "warned", "passed"] as const)
    .filter((outcome) => checks[outcome] > 0)
    .map((outcome) => `${grouped(checks[outcome])} ${outcome}`);
  const where = release !== null ? `release ${release}` : base === main ? "main's head" : short(base);
  const what = `${where} ${colour(verdict)} ${momentAndAge(verification.at, at)}, by ${by.name}`;
  const held = counts.length === 0 ? ": no checks" : `: ${counts.join(", ")}`;
  if (until === null) return `${what}${held}`;
  return `${what}${held}; ${until > at ? `holds until ${momentAndAge(until, at)}` : chalk.yellow("has run out")}`;
}

/** `38 of 40 models; 1 due; 1 behind its cadence: oso.x (@daily, 3 d)` */
function freshnessInWords(status: WarehouseStatus, terminal: Terminal): string {
  const { freshness, at } = status;
  if (freshness === null)
    return isUnknown(status, "freshness") ? notKnown(terminal) : "not known before the next run has ended";
  const { fresh, models, due, stale, unknown } = freshness;
  const parts = [
    `${grouped(fresh)} of ${count(models, "model")} up to date`,
    due === 0 ? "" : `${grouped(due)} due`,
    stale.length === 0
      ? ""
      : terminal.chalk.yellow(
          `${grouped(stale.length)} behind ${stale.length === 1 ? "its" : "their"} cadence: ${few(stale.map(staleInWords), NAMED)}`,
        ),
    unknown.length === 0 ? "" : `${count(unknown.length, "cadence")} unreadable: ${few(unknown, NAMED)}`,
  ];
  const age = `as of ${roughly(Date.parse(at) - Date.parse(freshness.at))} ago`;
  return [...parts.filter(Boolean), age].join("; ");
}

const staleInWords = ({ model, cron, behindMilliseconds }: StaleModel): string =>
  `${model} (${cron}, ${behindMilliseconds === null ? "no data" : roughly(behindMilliseconds)})`;

/** `20261121-142051-3f9a succeeded 2026-11-21 14:20 UTC, 3 h ago, after 48 min 7 s: restated 5 models` */
function lastRunInWords(status: WarehouseStatus, terminal: Terminal): string {
  const { last, at } = status;
  if (last === null) return isUnknown(status, "runs") ? notKnown(terminal) : "none";
  const { run, state } = last;
  const ended = run.endedAt === null ? "" : `, after ${took(run.startedAt, run.endedAt)}`;
  const line = `${run.id} ${stateInWords(state, terminal)} ${momentAndAge(run.endedAt ?? run.startedAt, at)}${ended}`;
  const done = state === "succeeded" ? whatItDid(last) : [];
  return done.length === 0 ? line : `${line}: ${done.join(", ")}`;
}

function whatItDid({ deployment, models, due }: RunDetails): readonly string[] {
  const steps: readonly (readonly [string, readonly ModelOutcome[]])[] = [
    ["deployed", deployment?.models ?? []],
    ["restated", models],
    ["ran by cadence", due?.models ?? []],
  ];
  return steps.flatMap(([did, all]) => {
    const worked = all.filter(({ batches }) => batches.stored > 0).length;
    return worked === 0 ? [] : [`${did} ${count(worked, "model")}`];
  });
}

const inWords: Record<Section, string> = {
  readers: "where main and the consumer tag stand",
  release: "who published what",
  ahead: "how far main is ahead",
  runs: "runs and leases",
  verification: "the last verification",
  freshness: "freshness",
};

const sectionsInOrder = Object.keys(inWords) as readonly Section[];

/** One line for each reason, however many questions it left open. */
function unknownLines({ unknown }: WarehouseStatus, terminal: Terminal): string {
  return [...new Set(unknown.map(({ message }) => message))]
    .map((message) => {
      const open = new Set(unknown.filter((one) => one.message === message).map(({ section }) => section));
      const asked = sectionsInOrder.filter((section) => open.has(section)).map((section) => inWords[section]);
      return wrapped(terminal.chalk.yellow(`! Not known: ${asked.join(", ")}. ${message}`), terminal);
    })
    .join("\n");
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
