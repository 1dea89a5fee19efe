import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { homeAt } from "./home.js";
import { lastLines } from "./log-lines.js";
import { serviceNames, type ServiceName } from "./settings.js";

export interface LogRequest {
  /** Absent: all of them. */
  readonly service?: ServiceName | undefined;
  /** Of each log, from its end. */
  readonly lines: number;
  /** Goes on with what is written, until aborted. */
  readonly follow?: boolean | undefined;
}

export interface LogLine {
  readonly service: ServiceName;
  readonly text: string;
}

const POLL_MS = 250;
// Enough for any number of lines that a person reads.
const TAIL_BYTES = 4_000_000;

export async function* readLogs(
  path: string,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const home = await homeAt(path);
  const names = request.service === undefined ? serviceNames : [request.service];
  const tails = names.map((service) => new LogTail(service, home.logFile(service)));
  for (const tail of tails) yield* await tail.begin(request.lines);
  while (request.follow === true && !signal.aborted) {
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
    for (const tail of tails) yield* await tail.more();
  }
}

/** Where reading of one log stands. A start puts a new file in the log's place; reading goes on from its beginning. */
class LogTail {
  private inode = 0;
  private offset = 0;
  private rest = "";

  constructor(
    private readonly service: ServiceName,
    private readonly path: string,
  ) {}

  async begin(lines: number): Promise<LogLine[]> {
    return this.reading(async (file, size) => {
      const text = await readFrom(file, Math.max(0, size - TAIL_BYTES), size);
      this.offset = size;
      return lastLines(text, lines);
    });
  }

  async more(): Promise<LogLine[]> {
    return this.reading(async (file, size) => {
      const text = this.rest + (await readFrom(file, this.offset, size));
      this.offset = size;
      const whole = text.split("\n");
      this.rest = whole.pop() ?? "";
      return whole;
    });
  }

  private async reading(read: (file: FileHandle, size: number) => Promise<string[]>): Promise<LogLine[]> {
    const file = await open(this.path).catch(() => null);
    if (file === null) return [];
    try {
      const { ino, size } = await file.stat();
      if (ino !== this.inode || size < this.offset) {
        this.inode = ino;
        this.offset = 0;
        this.rest = "";
      }
      return (await read(file, size)).map((text) => ({ service: this.service, text }));
    } finally {
      await file.close();
    }
  }
}

async function readFrom(file: FileHandle, start: number, end: number): Promise<string> {
  const buffer = Buffer.alloc(end - start);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  return buffer.subarray(0, bytesRead).toString("utf8");
}
