import xterm from "@xterm/headless";
import type { TerminalScreen } from "../../src/report/progress-bar.js";

/** A terminal as people have it, which folds lines when it gets narrower; what it shows can be read as text. */
export class Emulator implements TerminalScreen {
  private readonly terminal: xterm.Terminal;
  private readonly listeners = new Set<() => void>();
  private written: Promise<void> = Promise.resolve();
  /** All that was ever written, as it was. */
  raw = "";

  constructor(
    public columns: number,
    public rows = 24,
  ) {
    // As the line discipline of a terminal does with what programs write.
    this.terminal = new xterm.Terminal({ cols: columns, rows, convertEol: true, allowProposedApi: true });
  }

  write(text: string): void {
    this.raw += text;
    this.written = new Promise((resolve) => this.terminal.write(text, resolve));
  }

  on(_: "resize", listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_: "resize", listener: () => void): void {
    this.listeners.delete(listener);
  }

  /** The terminal first, as it is in life: the program hears of it later. */
  async resize(columns: number, rows = this.rows): Promise<void> {
    await this.written;
    this.terminal.resize(columns, rows);
    [this.columns, this.rows] = [columns, rows];
    for (const listener of this.listeners) listener();
  }

  /** Everything from the first line on, what has scrolled away included, without the empty end. */
  async lines(): Promise<readonly string[]> {
    await this.written;
    const { active } = this.terminal.buffer;
    const all = Array.from(
      { length: active.length },
      (_, index) => active.getLine(index)?.translateToString(true) ?? "",
    );
    const last = all.findLastIndex((line) => line !== "");
    return all.slice(0, last + 1);
  }

  get isCursorHidden(): boolean {
    return this.raw.lastIndexOf("\u001B[?25l") > this.raw.lastIndexOf("\u001B[?25h");
  }
}
