import { formatDuration } from "../core/duration.js";
import type { PipelineEvent } from "../core/events.js";
import { count } from "../core/words.js";
import type { Activity, Checks, Evaluation } from "./activity.js";
import { Frame, type Screen } from "./frame.js";
import type { Clock } from "./heartbeat.js";
import type { Progress } from "./progress.js";
import { hookInWords } from "./waiting.js";
import { type Download, frameLines, slowestOf, type Waiting } from "./progress-frame.js";
import type { Terminal } from "./terminal.js";

export interface TerminalScreen extends Screen {
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** Often enough to look alive. */
const REDRAW = 125;

/** Bars at the bottom of a terminal, lines above them. What was done is told in a line when the bars go away. */
export class BarProgress implements Progress {
  private readonly frame: Frame;
  private readonly downloads = new Map<string, Download>();
  private waiting: Waiting | null = null;
  private stopDrawing: (() => void) | undefined;
  private readonly redraw = (): void => this.draw();

  constructor(
    private readonly screen: TerminalScreen,
    private readonly look: Omit<Terminal, "columns">,
    private readonly clock: Clock,
    private readonly activity: Activity,
  ) {
    this.frame = new Frame(screen);
  }

  report(event: PipelineEvent): void {
    this.begin();
    const { chalk } = this.look;
    if (event.type !== "waiting" && event.type !== "notice") this.waiting = null;
    this.tellEnded();
    switch (event.type) {
      case "phase":
        this.above(`${chalk.cyan("→")} ${event.text}`);
        break;
      case "notice":
        this.above(event.level === "warning" ? chalk.yellow(`! ${event.text}`) : `  ${event.text}`);
        break;
      case "model-failed":
        this.above(chalk.red(`✗ ${event.failure.model}: ${event.failure.message}`));
        break;
      case "model-skipped":
        this.above(chalk.yellow(`- ${event.model} skipped`));
        break;
      case "check-finished":
        if (event.outcome !== "passed")
          this.above(chalk.red(`✗ ${event.model} ${event.check} ${event.outcome}`));
        break;
      case "waiting":
        this.waiting = event;
        break;
      case "download":
        this.download(event);
        break;
      case "service":
        this.above(
          `  ${event.service.padEnd(8)} ${event.state}${event.detail ? chalk.dim(`  ${event.detail}`) : ""}`,
        );
        break;
      case "hook":
        this.above(`  ${event.hook} ${hookInWords(event)}`);
        break;
      case "hook-output":
        this.above(chalk.dim(`    ${event.line}`));
        break;
      case "pace-known":
      case "evaluation-planned":
      case "batch-started":
      case "batch-finished":
      case "batch-stopped":
      case "evaluation-finished":
      case "checks-planned":
      case "still-working":
        break;
    }
  }

  stop(): void {
    if (this.stopDrawing === undefined) return;
    this.stopDrawing();
    this.stopDrawing = undefined;
    this.screen.off("resize", this.redraw);
    this.activity.end();
    this.tellEnded();
    this.waiting = null;
    this.downloads.clear();
    this.frame.clear();
  }

  /** With the first event: a command without any leaves the terminal's cursor alone. */
  private begin(): void {
    if (this.stopDrawing !== undefined) return;
    this.stopDrawing = this.clock.every(REDRAW, this.redraw);
    this.screen.on("resize", this.redraw);
  }

  private draw(): void {
    const { activity, waiting } = this;
    const { columns = 80, rows = 24 } = this.screen;
    const shown = { activity, waiting, downloads: [...this.downloads.values()], now: this.clock.now() };
    this.frame.draw(frameLines(shown, { ...this.look, columns }, rows));
  }

  private above(text: string): void {
    this.frame.above(text);
  }

  private tellEnded(): void {
    const { evaluation, checks } = this.activity.ended;
    if (evaluation) this.above(this.evaluationInWords(evaluation));
    if (checks) this.above(this.checksInWords(checks));
  }

  /** `✓ 8 models, 16 batches, 84 rows in 21 s; slowest oso.stg_github__events, 8.2 s` */
  private evaluationInWords({ tallies, startedAt }: Evaluation): string {
    const { chalk } = this.look;
    const all = [...tallies.values()];
    const now = this.clock.now();
    const [done, of] = [sum(all.map((tally) => tally.done)), sum(all.map((tally) => tally.of))];
    const rows = sum(all.map((tally) => tally.rows ?? 0));
    const isWhole = done >= of;
    const what = isWhole
      ? `${count(all.length, "model")}, ${count(done, "batch")}`
      : `${done} of ${count(of, "batch")} of ${count(all.length, "model")}`;
    const slowest =
      all.length > 1
        ? slowestOf(
            all.map((tally) => ({ ...tally, working: [] })),
            now,
          )
        : null;
    const last = slowest ? `; slowest ${slowest.model}, ${formatDuration(slowest.milliseconds)}` : "";
    const told = rows > 0 ? `, ${count(rows, "row")}` : "";
    const mark = isWhole ? chalk.green("✓") : chalk.yellow("-");
    return `${mark} ${what}${told} in ${formatDuration(now - startedAt)}${chalk.dim(last)}`;
  }

  private checksInWords({ done, total, notPassed, startedAt }: Checks): string {
    const { chalk } = this.look;
    const took = `in ${formatDuration(this.clock.now() - startedAt)}`;
    if (done < total) return `${chalk.yellow("-")} ${done} of ${count(total, "check")} ${took}`;
    if (notPassed === 0) return `${chalk.green("✓")} ${count(total, "check")} passed ${took}`;
    return `${chalk.red("✗")} ${notPassed} of ${count(total, "check")} not passed, ${took}`;
  }

  private download(event: Extract<PipelineEvent, { type: "download" }>): void {
    const { file, state } = event;
    if (state === "running") {
      const since = this.downloads.get(file)?.since ?? this.clock.now();
      this.downloads.set(file, { ...event, since });
      return;
    }
    this.downloads.delete(file);
    if (state !== "cached") this.above(`  ${file} ${this.look.chalk.dim(state)}`);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
