import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import type { Terminal } from "../terminal.js";

/** Text cut into lines that fit, each after `indent` blanks; words longer than a line stay whole. */
export function wrapped(text: string, { columns }: Terminal, indent = 0): string {
  const margin = " ".repeat(indent);
  return wrapAnsi(text, Math.max(20, columns - indent), { hard: false, trim: true })
    .split("\n")
    .map((line) => `${margin}${line}`)
    .join("\n");
}

/** `  label  text` for each pair, texts under each other; what has no text is left out. */
export function labelled(
  pairs: readonly (readonly [label: string, text: string | null])[],
  terminal: Terminal,
): string {
  const shown = pairs.filter((pair): pair is [string, string] => Boolean(pair[1]));
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  const indent = width + 4;
  return shown
    .map(([label, text]) => {
      const lines = wrapped(text, terminal, indent).slice(indent);
      return `  ${terminal.chalk.dim(label.padEnd(width))}  ${lines}`;
    })
    .join("\n");
}

/** A command that makes sense next, ready to be copied, and what it does. */
export interface NextStep {
  readonly command: string;
  readonly does?: string;
}

/** The commands one under the other; what they do beside them, or below where the terminal is too narrow. */
export function nextSteps(steps: readonly NextStep[], { chalk, columns }: Terminal): string {
  const margin = " ".repeat(6);
  const width = Math.max(0, ...steps.map(({ command }) => stringWidth(command)));
  const fits = steps.every(({ does = "" }) => margin.length + width + 2 + stringWidth(does) <= columns);
  return steps
    .flatMap(({ command, does }, index) => {
      const start = index === 0 ? chalk.dim("next: ") : margin;
      if (does === undefined) return [`${start}${command}`];
      if (fits) return [`${start}${command.padEnd(width)}  ${chalk.dim(does)}`];
      return [`${start}${command}`, `${margin}  ${chalk.dim(does)}`];
    })
    .join("\n");
}

/** Sections with a line between them; empty ones are left out. */
export const sections = (...parts: readonly string[]): string => parts.filter(Boolean).join("\n\n");
