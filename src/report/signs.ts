const segmenter = new Intl.Segmenter("en");

/** The text as people see it, sign by sign: an emoji of several code points is one. */
export const signsOf = (text: string): readonly string[] =>
  [...segmenter.segment(text)].map(({ segment }) => segment);

/** At most so many signs, the last one an ellipsis where there were more. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const signs = signsOf(text.slice(0, most * 4));
  return signs.length <= most ? text : `${signs.slice(0, most - 1).join("")}…`;
}
