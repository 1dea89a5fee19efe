import type { PhrasingContent, RootContent } from "mdast";
import { markdownTable } from "markdown-table";
import { toMarkdown } from "mdast-util-to-markdown";
import { short } from "../core/commit.js";
import { count, grouped } from "../core/words.js";
import {
  batchesInWords,
  changeOfRows,
  checkWord,
  rowCount,
  signed,
  signOf,
  workInWords,
} from "./html/words.js";
import { visible } from "./html/markup.js";
import type { CheckReport, FailureReport, Link, ModelReport, Report } from "./model/report.js";
import { cut } from "./signs.js";
import { moment } from "./text/moments.js";

/** GitHub cuts a step's summary off whole above 1 MiB. */
export const MARKDOWN_LIMIT = 1024 * 1024;

/** Of one message, in signs: more of it is in the HTML report and in the log. */
const LONGEST_MESSAGE = 2000;

/**
 * The report for a CI step's summary or a pull request, most important first. Whatever does not fit is left out and
 * counted; nothing is cut in its middle.
 * @param limit in bytes
 */
export function renderMarkdown(report: Report, limit = MARKDOWN_LIMIT): string {
  const { title, outcome, summary, figures, failures, models, checks, changes, links, facts } = report;
  const page = new Page(limit);
  page.add(heading(2, `${signOf[outcome.tone]} ${title}: ${outcome.word}`));
  page.add(paragraph([text(summary)]));
  page.add(
    paragraph(
      figures.flatMap(({ label, value, note }, index) => [
        ...(index === 0 ? [] : [text(" · ")]),
        { type: "strong", children: [text(value)] },
        text(` ${label}${note === null ? "" : ` (${note})`}`),
      ]),
    ),
  );
  if (failures.length > 0) {
    page.add(heading(3, "What went wrong"));
    page.addAll(failures.map(failure), "failure");
  }
  const bad = (checks?.checks ?? []).filter((check) => check.outcome !== "passed");
  if (bad.length > 0) {
    page.add(
      heading(3, `Checks: ${grouped(bad.length)} of ${grouped(checks?.checks.length ?? 0)} did not pass`),
    );
    page.addTable(["check", "model", "outcome", "expected", "observed"], bad.map(checkRow), "check");
  } else if (checks) {
    page.add(
      paragraph([text(`✓ ${count(checks.checks.length, "check")} passed as of ${short(checks.base)}.`)]),
    );
  }
  if (models.length > 0) {
    page.add(heading(3, "Models"));
    page.addTable(
      ["model", "outcome", "batches", "rows", "against last run", "readers → now", "work"],
      models.toSorted(needsALook).map(modelRow),
      "model",
    );
  }
  if (changes.length > 0) {
    page.add(heading(3, "What changed"));
    page.addTable(
      ["name", "change", "rows before", "after"],
      changes.map(({ name, change, from, to }) => [
        code(name),
        text(change),
        text(rowCount(from?.rows ?? null)),
        text(rowCount(to?.rows ?? null)),
      ]),
      "change",
    );
  }
  const linked = [...links, ...facts.flatMap(({ label, href }) => (href === null ? [] : [{ label, href }]))];
  if (linked.length > 0) page.add(linksOf(linked));
  page.add(paragraph([text(`oso-pipeline ${report.toolVersion}, ${moment(report.producedAt)}`)]));
  return page.text;
}

const order = { failed: 0, left: 1, done: 2 };

const needsALook = (a: ModelReport, b: ModelReport): number =>
  order[a.outcome] - order[b.outcome] || b.milliseconds - a.milliseconds;

const modelTone = { failed: "bad", left: "warning", done: "good" } as const;

function modelRow(model: ModelReport): readonly PhrasingContent[] {
  const { readers } = model;
  const now = readers === null || readers === "same" ? null : readers.now;
  const seen = readers === null || readers === "same" ? null : readers.seen;
  const change = now && seen ? ` (${signed(now.rows - seen.rows)})` : "";
  return [
    code(model.model),
    text(`${signOf[modelTone[model.outcome]]} ${model.outcome}`),
    text(batchesInWords(model.batches)),
    text(model.rows === null ? "" : grouped(model.rows)),
    text(changeOfRows(model) ?? ""),
    text(
      readers === "same"
        ? "same"
        : now === null
          ? ""
          : `${rowCount(seen) || "none"} → ${rowCount(now)}${change}`,
    ),
    text(workInWords(model)),
  ];
}

const checkTone = { passed: "good", warned: "warning", failed: "bad", error: "bad" } as const;

const checkRow = (check: CheckReport): readonly PhrasingContent[] => [
  text(check.check),
  code(check.model),
  text(`${signOf[checkTone[check.outcome]]} ${checkWord[check.outcome]}`),
  text(check.expected),
  text(check.observed),
];

const failure = ({ model, title, message, hint, queries }: FailureReport): readonly RootContent[] => [
  paragraph([...(model === null ? [] : [code(model), text(": ")]), text(title)]),
  { type: "code", value: cut(visible(message), LONGEST_MESSAGE) },
  ...(hint === null ? [] : [paragraph([text(hint)])]),
  ...(queries.length === 0 ? [] : [linksOf(queries)]),
];

const linksOf = (links: readonly Link[]): RootContent =>
  paragraph(
    links.flatMap(({ label, href }, index): PhrasingContent[] => [
      ...(index === 0 ? [] : [text(" · ")]),
      { type: "link", url: href, children: [text(label)] },
    ]),
  );

const text = (value: string): PhrasingContent => ({ type: "text", value: oneLine(value) });
const code = (value: string): PhrasingContent => ({ type: "inlineCode", value: oneLine(value) });
const oneLine = (value: string): string => visible(value).replaceAll(/\s+/g, " ");
const paragraph = (children: PhrasingContent[]): RootContent => ({ type: "paragraph", children });
const heading = (depth: 2 | 3, value: string): RootContent => ({
  type: "heading",
  depth,
  children: [text(value)],
});

/** What fits into so many bytes; the rest is counted. */
class Page {
  text = "";
  /** For a last line that says how much is missing. */
  private static readonly RESERVE = 120;

  constructor(private readonly limit: number) {}

  add(...blocks: readonly RootContent[]): boolean {
    return this.append(toMarkdown({ type: "root", children: [...blocks] }));
  }

  addAll(items: readonly (readonly RootContent[])[], word: string): void {
    const fitting = items.findIndex((blocks) => !this.add(...blocks));
    if (fitting !== -1) this.tellMissing(items.length - fitting, word);
  }

  addTable(titles: readonly string[], rows: readonly (readonly PhrasingContent[])[], word: string): void {
    const lines = markdownTable([[...titles], ...rows.map((row) => row.map(cell))], {
      alignDelimiters: false,
    }).split("\n");
    let size = Buffer.byteLength(this.text) + Page.RESERVE + 2;
    const fitting = lines.findIndex((line) => (size += Buffer.byteLength(line) + 1) > this.limit);
    const shown = fitting === -1 ? lines : lines.slice(0, fitting);
    // Without a row there is no need for the titles.
    const isWorthIt = shown.length > 2 && this.append(`${shown.join("\n")}\n`);
    const missing = rows.length - (isWorthIt ? shown.length - 2 : 0);
    if (missing > 0) this.tellMissing(missing, word);
  }

  private append(block: string): boolean {
    const longer = this.text === "" ? block : `${this.text}\n${block}`;
    if (Buffer.byteLength(longer) > this.limit - Page.RESERVE) return false;
    this.text = longer;
    return true;
  }

  private tellMissing(missing: number, word: string): void {
    const block = toMarkdown({
      type: "root",
      children: [paragraph([text(`… ${count(missing, word)} more, for which there is no room here`)])],
    });
    const all = `${this.text}\n${block}`;
    if (Buffer.byteLength(all) <= this.limit) this.text = all;
  }
}

/** As it stands in a table: a bar would end the cell. */
const cell = (content: PhrasingContent): string =>
  toMarkdown({ type: "paragraph", children: [content] })
    .trim()
    .replaceAll("|", String.raw`\|`);
