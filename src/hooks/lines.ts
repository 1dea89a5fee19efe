import type { Readable } from "node:stream";

/** Longer ones are told in pieces, so that output without any line break is not collected without end. */
const LONGEST = 8_192;

/** Hands over what a stream gives line by line, as it comes. Settles when the stream ends or is destroyed. */
export async function eachLine(stream: Readable, onLine: (line: string) => void): Promise<void> {
  stream.setEncoding("utf8");
  let rest = "";
  const take = (chunk: string): void => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    while (rest.length > LONGEST) {
      onLine(rest.slice(0, LONGEST));
      rest = rest.slice(LONGEST);
    }
  };
  await new Promise<void>((resolve) => {
    stream.on("data", take);
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  if (rest !== "") onLine(rest);
}
