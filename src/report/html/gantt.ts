import { scaleLinear, scaleUtc } from "d3-scale";
import { formatDuration } from "../../core/duration.js";
import { count, grouped } from "../../core/words.js";
import type { Bar, Lane, StepName, Timeline } from "../model/report.js";
import { day } from "../text/moments.js";
import { html, type Markup } from "./markup.js";
import { LONG } from "./tables.js";
import { stepTitle } from "./words.js";

/** Units from the left to the right end of the time that is drawn. */
const UNITS = 1000;

/** Between two attempts, however long nobody was at work. */
const BREAK = 24;

/** Attempts that took no time to speak of are seen nevertheless. */
const NARROWEST = 40;

/** Of more bars each model has one for each attempt: they could not be told apart, and a file has to be opened. */
const BARS = 5000;

const STEPS: readonly StepName[] = ["deployed", "restated", "due"];

/** Each model's batches over the time of the attempts, as a list that reads without looking at the bars too. */
export function gantt(timeline: Timeline): Markup {
  const at = scaleOf(timeline);
  const bars = timeline.lanes.reduce((sum, lane) => sum + lane.bars.length, 0);
  const drawn = bars <= BARS ? (own: readonly Bar[]) => own : joined;
  const breaks = timeline.attempts
    .slice(0, -1)
    .map(({ end }) => html`<rect class="break" x="${round(at(end))}" width="${BREAK}" height="14" />`);
  const isLong = timeline.lanes.length > LONG;
  return html`
    <div
      class="gantt${isLong ? " long" : ""}"
      role="region"
      aria-label="Batches, model by model"
      ${isLong ? html`tabindex="0"` : null}
    >
      <div class="row axis" aria-hidden="true">
        <span class="time">UTC</span>
        <div class="ticks">${ticks(timeline, at)}</div>
      </div>
      ${STEPS.map((step) => {
        const lanes = timeline.lanes.filter((lane) => lane.step === step);
        if (lanes.length === 0) return null;
        const rows = lanes.map((lane) =>
          rowOf(lane, html`${breaks}${drawn(lane.bars).map((bar) => barOf(bar, at))}`),
        );
        return html`<h3>${stepTitle[step]}</h3>
          <ol>
            ${rows}
          </ol>`;
      })}
    </div>
  `;
}

/** What was stored in each attempt as one, and failures as they are. */
function joined(bars: readonly Bar[]): readonly Bar[] {
  const attempts = new Map<number, Bar>();
  for (const bar of bars) {
    if (bar.outcome === "failed") continue;
    const { start, end } = attempts.get(bar.attempt) ?? bar;
    const whole = { start: Math.min(start, bar.start), end: Math.max(end, bar.end) };
    attempts.set(bar.attempt, { ...bar, ...whole, interval: null, rows: null });
  }
  return [...attempts.values(), ...bars.filter(({ outcome }) => outcome === "failed")];
}

type Scale = (time: number) => number;

/** Time runs evenly within each attempt; the breaks between them are cut short. */
function scaleOf({ attempts }: Timeline): Scale {
  const lengths = attempts.map(({ start, end }) => Math.max(1, end - start));
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  const room = UNITS - BREAK * (attempts.length - 1);
  const widths = lengths.map((length) => Math.max(NARROWEST, (length / whole) * room));
  const used = widths.reduce((sum, width) => sum + width, 0);
  let left = 0;
  const places = widths.map((width) => {
    const from = left;
    left += (width / used) * room + BREAK;
    return [from, from + (width / used) * room];
  });
  const domain = attempts.flatMap(({ start, end }) => [start, Math.max(end, start + 1)]);
  return scaleLinear(domain, places.flat()).clamp(true);
}

/** Wide enough for a letter, on a screen that is not narrow. */
const LETTER = 10;

interface Tick {
  readonly at: number;
  readonly text: string;
}

/** The beginning of each attempt, and round times in between, as far as there is room for them. */
function ticks({ attempts }: Timeline, at: Scale): readonly Markup[] {
  const all = attempts.flatMap(({ start, end, number }): readonly Tick[] => {
    const length = end - start < 5 * 60_000 ? 19 : 16;
    const time = (moment: number): string =>
      new Date(moment).toISOString().slice(0, length).replace("T", " ");
    const room = at(end) - at(start);
    const whole = attempts.length > 1 ? [`attempt ${number}, ${time(start)}`] : [];
    const texts = [...whole, time(start), time(start).slice(11), String(number)];
    const first = {
      at: at(start),
      text: texts.find((text) => text.length * LETTER < room) ?? String(number),
    };
    const round = scaleUtc([start, end], [0, 1]).ticks(8).map(Number);
    return [first, ...round.map((moment) => ({ at: at(moment), text: time(moment).slice(11) }))].filter(
      (tick, index) => index === 0 || tick.at + tick.text.length * LETTER < at(end),
    );
  });
  const kept: Tick[] = [];
  for (const tick of all) {
    const last = kept.at(-1);
    if (last === undefined || last.at + last.text.length * LETTER + LETTER < tick.at) kept.push(tick);
  }
  return kept.map(({ at: left, text }) => html`<span style="left:${percent(left)}">${text}</span>`);
}

const percent = (units: number): string => `${Number(((units / UNITS) * 100).toFixed(2))}%`;

function rowOf({ model, bars }: Lane, drawn: Markup): Markup {
  const isFailed = bars.at(-1)?.outcome === "failed";
  return html`
    <li class="row">
      <code>${model}</code>
      <svg viewBox="0 0 ${UNITS} 14" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg>
      <span class="took${isFailed ? " bad" : ""}">${inWords(bars)}</span>
    </li>
  `;
}

function barOf({ start, end, attempt, outcome, interval, rows }: Bar, at: Scale): Markup {
  const from = at(start);
  // A thin line between two that follow each other, if there is room for one.
  const whole = at(end) - from;
  const width = Math.max(outcome === "failed" ? 6 : 3, whole > 8 ? whole - 1.5 : whole);
  const left = Math.min(from, UNITS - width);
  const what =
    outcome === "failed"
      ? `failed in attempt ${attempt}`
      : [
          interval && `${day(interval.start)} to ${day(interval.end)}`,
          formatDuration(end - start),
          rows === null ? null : `${grouped(rows)} rows`,
        ]
          .filter(Boolean)
          .join(", ");
  return html`<rect class="${outcome}" x="${round(left)}" width="${round(width)}" height="14"
    ><title>${what}</title></rect
  >`;
}

const round = (units: number): number => Number(units.toFixed(1));

/** `3 batches, 8.1 s` */
function inWords(bars: readonly Bar[]): string {
  const stored = bars.filter(({ outcome }) => outcome === "stored");
  const work = stored.reduce((sum, { start, end }) => sum + end - start, 0);
  const isFailed = bars.at(-1)?.outcome === "failed";
  const failed = isFailed ? "failed" : bars.some(({ outcome }) => outcome === "failed") ? "retried" : "";
  const done = stored.length === 0 ? "" : `${count(stored.length, "batch")}, ${formatDuration(work)}`;
  return [done, failed].filter(Boolean).join(", ");
}
