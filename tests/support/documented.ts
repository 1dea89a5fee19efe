import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A section of a page: what a reader types under its heading, line by line. */
export interface DocumentedStep {
  readonly heading: string;
  readonly commands: readonly string[];
}

export const pageOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");

/** The sections of a page that have something to type, in order. */
export function stepsIn(page: string): readonly DocumentedStep[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      heading: section.slice(0, section.indexOf("\n")),
      commands: blocksIn(section, "sh").flatMap((block) => block.trim().split("\n")),
    }))
    .filter(({ commands }) => commands.length > 0);
}

/** What stands between fences of a language. */
export const blocksIn = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, block]) => block ?? "",
  );
