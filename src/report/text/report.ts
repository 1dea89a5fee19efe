import { grouped } from "../../core/words.js";
import type { Terminal } from "../terminal.js";
import type { WrittenReport } from "../write.js";
import { labelled, sections } from "./layout.js";

/** Where the report is, and of what; the report itself where it is in no file. */
export function renderWrittenReport(
  { title, outcome, file, bytes, text }: WrittenReport,
  terminal: Terminal,
): string {
  if (file === null) return text ?? "";
  const { chalk } = terminal;
  const colour = { good: chalk.green, warning: chalk.yellow, bad: chalk.red, neutral: chalk.cyan }[
    outcome.tone
  ];
  return sections(
    `${chalk.bold(title)} ${colour(outcome.word)}`,
    labelled([["report", `${file} (${grouped(Math.ceil(bytes / 1000))} kB)`]], terminal),
  );
}
