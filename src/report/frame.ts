import stringWidth from "string-width";

/** What a frame needs of a terminal's stream. */
export interface Screen {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

const UP = (rows: number): string => (rows > 0 ? `\u001B[${rows}A` : "");
const ERASE_BELOW = "\u001B[0J";
const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";

/**
 * Lines at the bottom of a terminal that are drawn again and again, under text that stays. The cursor waits on an empty
 * line of its own: terminals that fold lines when they get narrower leave the cursor's line as it is, and how many rows
 * the others take then is counted with the width that there is when they are taken away.
 */
export class Frame {
  private shown: readonly string[] = [];
  private columns = 0;
  private isCursorHidden = false;

  constructor(private readonly screen: Screen) {}

  draw(lines: readonly string[]): void {
    const isSame = lines.join("\n") === this.shown.join("\n") && this.columns === this.screen.columns;
    if (isSame) return;
    this.screen.write(`${this.isCursorHidden ? "" : HIDE_CURSOR}${this.erased()}${this.drawn(lines)}`);
    this.isCursorHidden = true;
  }

  /** Writes text that stays, and the lines below it again. */
  above(text: string): void {
    const lines = this.shown;
    this.screen.write(`${this.erased()}${text}\n${this.drawn(lines)}`);
  }

  /** Takes the lines away. */
  clear(): void {
    if (!this.isCursorHidden) return;
    this.screen.write(`${this.erased()}${SHOW_CURSOR}`);
    this.isCursorHidden = false;
  }

  private drawn(lines: readonly string[]): string {
    this.shown = lines;
    this.columns = this.screen.columns ?? 0;
    return lines.map((line) => `${line}\n`).join("");
  }

  private erased(): string {
    const { columns = 80 } = this.screen;
    const rows = this.shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / Math.max(1, columns))),
      0,
    );
    this.shown = [];
    return rows === 0 ? "" : `\r${UP(rows)}${ERASE_BELOW}`;
  }
}
