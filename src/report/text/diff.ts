import { short } from "../../core/commit.js";
import { count, few, grouped } from "../../core/words.js";
import type {
  ColumnChange,
  ComparedCommit,
  ComparedContent,
  Comparison,
  Difference,
} from "../../release/diff.js";
import type { RowCount } from "../../release/ports.js";
import { commandLine } from "../../restatement/command-line.js";
import type { Terminal } from "../terminal.js";
import { type NextStep, nextSteps, sections, wrapped } from "./layout.js";
import { table } from "./table.js";

export function renderComparison(comparison: Comparison, terminal: Terminal): string {
  const { from, to } = comparison;
  return sections(
    wrapped(`${commitInWords(from)} → ${commitInWords(to)}`, terminal),
    differenceTable(comparison, terminal),
    nextSteps(nextOf(comparison), terminal),
  );
}

/** The differences one by one, and how many there are. */
export function differenceTable(comparison: Comparison, terminal: Terminal): string {
  const { from, to, differences, others } = comparison;
  const { chalk } = terminal;
  if (from.base === to.base) return "Nothing differs: both are made of the same commit.";
  const looked = differences.filter((one) => one.looked);
  const unlooked = differences.length - looked.length;
  return sections(
    differences.length === 0 ? "Nothing that readers query differs." : "",
    table(
      [
        { title: "name", yields: true },
        { title: "change", yields: true, prose: true },
        { title: "rows before", align: "right" },
        { title: "after", align: "right" },
        { title: "difference", align: "right", spare: true },
        { title: "columns", yields: true, prose: true, spare: true },
      ],
      looked.map((one) => [
        one.name,
        changeInWords(one, terminal),
        rowsInWords(one.from),
        rowsInWords(one.to),
        moreInWords(one),
        columnsInWords(one.columns),
      ]),
      terminal,
    ),
    [
      differences.length === 0 ? "" : countsInWords(differences),
      unlooked === 0
        ? ""
        : wrapped(
            chalk.yellow(
              `${count(unlooked, "name")} more not looked at: rows and columns are known with --all`,
            ),
            terminal,
          ),
      others.length === 0
        ? ""
        : wrapped(
            chalk.dim(
              `besides, ${others.length === 1 ? "one table or view" : `${grouped(others.length)} tables and views`} of other environments or old versions`,
            ),
            terminal,
          ),
    ]
      .filter(Boolean)
      .join("\n"),
  );
}

/** `consumer, release 7 (0a7fd0aaaef2)` */
function commitInWords({ asked, release, base }: ComparedCommit): string {
  const named = release === null || asked === String(release) ? "" : `, release ${release}`;
  const name = asked === String(release) ? `release ${asked}` : base.startsWith(asked) ? "commit" : asked;
  return `${name}${named} (${short(base)})`;
}

function changeInWords({ change, ways, kind }: Difference, { chalk }: Terminal): string {
  if (change === "added") return chalk.green(kind === "view" ? "added, a view" : "added");
  if (change === "removed") return chalk.red(kind === "view" ? "removed, a view" : "removed");
  const words = { version: "new version", rows: "rows", columns: "columns", text: "query" };
  return ways.map((way) => words[way]).join(", ") || "changed";
}

function rowsInWords(content: ComparedContent | null): string {
  const rows = content?.rows;
  return rows ? `${rows.exact ? "" : "~"}${grouped(rows.rows)}` : "";
}

function moreInWords({ from, to }: Difference): string {
  const [before, after]: readonly (RowCount | null | undefined)[] = [from?.rows, to?.rows];
  if (!before || !after) return "";
  const more = after.rows - before.rows;
  return more === 0 ? "0" : `${more > 0 ? "+" : "−"}${grouped(Math.abs(more))}`;
}

/** `+a int, −b, c int → long` */
const columnsInWords = (columns: readonly ColumnChange[]): string =>
  few(
    columns.map(({ column, from, to }) =>
      from === null ? `+${column} ${to}` : to === null ? `−${column}` : `${column} ${from} → ${to}`,
    ),
    4,
  );

/** `12 changed, 1 added, 2 removed` */
const countsInWords = (differences: readonly Difference[]): string =>
  (["changed", "added", "removed"] as const)
    .map((change) => [differences.filter((one) => one.change === change).length, change] as const)
    .filter(([number]) => number > 0)
    .map(([number, change]) => `${grouped(number)} ${change}`)
    .join(", ");

function nextOf({ from, to, differences }: Comparison): readonly NextStep[] {
  const look = differences.some(({ looked }) => !looked)
    ? [{ command: commandLine("diff", from.asked, to.asked, "--all"), does: "looks at every difference" }]
    : [];
  if (from.asked !== "consumer" || to.asked !== "main" || from.base === to.base) return look;
  return [...look, { command: commandLine("tag-consumer"), does: "verifies main and publishes it" }];
}
