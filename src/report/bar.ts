import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
import type { Terminal } from "./terminal.js";

/** `━━━━───`, so much of it full. @param part from 0 to 1 */
export function bar(part: number, width: number, { chalk }: Terminal): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * width);
  return chalk.cyan("━".repeat(full)) + chalk.dim("─".repeat(width - full));
}

/** As many of the words as fit, the first ones before the later; two blanks apart. */
export function fitting(words: readonly string[], columns: number): string {
  let line = "";
  for (const word of words.filter(Boolean)) {
    const longer = line === "" ? word : `${line}  ${word}`;
    if (stringWidth(longer) > columns) continue;
    line = longer;
  }
  return line;
}

/** A name in exactly so many columns. */
export function name(text: string, columns: number): string {
  const cut = cliTruncate(text, Math.max(1, columns), { position: "middle" });
  return cut + " ".repeat(Math.max(0, columns - stringWidth(cut)));
}
