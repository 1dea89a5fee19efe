import { stripVTControlCharacters } from "node:util";

/** Text that is HTML or SVG already: made by `html` alone, so that whatever came from outside is escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = Markup | string | number | null | readonly Content[];

/**
 * A template whose values are escaped, in texts and in quoted attributes alike. A line break of the template with its
 * indentation is a blank, and nothing at its ends.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = partsOf(strings);
  return new Markup(parts.map((part, index) => part + render(values[index] ?? null)).join(""));
}

const templates = new WeakMap<TemplateStringsArray, readonly string[]>();

function partsOf(strings: TemplateStringsArray): readonly string[] {
  const known = templates.get(strings);
  if (known) return known;
  const last = strings.length - 1;
  const parts = strings.map((part, index) => {
    const blank = part.replaceAll(/\s*\n\s*/g, "\n");
    const begun = index === 0 ? blank.replace(/^\n/, "") : blank;
    return index === last ? begun.replace(/\n$/, "") : begun;
  });
  templates.set(strings, parts);
  return parts;
}

function render(content: Content): string {
  if (content === null) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "number") return String(content);
  if (typeof content === "string") return escape(content);
  return content.map(render).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Most texts are names and numbers, in which there is nothing to be done. */
const PLAIN = /^[\w .,:;()+-]*$/;

const escape = (text: string): string =>
  PLAIN.test(text) ? text : visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");

/** What no document may have, what turns the direction of other text, and halves of characters. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\uFFFE\uFFFF]|\p{Cs}/gu;

/** The text with nothing in it that is not seen; colours of terminals are left out. */
export const visible = (text: string): string =>
  stripVTControlCharacters(text).replaceAll("\r\n", "\n").replaceAll(UNSEEN, "\uFFFD");
