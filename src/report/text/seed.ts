import { count, grouped } from "../../core/words.js";
import type { Cell } from "../../seeds/column.js";
import type { ColumnResult, SeedResult } from "../../seeds/result.js";
import type { Terminal } from "../terminal.js";
import { labelled, nextSteps, sections, wrapped } from "./layout.js";
import { failureLine, failureLines } from "./steps.js";
import { table } from "./table.js";

export function renderSeed(result: SeedResult, terminal: Terminal): string {
  const { chalk } = terminal;
  const did = result.written ? (result.replaced ? "Replaced" : "Made") : "Would make";
  return sections(
    wrapped(
      chalk.bold(`${did} the seed ${result.name} of ${result.table}: ${count(result.rows.length, "row")}`),
      terminal,
    ),
    columnTable(result, terminal),
    labelled(
      [
        ["masked", maskedInWords(result)],
        ["now", listOf(result.columns.filter(({ isNow }) => isNow))],
        ["left out", result.leftOut.join(", ")],
        ["owner", result.owner],
        ["read", costInWords(result)],
        ["files", result.files.join(", ")],
      ],
      terminal,
    ),
    checkInWords(result, terminal),
    note(result, terminal),
    nextSteps(next(result), terminal),
  );
}

/** A column a line: a table as wide as the rows are would fit nowhere. */
function columnTable({ columns, rows }: SeedResult, terminal: Terminal): string {
  return table(
    [
      { title: "column" },
      { title: "type", yields: true },
      { title: "in the CSV", spare: true },
      { title: "values", yields: true },
    ],
    columns.map((column, index) => [
      column.name,
      column.type,
      formInWords(column),
      valuesInWords(rows.map((row) => row[index] ?? null)),
    ]),
    terminal,
  );
}

function formInWords({ form, seedType }: ColumnResult): string {
  if (form === "json") return "JSON text";
  return form === "text" ? "text" : seedType.toLowerCase();
}

const segmenter = new Intl.Segmenter();
const LONGEST = 24;

/** Different values in the order of the rows, in one line each. */
function valuesInWords(cells: readonly Cell[]): string {
  const shown = cells.map((cell) => {
    if (cell === null) return "NULL";
    if (cell === "") return "''";
    const line = cell.replaceAll("\n", "\\n").replaceAll(/\p{Cc}/gu, "�");
    const characters = [...segmenter.segment(line)].map(({ segment }) => segment);
    return characters.length <= LONGEST ? line : `${characters.slice(0, LONGEST - 1).join("")}…`;
  });
  return [...new Set(shown)].join(" · ");
}

const listOf = (columns: readonly ColumnResult[]): string => columns.map(({ name }) => name).join(", ");

function maskedInWords({ columns, maskKey }: SeedResult): string | null {
  const told = columns.flatMap(({ name, masked }) =>
    masked.map(({ kind, because, cells }) =>
      because === "name" ? `${name} (${kind}, by its name)` : `${name} (${kind} in ${count(cells, "value")})`,
    ),
  );
  return told.length === 0
    ? null
    : `${told.join(", ")}; the same value has the same mask in every seed, by ${maskKey}`;
}

function costInWords({ cost }: SeedResult): string {
  const bytes = !cost.bytesRead ? "" : `, ${bytesInWords(cost.bytesRead)} of data`;
  return `${count(cost.queries, "query")}, none of more than ${grouped(cost.rowsAtMost)} rows${bytes}; chosen from ${count(cost.candidates, "row")}`;
}

function bytesInWords(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function checkInWords({ check, models }: SeedResult, terminal: Terminal): string {
  if (check === null) return "";
  const { chalk } = terminal;
  const where = `in ${check.environment}, SQLMesh ${check.sqlmeshVersion}`;
  if (check.status === "passed")
    return wrapped(
      `${chalk.green("✓")} ${models.seed} and ${models.staging} are built ${where}, and bring back every value`,
      terminal,
    );
  if (check.status === "unchanged")
    return wrapped(`${chalk.green("✓")} both models were built before ${where}`, terminal);
  return [
    failureLines(check.failures, terminal),
    ...check.skipped.map((model) => failureLine(`${model}: not built, for what it reads failed`, terminal)),
    ...check.differences.map(({ model, column, wanted, got }) =>
      failureLine(`${model}: ${column} is ${got ?? "NULL"} instead of ${wanted ?? "NULL"}`, terminal),
    ),
  ]
    .filter(Boolean)
    .join("\n");
}

const note = ({ written, models, source, check }: SeedResult, terminal: Terminal): string =>
  written && check !== null && check.status !== "failed"
    ? wrapped(
        terminal.chalk.dim(
          `${models.staging} reads the seed's rows, in production too, until its FROM names ${source} itself.`,
        ),
        terminal,
      )
    : "";

function next({
  written,
  check,
  files,
  table: name,
  models,
}: SeedResult): { command: string; does: string }[] {
  if (!written)
    return [{ command: `oso-pipeline seed add ${name}`, does: "writes the files and tries them on SQLMesh" }];
  if (check === null || check.status === "failed") return [];
  return [
    { command: `git add ${files.join(" ")}`, does: "for the pull request" },
    { command: "oso-pipeline plan", does: `shows what deploying ${models.staging} does` },
  ];
}
