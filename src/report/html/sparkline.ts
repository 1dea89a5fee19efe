import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import type { CheckReport, ModelReport } from "../model/report.js";
import { html, type Markup } from "./markup.js";
import { checkWord } from "./words.js";

const WIDTH = 64;
const HEIGHT = 18;
const MARGIN = 3;

/** Rows of the earlier runs and of this one, whose point is marked. The figures stand beside it. */
export function rowsSparkline({ earlier, rows }: ModelReport): Markup | null {
  const values = [...earlier.map((one) => one.rows), rows].filter((value) => value !== null);
  if (rows === null || values.length < 2) return null;
  const x = scaleLinear([0, values.length - 1], [MARGIN, WIDTH - MARGIN]);
  const y = scaleLinear([Math.min(...values), Math.max(...values)], [HEIGHT - MARGIN, MARGIN]);
  // All the same: a line in the middle.
  const height = (value: number): number =>
    Math.max(...values) === Math.min(...values) ? HEIGHT / 2 : Number(y(value).toFixed(1));
  const path = line<number>(
    (_, index) => Number(x(index).toFixed(1)),
    (value) => height(value),
  )(values);
  return html`
    <svg class="spark" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
      <path d="${path ?? ""}" fill="none" />
      <circle cx="${WIDTH - MARGIN}" cy="${height(rows)}" r="2.5" />
    </svg>
  `;
}

const BAR = 7;

/** Higher for what is worse, so that it does not take colours to tell. */
const heights: Readonly<Record<CheckReport["outcome"], number>> = {
  passed: 5,
  warned: 11,
  failed: 18,
  error: 18,
};

/** What became of a check before, oldest first, and now. */
export function checkHistory({ history, outcome }: CheckReport): Markup | null {
  if (history.length === 0) return null;
  const all = [...history.map((one) => one.outcome), outcome];
  const before = history.filter((one) => one.outcome === "passed").length;
  return html`
    <svg class="spark" width="${all.length * BAR}" height="${HEIGHT}" aria-hidden="true">
      ${all.map(
        (one, index) =>
          html`<rect
            class="${one}"
            x="${index * BAR}"
            y="${HEIGHT - heights[one]}"
            width="${BAR - 2}"
            height="${heights[one]}"
            rx="1"
            ><title>${checkWord[one]}</title></rect
          >`,
      )}
    </svg>
    <span class="quiet"> passed ${before} of ${history.length} before</span>
  `;
}
