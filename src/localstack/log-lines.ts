const telling =
  /\b(ERROR|SEVERE|FATAL)\b|\bCaused by:|\b\w*Exception\b|\b[A-Z]\w*Error\b|^[Ee]rror[: ]|\bERROR:|^\d+\) /;

/** The last line of a log that speaks of an error, without the stack below it; undefined where none does. */
export function lastErrorLine(text: string): string | undefined {
  return shortened(meaningful(text).findLast((line) => telling.test(line)));
}

/** The line of a log that most likely says why a process ended: the last that speaks of an error, else the last. */
export function lastMeaningfulLine(text: string): string | undefined {
  return lastErrorLine(text) ?? shortened(meaningful(text).at(-1));
}

const meaningful = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^at \S+\(|^\.\.\. \d+ more$/.test(line));

const shortened = (line: string | undefined): string | undefined =>
  line === undefined || line.length <= 300 ? line : `${line.slice(0, 299)}…`;

/** The last `count` lines, without the line end of the last. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return count === 0 ? [] : lines.slice(-count);
}
