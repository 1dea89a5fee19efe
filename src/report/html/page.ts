import { count } from "../../core/words.js";
import type { FailureReport, Report } from "../model/report.js";
import { cut } from "../signs.js";
import { moment } from "../text/moments.js";
import { gantt } from "./gantt.js";
import { lineageGraph } from "./graph.js";
import { lineageOf } from "./lineage.js";
import { html, type Markup } from "./markup.js";
import { style } from "./style.js";
import { badge, changeTable, checkTables, modelTable } from "./tables.js";

/** The report as one file that needs nothing beside it: no script, no font, no address is fetched. */
export function renderHtml(report: Report): string {
  const sections = sectionsOf(report);
  return `<!doctype html>\n${
    html`
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <meta
            http-equiv="Content-Security-Policy"
            content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
          />
          <title>${report.title}: ${report.outcome.word}</title>
          <link rel="icon" href="data:," />
          <style>
            ${style}
          </style>
        </head>
        <body>
          ${header(report)}
          <main id="content">${sections.map(sectionOf)}</main>
          <footer>
            <p>
              oso-pipeline ${report.toolVersion}, written ${moment(report.producedAt)}. All times are UTC.
            </p>
          </footer>
        </body>
      </html>
    `.text
  }\n`;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Markup;
}

const sectionOf = ({ id, title, content }: Section): Markup =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;

function header(report: Report): Markup {
  const { title, outcome, summary, figures, facts, links } = report;
  const sections = sectionsOf(report);
  return html`
    <header class="${outcome.tone}">
      <p class="brand">oso-pipeline ${report.subject.kind} report</p>
      <h1>${title} ${badge(outcome.tone, outcome.word)}</h1>
      <p class="summary">${summary}</p>
      <dl class="figures">
        ${figures.map(
          ({ label, value, note }) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${value}${note === null ? null : html` <span class="quiet">${note}</span>`}</dd>
            </div>`,
        )}
      </dl>
      <dl class="pairs facts">
        ${facts.map(
          ({ label, text, href }) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${href === null ? text : html`<a href="${href}">${text}</a>`}</dd>
            </div>`,
        )}
        ${
          links.length === 0
            ? null
            : html`<div>
                <dt>links</dt>
                <dd>${links.map(({ label, href }) => html`<a href="${href}">${label}</a> `)}</dd>
              </div>`
        }
      </dl>
      ${
        sections.length > 1
          ? html`<nav aria-label="In this report">
              <ul>
                ${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}
              </ul>
            </nav>`
          : null
      }
    </header>
  `;
}

/** Only what there is something to say about. */
function sectionsOf(report: Report): readonly Section[] {
  const { failures, models, timeline, checks, changes, remarks, next } = report;
  const restated = models.filter(({ step }) => step === "restated");
  const found: (Section | null)[] = [
    failures.length === 0
      ? null
      : {
          id: "failures",
          title: "What went wrong",
          content: html`${failures.map((one, index) => failure(one, index < TOLD_IN_FULL ? LONGEST_MESSAGE : SHORT_MESSAGE))}`,
        },
    restated.length === 0 ? null : { id: "lineage", title: "Lineage", content: lineageSection(report) },
    timeline === null ? null : { id: "batches", title: "Batches over time", content: gantt(timeline) },
    models.length === 0 ? null : { id: "models", title: "Models and rows", content: modelTable(models) },
    changes.length === 0 ? null : { id: "changes", title: "What changed", content: changeTable(changes) },
    checks === null ? null : { id: "checks", title: "Checks", content: checkTables(checks) },
    remarks.length === 0
      ? null
      : {
          id: "remarks",
          title: "To know",
          content: html`<ul>
            ${remarks.map((remark) => html`<li>${remark}</li>`)}
          </ul>`,
        },
    next.length === 0
      ? null
      : {
          id: "next",
          title: "Next",
          content: html`<dl class="next">
            ${next.map(
              ({ command, does }) =>
                html`<div>
                  <dt><code>${command}</code></dt>
                  <dd>${does}</dd>
                </div>`,
            )}
          </dl>`,
        },
  ];
  return found.filter((section) => section !== null);
}

function lineageSection({ models }: Report): Markup {
  const lineage = lineageOf(models);
  const bundled = lineage.nodes.filter((node) => node.models.length > 1).length;
  return html`
    <p class="quiet">
      What is read stands left of what reads it; the bold frame was asked for, a dashed one is
      left.${bundled > 0 ? " Models that stand equally deep and fared alike are drawn as one." : null}
    </p>
    <div class="scroll graph" role="region" aria-label="Lineage graph" tabindex="0">
      ${lineageGraph(lineage)}
    </div>
  `;
}

/** Failures whose messages are told at length, and how long: when hundreds fail, most of them fail alike. In signs. */
const TOLD_IN_FULL = 50;
const LONGEST_MESSAGE = 8000;
const SHORT_MESSAGE = 300;
const LONGEST_LOG_LINE = 1000;

function failure(
  { title, model, attempt, message, hint, audits, queries, log }: FailureReport,
  longest: number,
): Markup {
  return html`
    <article class="failure">
      <h3>
        ${model === null ? null : html`<code>${model}</code>: `}${title}${attempt === null || model === null ? null : ` in attempt ${attempt}`}
      </h3>
      <pre tabindex="0">${cut(message, longest)}</pre>
      ${hint === null ? null : html`<p>${hint}</p>`}
      ${
        audits.length === 0
          ? null
          : html`<ul>
              ${audits.map(({ name, failingRows }) => html`<li>audit <code>${name}</code>${failingRows === null ? null : `: ${count(failingRows, "row")}`}</li>`)}
            </ul>`
      }
      ${queries.length === 0 ? null : html`<p>In Trino: ${queries.map(({ label, href }) => html`<a href="${href}">${label}</a> `)}</p>`}
      ${
        log === null
          ? null
          : html`<details>
              <summary>the end of its log</summary>
              <pre tabindex="0">${log.lines.map((line) => cut(line, LONGEST_LOG_LINE)).join("\n")}</pre>
              <p class="quiet">${log.file}</p>
            </details>`
      }
    </article>
  `;
}
