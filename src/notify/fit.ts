/**
 * Cutting text to what a service takes. Lengths are UTF-16 units: of what services count, units, code points or bytes of
 * ASCII, they are never fewer than units, so that what fits in units fits.
 */
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const ELLIPSIS = "…";

export type Escape = (text: string) => string;

const asItIs: Escape = (text) => text;

/**
 * `text`, escaped, in at most `limit` units: cut between characters as people see them, never within one or within its
 * escape, and ended by `…` where something is missing.
 */
export function fit(text: string, limit: number, escape: Escape = asItIs): string {
  // Where a character ends depends on nothing that comes after the next one, so the rest need not be looked at.
  const ahead = text.slice(0, Math.max(0, limit) + 1);
  const kept: string[] = [];
  let length = 0;
  /** What is kept, and how long, where `…` still fits behind it. */
  let whole = 0;
  let isCut = ahead.length < text.length;
  for (const { segment, index } of graphemes.segment(ahead)) {
    const piece = escape(segment);
    if (isCut && index + segment.length === ahead.length) break;
    if (length + piece.length > limit) {
      isCut = true;
      break;
    }
    kept.push(piece);
    length += piece.length;
    if (length + ELLIPSIS.length <= limit) whole = kept.length;
  }
  if (!isCut) return kept.join("");
  return limit < ELLIPSIS.length ? "" : kept.slice(0, whole).join("") + ELLIPSIS;
}

/**
 * Lines, escaped and joined, as many as fit whole into `limit` units; then how many are missing. A first line that is
 * longer than all is cut itself.
 */
export function fitLines(lines: readonly string[], limit: number, escape: Escape = asItIs): string {
  const more = (shown: number): string => `\n${ELLIPSIS} and ${lines.length - shown} more`;
  const pieces: string[] = [];
  let length = -1;
  /** Lines behind which there is room to say how many are missing. */
  let shown = 0;
  for (const line of lines) {
    const piece = fit(line, LONGEST_LINE, escape);
    length += 1 + piece.length;
    if (length > limit) break;
    pieces.push(piece);
    if (length + more(pieces.length).length <= limit) shown = pieces.length;
  }
  if (pieces.length === lines.length) return pieces.join("\n");
  return shown === 0 ? fit(lines[0] ?? "", limit, escape) : pieces.slice(0, shown).join("\n") + more(shown);
}

const LONGEST_LINE = 400;
