import { Markup } from "./markup.js";

/** One style sheet for light and dark, screen and paper. */
export const style = new Markup(
  `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --surface: #ffffff; --text: #1b1f24; --quiet: #57606a; --line: #d8dee4; --sunken: #f0f2f5;
  --link: #0a58ca; --good: #12703f; --warning: #8a5700; --bad: #b3261e; --neutral: #3d5a80;
  --good-fill: #2e9e63; --warning-fill: #d99a1c; --bad-fill: #d64541; --neutral-fill: #5c7fae;
  --good-wash: #e6f5ec; --warning-wash: #fdf3dc; --bad-wash: #fdeceb; --neutral-wash: #e9eff7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1318; --surface: #171c22; --text: #e4e8ed; --quiet: #9aa6b2; --line: #2d353e; --sunken: #1f262e;
    --link: #7fb2ff; --good: #5fd195; --warning: #e9b44c; --bad: #ff8a80; --neutral: #9dbce6;
    --good-fill: #2f9d63; --warning-fill: #c48a1b; --bad-fill: #d9534c; --neutral-fill: #5a80b5;
    --good-wash: #15291f; --warning-wash: #2c2413; --bad-wash: #321b1b; --neutral-wash: #1a2532;
  }
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 24px clamp(14px, 3vw, 40px) 40px; max-width: 1320px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere;
}
code, pre, .lineage .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .92em; unicode-bidi: isolate; }
pre {
  margin: 8px 0; padding: 12px 14px; background: var(--sunken); border-radius: 8px; overflow: auto; max-height: 26em;
  font-size: 13px; line-height: 1.45; white-space: pre-wrap;
}
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.quiet { color: var(--quiet); }
header, section { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 20px clamp(14px, 2vw, 26px); margin-bottom: 18px; }
header { border-top: 5px solid var(--neutral-fill); }
header.good { border-top-color: var(--good-fill); } header.warning { border-top-color: var(--warning-fill); } header.bad { border-top-color: var(--bad-fill); }
.brand { margin: 0; color: var(--quiet); font-size: 13px; letter-spacing: .02em; }
h1 { margin: 2px 0 4px; font-size: clamp(21px, 3vw, 28px); line-height: 1.25; letter-spacing: -.01em; display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; }
h1 .badge { font-size: 15px; letter-spacing: 0; }
h2 { margin: 0 0 10px; font-size: 19px; letter-spacing: -.005em; }
h3 { margin: 18px 0 6px; font-size: 15px; }
.summary { margin: 0 0 16px; font-size: 16px; }
section > p:first-of-type { margin-top: 0; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 13px; font-weight: 600; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--good-wash); } .badge.warning { color: var(--warning); background: var(--warning-wash); }
.badge.bad { color: var(--bad); background: var(--bad-wash); } .badge.neutral { color: var(--neutral); background: var(--neutral-wash); }
dl, dd { margin: 0; }
.figures { display: flex; flex-wrap: wrap; gap: 10px; margin-bottom: 16px; }
.figures > div { display: flex; flex-direction: column-reverse; justify-content: flex-end; flex: 1 1 130px; max-width: 250px; padding: 9px 14px; background: var(--sunken); border-radius: 9px; }
.figures dt { color: var(--quiet); font-size: 13px; }
.figures dd { font-size: 22px; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures dd .quiet { font-size: 13px; font-weight: 400; white-space: nowrap; }
.pairs > div { display: grid; grid-template-columns: 8.5em minmax(0, 1fr); gap: 0 10px; padding: 1px 0; }
.pairs dt { color: var(--quiet); }
.facts { columns: 2 400px; column-gap: 36px; }
.facts > div { break-inside: avoid; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 16px 0 0; padding: 12px 0 0; list-style: none; border-top: 1px solid var(--line); }
.scroll { margin: 0 -4px; padding: 0 4px 4px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; overflow-wrap: normal; }
caption { text-align: left; color: var(--quiet); padding: 0 0 8px; font-size: 13.5px; }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-top: 1px solid var(--line); }
td { min-width: 5em; overflow-wrap: break-word; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--surface); border-top: 0; color: var(--quiet); font-weight: 500; font-size: 13px; white-space: nowrap; padding-top: 0; vertical-align: bottom; }
tbody th { font-weight: 500; min-width: 21em; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.change { display: inline-block; min-width: 3.2em; font-weight: 600; }
.trend { white-space: nowrap; font-variant-numeric: tabular-nums; }
.trend .quiet { font-size: 13px; }
.spark { vertical-align: -4px; margin-right: 6px; }
.spark path { stroke: var(--neutral); stroke-width: 1.5; } .spark circle { fill: var(--neutral); }
.spark .passed { fill: var(--good-fill); } .spark .warned { fill: var(--warning-fill); } .spark .failed, .spark .error { fill: var(--bad-fill); }
details { font-weight: 400; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
td details summary { font-size: 12.5px; } th summary { color: inherit; width: auto; list-style-position: outside; margin-left: 14px; } th summary::marker { color: var(--quiet); font-size: 11px; }
th .pairs { font-size: 13px; margin: 4px 0 6px; } th .pairs > div { grid-template-columns: 6em minmax(0, 1fr); }
details > .scroll { margin-top: 10px; }
.failure { border-left: 4px solid var(--bad-fill); padding-left: 14px; margin: 0 0 18px; }
.failure:last-child { margin-bottom: 0; }
.failure h3 { margin-top: 0; } .failure p { margin: 6px 0; }
.next dt { margin-top: 6px; } .next code { background: var(--sunken); padding: 3px 8px; border-radius: 6px; }
.next dd { color: var(--quiet); }
ul { padding-left: 20px; margin: 6px 0; }
.graph { overflow: auto; max-height: 80vh; }
.lineage { display: block; max-width: 100%; height: auto; }
.lineage .edges path { stroke: var(--quiet); stroke-opacity: .55; stroke-width: 1.4; }
.lineage rect { fill: var(--neutral-wash); stroke: var(--neutral-fill); stroke-width: 1.2; }
.lineage .good rect { fill: var(--good-wash); stroke: var(--good-fill); } .lineage .bad rect { fill: var(--bad-wash); stroke: var(--bad-fill); stroke-width: 2.2; }
.lineage .warning rect { fill: var(--warning-wash); stroke: var(--warning-fill); stroke-dasharray: 5 4; }
.lineage .asked rect { stroke-width: 3; }
.lineage text { fill: var(--text); font-size: 12px; } .lineage .note { fill: var(--quiet); font-size: 11.5px; }
.lineage .sign { font-size: 15px; font-weight: 700; } .lineage .good .sign { fill: var(--good); } .lineage .bad .sign { fill: var(--bad); } .lineage .warning .sign { fill: var(--warning); }
.gantt { font-size: 13.5px; }
.gantt ol { margin: 0; padding: 0; list-style: none; }
.gantt .row { display: grid; grid-template-columns: minmax(9em, 22em) minmax(0, 1fr) 13em; gap: 0 14px; align-items: center; padding: 3px 0; border-top: 1px solid var(--line); }
.gantt .axis { border: 0; color: var(--quiet); font-size: 12.5px; padding: 0; }
.ticks { position: relative; height: 20px; grid-column: 2; } .axis .time { grid-column: 1; text-align: right; }
.ticks span { position: absolute; white-space: nowrap; padding-left: 5px; border-left: 1px solid var(--line); }
.gantt svg { width: 100%; height: 14px; background: var(--sunken); border-radius: 3px; }
.gantt .stored { fill: var(--good-fill); } .gantt .failed { fill: var(--bad-fill); } .gantt .break { fill: var(--surface); }
.took { text-align: right; color: var(--quiet); font-variant-numeric: tabular-nums; } .took.bad { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; } .long { max-height: 92vh; overflow: auto; } .gantt.long .axis { position: sticky; top: 0; background: var(--surface); padding: 4px 0; }
.gantt h3 { margin: 12px 0 4px; }
footer { color: var(--quiet); font-size: 13px; padding: 0 4px; }
@media (max-width: 700px) {
  body { padding-top: 12px; }
  .figures { display: grid; grid-template-columns: 1fr 1fr; } .figures > div { max-width: none; }
  .facts { columns: 1; } .pairs > div { grid-template-columns: 7em minmax(0, 1fr); }
  .gantt .row { grid-template-columns: minmax(0, 1fr) auto; padding: 6px 0; }
  .gantt .row svg { grid-row: 2; grid-column: 1 / -1; } .gantt .axis .time { display: none; } .ticks { grid-column: 1 / -1; }
  .ticks span:nth-child(n + 2) { display: none; }
  tbody th { min-width: 13em; }
}
@media print {
  body { background: none; max-width: none; } section { break-inside: auto; } .graph, .scroll, .long { max-height: none; overflow: visible; } nav { display: none; }
}
`.replaceAll("\n", " "),
);
