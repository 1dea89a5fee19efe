import { count, few } from "../../core/words.js";
import type { FileOutcome } from "../../setup/changes.js";
import type { ConnectionFinding } from "../../setup/connections.js";
import type { InitResult } from "../../setup/init.js";
import type { Terminal } from "../terminal.js";
import { labelled, nextSteps, type NextStep, sections, wrapped } from "./layout.js";

/** Lines of a difference that are shown; a whole file would push all else off the screen. */
const LONGEST_DIFFERENCE = 60;

export function renderInit(result: InitResult, terminal: Terminal): string {
  return sections(
    found(result, terminal),
    files(result, terminal),
    connections(result.connections, terminal),
    result.notes.map((note) => bulleted(note, terminal)).join("\n"),
    nextSteps(next(result), terminal),
  );
}

function found(
  { found: { project, python, sqlmesh, gateway, models, categories }, checks }: InitResult,
  terminal: Terminal,
): string {
  const size = models === null ? "could not be loaded" : count(models, "model");
  const named = categories.length === 0 ? "" : `, categories ${few(categories)}`;
  return labelled(
    [
      ["project", `${project}, ${size}${named}`],
      ["SQLMesh", `${sqlmesh}, ${python}`],
      ["gateway", gateway],
      ["checks", checks === 0 ? "none proposed" : `${count(checks, "check")} proposed from the models`],
    ],
    terminal,
  );
}

function files({ files: all, dryRun }: InitResult, terminal: Terminal): string {
  const { chalk } = terminal;
  const width = Math.max(...all.map(({ state }) => word(state, dryRun).length));
  const lines = all.map((file) => {
    const said = word(file.state, dryRun);
    const colour =
      file.state === "kept" ? chalk.yellow : file.state === "unchanged" ? chalk.dim : chalk.green;
    return `  ${colour(said.padEnd(width))}  ${file.file}`;
  });
  const differences = all.flatMap((file) => difference(file, terminal));
  return sections(dryRun ? "Nothing is written." : "", lines.join("\n"), ...differences);
}

function word(state: FileOutcome["state"], dryRun: boolean): string {
  if (!dryRun || state === "kept" || state === "unchanged") return state;
  return state === "created" ? "to create" : "to replace";
}

function difference({ file, difference: text, state }: FileOutcome, { chalk }: Terminal): string[] {
  if (text === null) return [];
  const lines = text.split("\n");
  const shown = lines.slice(0, LONGEST_DIFFERENCE).map((line) => {
    if (line.startsWith("+")) return chalk.green(line);
    return line.startsWith("-") ? chalk.red(line) : chalk.dim(line);
  });
  const rest = lines.length - shown.length;
  const more = rest > 0 ? [chalk.dim(`… and ${count(rest, "more line")}`)] : [];
  const hint =
    state === "kept" ? [`  ${chalk.dim("to change it so:")} oso-pipeline init --force ${file}`] : [];
  return [[...shown, ...more, ...hint].join("\n")];
}

function connections(all: readonly ConnectionFinding[], terminal: Terminal): string {
  const { chalk } = terminal;
  const signs = { fine: chalk.green("✓"), wrong: chalk.red("✗"), unknown: chalk.yellow("?") };
  const width = Math.max(...all.map(({ about }) => about.length));
  const indent = width + 6;
  return all
    .map(({ about, state, found: text, mend }) => {
      const body = wrapped(text, terminal, indent).slice(indent);
      const line = `  ${signs[state]} ${about.padEnd(width)}  ${body}`;
      return mend === null ? line : `${line}\n${wrapped(`→ ${mend}`, terminal, indent)}`;
    })
    .join("\n");
}

const bulleted = (text: string, terminal: Terminal): string =>
  `${terminal.chalk.yellow("!")} ${wrapped(text, terminal, 2).slice(2)}`;

function next({ connections: all, dryRun, files: outcomes, folder }: InitResult): NextStep[] {
  if (dryRun) return [{ command: "oso-pipeline init", does: "writes it" }];
  const secrets = all.some(({ state, mend }) => state === "unknown" && mend?.includes(".env"));
  const at = folder === "." ? "" : `cd ${folder} && `;
  const isWritten = outcomes.some(({ state }) => state === "created" || state === "replaced");
  return [
    ...(secrets ? [{ command: `${at}cp .env.example .env`, does: "and fill it in" }] : []),
    { command: `${at}oso-pipeline doctor`, does: "looks at all that publishing rests on" },
    { command: `${at}oso-pipeline plan`, does: "shows what a first run would do" },
    ...(isWritten
      ? [{ command: `${at}oso-pipeline run --publish`, does: "runs, verifies and publishes" }]
      : []),
  ];
}
