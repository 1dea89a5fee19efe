import { formatDuration } from "../core/duration.js";
import type { PipelineEvent } from "../core/events.js";
import { count, grouped } from "../core/words.js";
import type { Activity, Checks, Evaluation, Tally } from "./activity.js";
import { bar, fitting, name } from "./bar.js";
import { timeLeft } from "./pace.js";
import type { Terminal } from "./terminal.js";
import { waitInWords } from "./waiting.js";

export type Download = Extract<PipelineEvent, { type: "download" }> & { readonly since: number };
export type Waiting = Extract<PipelineEvent, { type: "waiting" }>;

/** All that is drawn again and again at the bottom of the terminal. */
export interface Shown {
  readonly activity: Activity;
  readonly downloads: readonly Download[];
  readonly waiting: Waiting | null;
  readonly now: number;
}

/** Lines that stay free for what was written above. */
const ABOVE = 6;
const MOST_MODELS = 12;
const MARGIN = "  ";
/** A step is told when it begins; only one that takes time needs a sign of life of its own. */
const QUIET = 2_000;

/** No line is longer than the terminal is wide, and there are never more lines than it has. */
export function frameLines(shown: Shown, terminal: Terminal, rows: number): readonly string[] {
  const { activity, downloads, waiting, now } = shown;
  const columns = terminal.columns - 1;
  const most = Math.max(1, rows - ABOVE);
  const { evaluation, checks, phase } = activity;
  const lines = [
    ...(evaluation ? evaluationLines(evaluation, shown, terminal, most) : []),
    ...(checks ? [checksLine(checks, now, terminal)] : []),
    ...downloads.map((download) => downloadLine(download, now, terminal)),
    ...(waiting ? [waitingLine(waiting, terminal)] : []),
  ];
  if (lines.length === 0 && phase.text !== "" && now - phase.since >= QUIET)
    return [terminal.chalk.dim(`${MARGIN}${formatDuration(now - phase.since)}`)];
  return lines.slice(0, most).map((line) => fitting([line], columns) || name(line, columns));
}

function evaluationLines(
  evaluation: Evaluation,
  { activity, now }: Shown,
  terminal: Terminal,
  most: number,
): readonly string[] {
  const tallies = [...evaluation.tallies.values()];
  const working = activity.atWork();
  const room = Math.max(0, Math.min(MOST_MODELS, most - 3));
  const more = working.length - room;
  const wide = Math.max(0, ...working.slice(0, room).map(({ stored, of }) => `${stored}/${of}`.length));
  return [
    overallLine(evaluation, tallies, activity, now, terminal),
    ...working.slice(0, room).map(({ model, milliseconds }) => {
      const tally = activity.tally(model);
      return tally ? modelLine(tally, milliseconds, wide, terminal) : "";
    }),
    more > 0 && room > 0 ? terminal.chalk.dim(`${MARGIN}${MARGIN}and ${more} more at work`) : "",
    most > 3 ? slowestLine(tallies, now, terminal) : "",
  ].filter(Boolean);
}

function overallLine(
  { startedAt }: Evaluation,
  tallies: readonly Tally[],
  { paces }: Activity,
  now: number,
  terminal: Terminal,
): string {
  const [done, of] = [sum(tallies.map((tally) => tally.done)), sum(tallies.map((tally) => tally.of))];
  const rows = sum(tallies.map((tally) => tally.rows ?? 0));
  const complete = tallies.filter((tally) => tally.done >= tally.of).length;
  const elapsed = now - startedAt;
  const left = timeLeft(tallies, { earlier: paces, elapsed, now });
  return overall(
    of === 0 ? 0 : done / of,
    [
      `${done}/${count(of, "batch")}`,
      left === null || done === of ? "" : leftInWords(left),
      rows > 0 ? count(rows, "row") : "",
      `${complete}/${count(tallies.length, "model")}`,
      terminal.chalk.dim(formatDuration(elapsed)),
    ],
    terminal,
  );
}

function overall(part: number, words: readonly string[], terminal: Terminal): string {
  const width = Math.max(10, Math.min(30, terminal.columns - 60));
  const room = terminal.columns - 1 - MARGIN.length - width - 2;
  return `${MARGIN}${bar(part, width, terminal)}  ${fitting(words, room)}`;
}

function modelLine(tally: Tally, milliseconds: number, wide: number, terminal: Terminal): string {
  const { model, done, of, rows } = tally;
  const width = terminal.columns >= 80 ? 10 : 6;
  const start = `${MARGIN}${MARGIN}${bar(of === 0 ? 0 : done / of, width, terminal)}  ${`${done}/${of}`.padStart(wide)}  `;
  // On a narrow terminal the name matters more.
  const took = terminal.columns >= 50 ? formatDuration(milliseconds).padStart(12) : "";
  const told = terminal.columns >= 80 ? (rows === null ? "" : count(rows, "row")).padStart(14) : "";
  const room = terminal.columns - 1 - (MARGIN.length * 2 + width + 2 + wide + 2) - told.length - took.length;
  return `${start}${name(model, Math.min(NAME, room))}${terminal.chalk.dim(`${told}${took}`)}`;
}

/** Times stay near the names on a wide terminal. */
const NAME = 60;

/** By the time that its batches have taken together, those in work included. */
function slowestLine(tallies: readonly Tally[], now: number, terminal: Terminal): string {
  if (tallies.length < 2) return "";
  const slowest = slowestOf(tallies, now);
  if (slowest === null) return "";
  const took = formatDuration(slowest.milliseconds);
  const room = terminal.columns - 1 - MARGIN.length - "slowest so far  ".length - took.length - 2;
  return terminal.chalk.dim(`${MARGIN}slowest so far  ${name(slowest.model, room).trimEnd()}  ${took}`);
}

export function slowestOf(
  tallies: readonly Tally[],
  now: number,
): { readonly model: string; readonly milliseconds: number } | null {
  const [slowest] = tallies
    .map(({ model, milliseconds, working }) => ({
      model,
      milliseconds: milliseconds + sum(working.map((since) => now - since)),
    }))
    .filter(({ milliseconds }) => milliseconds > 0)
    .toSorted((a, b) => b.milliseconds - a.milliseconds);
  return slowest ?? null;
}

function checksLine({ total, done, notPassed, startedAt }: Checks, now: number, terminal: Terminal): string {
  const elapsed = now - startedAt;
  return overall(
    total === 0 ? 0 : done / total,
    [
      `${done}/${count(total, "check")}`,
      notPassed > 0 ? terminal.chalk.red(`${notPassed} not passed`) : "",
      done > 0 && done < total ? leftInWords((elapsed / done) * (total - done)) : "",
      terminal.chalk.dim(formatDuration(elapsed)),
    ],
    terminal,
  );
}

function downloadLine({ file, received, total, since }: Download, now: number, terminal: Terminal): string {
  const width = terminal.columns >= 80 ? 20 : 10;
  const [so, all] = [megabytes(received), total ? `/${megabytes(total)}` : ""];
  const rate = now > since ? received / (now - since) : 0;
  const left = total && rate > 0 && received < total ? leftInWords((total - received) / rate) : "";
  const start = `${MARGIN}${bar(total ? received / total : 0, width, terminal)}  ${so}${all} MB  `;
  const room = terminal.columns - 1 - MARGIN.length - width - `${so}${all}`.length - 7;
  return `${start}${fitting([name(file, Math.min(40, room)).trimEnd(), left], room)}`;
}

/** A bar that fills up to the longest that it can last; none where nobody knows. */
function waitingLine(waiting: Waiting, terminal: Terminal): string {
  const { what, elapsed, longest } = waiting;
  const words = `waiting for ${what}${waitInWords(waiting)}`;
  if (longest === null || longest <= 0) return `${MARGIN}${name(words, terminal.columns - 3).trimEnd()}`;
  const width = 10;
  const room = terminal.columns - 1 - MARGIN.length - width - 2;
  return `${MARGIN}${bar(elapsed / longest, width, terminal)}  ${name(words, room).trimEnd()}`;
}

/** No finer than anybody can know. */
function leftInWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `about ${Math.max(1, seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

const megabytes = (bytes: number): string => grouped(Math.round(bytes / 1_000_000));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
