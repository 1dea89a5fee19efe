const telling = /\b(ERROR|SEVERE|FATAL|Caused by|Exception|[Ee]rror)\b|\bERROR:|^\d+\) /;

/** The line of a log that most likely says why the process ended: the last that speaks of an error, else the last. */
export function lastMeaningfulLine(text: string): string | undefined {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^at \S+\(|^\.\.\. \d+ more$/.test(line));
  const line = lines.findLast((candidate) => telling.test(candidate)) ?? lines.at(-1);
  return line === undefined || line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}

/** The last `count` lines, without the line end of the last. */
export function lastLines(text: string, count: number): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return count === 0 ? [] : lines.slice(-count);
}
