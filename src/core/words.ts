/** `1 model`, `3 models`, `2 batches`, `2 queries`. */
export function count(number: number | bigint, word: string): string {
  const stem = word.replace(/(?<=[^aeiou])y$/, "ie");
  const plural = /(?:ch|s|x)$/.test(word) ? `${word}es` : `${stem}s`;
  return `${grouped(number)} ${Number(number) === 1 ? word : plural}`;
}

/** Thousands apart by a thin space, as tables of figures are set: `12 345`. */
export const grouped = (number: number | bigint): string =>
  String(number).replaceAll(/\B(?=(\d{3})+(?!\d))/g, " ");

/** The first few of a list, and how many more there are. */
export function few(names: readonly string[], most = 5): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
