import { count, grouped } from "../../core/words.js";
import type { Difference } from "../../release/diff.js";
import type { CheckReport, ChecksReport, ModelReport } from "../model/report.js";
import { cut } from "../signs.js";
import { moment } from "../text/moments.js";
import { html, type Content, type Markup } from "./markup.js";
import { checkHistory, rowsSparkline } from "./sparkline.js";
import {
  batchesInWords,
  changeOfRows,
  checkWord,
  outcomeTone,
  rowCount,
  signed,
  signOf,
  stepTitle,
  workInWords,
} from "./words.js";

/** In signs. */
const LONGEST_CELL = 400;

/** Links to Trino's pages on queries in one report: those of what failed first. */
const QUERY_LINKS = 300;

/** Rows, beyond which a table scrolls by itself. */
export const LONG = 40;

/** A table that scrolls by itself where the screen is narrow, with the keyboard too. */
function scrolling(label: string, rows: number, table: Markup): Markup {
  return html`<div
    class="scroll${rows > LONG ? " long" : ""}"
    role="region"
    aria-label="${label}"
    tabindex="0"
  >
    ${table}
  </div>`;
}

export const badge = (tone: keyof typeof signOf, word: string): Markup =>
  html`<span class="badge ${tone}"><span aria-hidden="true">${signOf[tone]}</span> ${word}</span>`;

const worst = { failed: 0, left: 1, done: 2 };

/** Every model with its rows, those that need a look first. */
export function modelTable(models: readonly ModelReport[]): Markup {
  const sorted = models.toSorted((a, b) => worst[a.outcome] - worst[b.outcome]);
  const hasHistory = models.some(({ earlier }) => earlier.length > 0);
  const hasReaders = models.some(({ readers }) => readers !== null);
  const steps = new Set(models.map(({ step }) => step));
  let links = QUERY_LINKS;
  const rows = sorted.map((model) => {
    const shown = model.queries.slice(0, links);
    links -= shown.length;
    return html`
      <tr>
        <th scope="row">${named(model, shown)}</th>
        ${steps.size > 1 ? html`<td>${stepTitle[model.step]}</td>` : null}
        <td>${badge(outcomeTone[model.outcome], model.outcome)}</td>
        <td class="number">${batchesInWords(model.batches)}</td>
        <td class="number">${model.rows === null ? "" : grouped(model.rows)}</td>
        ${hasHistory ? html`<td class="trend">${rowsSparkline(model)} ${changeOfRows(model)}</td>` : null}
        ${hasReaders ? html`<td class="number">${rowsOfReaders(model.readers)}</td>` : null}
        <td class="number">${workInWords(model)}</td>
      </tr>
    `;
  });
  return scrolling(
    "Models and their rows",
    models.length,
    html`
      <table>
        <caption>
          ${captionOf(hasHistory, hasReaders)}
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            ${steps.size > 1 ? html`<th scope="col">Step</th>` : null}
            <th scope="col">Outcome</th>
            <th scope="col" class="number">Batches</th>
            <th scope="col" class="number">Rows written</th>
            ${hasHistory ? html`<th scope="col">Against the last runs</th>` : null}
            ${hasReaders ? html`<th scope="col" class="number">Rows readers saw → now</th>` : null}
            <th scope="col" class="number">Work</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    `,
  );
}

const captionOf = (hasHistory: boolean, hasReaders: boolean): string =>
  [
    "What was written, model by model.",
    hasHistory ? "The last runs are those that restated as many batches of the model." : "",
    hasReaders ? "Readers saw what was released last before the run ended." : "",
  ]
    .filter(Boolean)
    .join(" ");

/** The name, and below it what does not fit into columns. */
function named(
  { model, kind, reads, audits, queries, earlier }: ModelReport,
  shown: ModelReport["queries"],
): Markup {
  const pairs: (readonly [string, Content])[] = [];
  if (kind !== null) pairs.push(["kind", kind]);
  if (reads.length > 0) pairs.push(["reads", reads.map((name) => html`<code>${name}</code> `)]);
  if (audits.passed + audits.failed > 0)
    pairs.push([
      "audits",
      audits.failed > 0 ? `${audits.passed} passed, ${audits.failed} failed` : `${audits.passed} passed`,
    ]);
  if (earlier.some(({ rows }) => rows !== null))
    pairs.push(["rows before", earlier.map(({ rows }) => (rows === null ? "?" : grouped(rows))).join(", ")]);
  if (shown.length > 0)
    pairs.push([
      "queries",
      html`${shown.map(({ label, href }) => html`<a href="${href}">${label}</a> `)}${queries.length > shown.length ? "and more" : null}`,
    ]);
  if (pairs.length === 0) return html`<code>${model}</code>`;
  return html`
    <details>
      <summary><code>${model}</code></summary>
      <dl class="pairs">
        ${pairs.map(
          ([label, content]) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${content}</dd>
            </div>`,
        )}
      </dl>
    </details>
  `;
}

function rowsOfReaders(rows: ModelReport["readers"]): Content {
  if (rows === null) return null;
  if (rows === "same") return "same";
  const { seen, now } = rows;
  if (seen === null && now === null) return null;
  if (seen === null) return html`<span class="quiet">none →</span> ${rowCount(now)}`;
  const difference = now === null ? "" : signed(now.rows - seen.rows);
  return html`<span class="quiet">${rowCount(seen)} →</span>
    ${now === null ? "none" : rowCount(now)}${difference === "0" || difference === "" ? null : html` <span class="change">${difference}</span>`}`;
}

/** Checks of which each has a row; of more that passed each model has one. */
const CHECK_ROWS = 300;

/** What is not well first and open, what is well folded away where it is much. */
export function checkTables({ checks, at, by, base, selected, unpinned }: ChecksReport): Markup {
  const bad = checks.filter(({ outcome }) => outcome !== "passed");
  const good = checks.filter(({ outcome }) => outcome === "passed");
  const only = selected.length === 0 ? "" : `, only of ${selected.join(", ")}`;
  const passed = good.length <= CHECK_ROWS ? checkTable("Checks that passed", good) : briefly(good);
  return html`
    <p class="quiet">As of commit <code>${base.slice(0, 12)}</code>, by ${by}, ${moment(at)}${only}.</p>
    ${bad.length > 0 ? checkTable("Checks that did not pass", bad.slice(0, CHECK_ROWS)) : null}
    ${bad.length > CHECK_ROWS ? html`<p>${count(bad.length - CHECK_ROWS, "more check")} did not pass.</p>` : null}
    ${
      good.length > 0
        ? html`<details${good.length <= FOLDED ? html` open` : null}><summary>${count(good.length, "check")} passed</summary>${passed}</details>`
        : null
    }
    ${
      unpinned.length > 0
        ? html`<h3>Checked on live data</h3>
            <ul>
              ${unpinned.map(({ model, reason }) => html`<li><code>${model}</code> ${reason}</li>`)}
            </ul>`
        : null
    }
  `;
}

/** Of fewer all are shown at once. */
const FOLDED = 25;

function briefly(checks: readonly CheckReport[]): Markup {
  const byModel = new Map<string, string[]>();
  for (const { model, check } of checks) byModel.set(model, [...(byModel.get(model) ?? []), check]);
  return scrolling(
    "Checks that passed, by model",
    byModel.size,
    html`
      <table>
        <caption>
          Checks that passed, by model
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Checks</th>
          </tr>
        </thead>
        <tbody>
          ${[...byModel].map(
            ([model, names]) =>
              html`<tr>
                <th scope="row"><code>${model}</code></th>
                <td>${names.join(", ")}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    `,
  );
}

const checkTone = { passed: "good", warned: "warning", failed: "bad", error: "bad" } as const;

function checkTable(caption: string, checks: readonly CheckReport[]): Markup {
  const hasHistory = checks.some(({ history }) => history.length > 0);
  return scrolling(
    caption,
    checks.length,
    html`
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Check</th>
            <th scope="col">Outcome</th>
            <th scope="col">Expected</th>
            <th scope="col">Observed</th>
            ${hasHistory ? html`<th scope="col">History</th>` : null}
          </tr>
        </thead>
        <tbody>
          ${checks.map(
            (check) => html`
              <tr>
                <th scope="row"><code>${check.model}</code></th>
                <td>
                  ${check.check}${check.severity === "warn" ? html` <span class="quiet">(warns only)</span>` : null}${query(check)}
                </td>
                <td>${badge(checkTone[check.outcome], checkWord[check.outcome])}</td>
                <td>${cut(check.expected, LONGEST_CELL)}</td>
                <td>
                  ${cut(check.observed, LONGEST_CELL)}${check.failingRows === null || check.outcome === "passed" ? null : html`<br /><span class="quiet">${count(check.failingRows, "row")}</span>`}
                </td>
                ${hasHistory ? html`<td class="trend">${checkHistory(check)}</td>` : null}
              </tr>
            `,
          )}
        </tbody>
      </table>
    `,
  );
}

function query({ outcome, rowsQuery, where }: CheckReport): Markup | null {
  if (outcome === "passed" || rowsQuery === null) return null;
  return html`
    <details>
      <summary>query for the rows</summary>
      <pre tabindex="0">${cut(rowsQuery, 2000)}</pre>
      <p class="quiet">declared at ${where}</p>
    </details>
  `;
}

/** From the release before to this one. */
export function changeTable(changes: readonly Difference[]): Markup {
  const words = { version: "new version", rows: "rows", columns: "columns", text: "query" };
  return scrolling(
    "Changed tables and views",
    changes.length,
    html`
      <table>
        <caption>
          Tables and views that differ from the release before
        </caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Change</th>
            <th scope="col" class="number">Rows before → after</th>
            <th scope="col">Columns</th>
          </tr>
        </thead>
        <tbody>
          ${changes.map(
            ({ name, change, ways, from, to, columns }) => html`
              <tr>
                <th scope="row"><code>${name}</code></th>
                <td>${change}${ways.length > 0 ? `: ${ways.map((way) => words[way]).join(", ")}` : null}</td>
                <td class="number">${rowsOfReaders({ seen: from?.rows ?? null, now: to?.rows ?? null })}</td>
                <td>
                  ${columns.map((one) => `${one.column}: ${one.from ?? "none"} → ${one.to ?? "none"}`).join(", ")}
                </td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    `,
  );
}
