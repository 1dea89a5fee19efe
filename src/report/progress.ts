import type { FinishedBatch, PipelineEvent } from "../core/events.js";
import { formatDuration } from "../core/duration.js";
import { count } from "../core/words.js";
import { BarProgress } from "./progress-bar.js";
import type { Terminal } from "./terminal.js";
import { hookInWords, Waits, waitInWords } from "./waiting.js";

/** Shows events as they come. `stop` leaves the cursor on a line of its own. */
export interface Progress {
  report(event: PipelineEvent): void;
  stop(): void;
}

/** A bar that is redrawn on a terminal; one calm line per model elsewhere, so that CI logs stay readable. */
export function createProgress(stream: NodeJS.WriteStream, terminal: Terminal, now: () => number): Progress {
  return terminal.interactive
    ? new BarProgress(stream, terminal)
    : new LineProgress((text) => stream.write(`${text}\n`), terminal, now);
}

/** How far one model has come in this evaluation. */
interface Tally {
  of: number;
  done: number;
  rows: number | null;
  milliseconds: number;
}

export class LineProgress implements Progress {
  private readonly tallies = new Map<string, Tally>();
  private readonly startedAt: number;
  private finished = 0;
  private readonly quarters = new Map<string, number>();
  private readonly waits = new Waits();

  constructor(
    private readonly write: (text: string) => void,
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {
    this.startedAt = now();
  }

  report(event: PipelineEvent): void {
    const { chalk } = this.terminal;
    switch (event.type) {
      case "phase":
        this.line(chalk.bold(event.text));
        break;
      case "notice":
        this.line(event.level === "warning" ? chalk.yellow(`warning: ${event.text}`) : event.text);
        break;
      case "evaluation-planned":
        this.tallies.clear();
        this.finished = 0;
        for (const { model, batches } of event.models) {
          this.tallies.set(model, { of: batches, done: 0, rows: null, milliseconds: 0 });
        }
        break;
      case "batch-finished":
        this.batch(event.batch);
        break;
      case "model-failed":
        this.line(chalk.red(`  failed   ${event.failure.model}: ${event.failure.message}`));
        break;
      case "model-skipped":
        this.line(chalk.yellow(`  skipped  ${event.model}`));
        break;
      case "check-finished":
        if (event.outcome !== "passed")
          this.line(`  ${event.outcome.padEnd(8)} ${event.model} ${event.check}`);
        break;
      case "download":
        if (event.state !== "running") this.line(`  ${event.state.padEnd(9)} ${event.file}`);
        else this.downloadQuarter(event.file, event.received, event.total);
        break;
      case "service":
        this.line(`  ${event.service.padEnd(8)} ${event.state}${event.detail ? `  ${event.detail}` : ""}`);
        break;
      case "hook":
        this.line(`  ${event.hook} ${hookInWords(event)}`);
        break;
      case "hook-output":
        this.line(chalk.dim(`    ${event.line}`));
        break;
      case "waiting":
        if (this.waits.isNews(event)) this.line(`  waiting for ${event.what}${waitInWords(event)}`);
        break;
      case "checks-planned":
      case "evaluation-finished":
        break;
    }
  }

  stop(): void {
    // Every line is out already.
  }

  private batch(batch: FinishedBatch): void {
    const tally = this.tallies.get(batch.model) ?? { of: batch.of, done: 0, rows: null, milliseconds: 0 };
    this.tallies.set(batch.model, tally);
    tally.done += 1;
    tally.milliseconds += batch.milliseconds;
    if (batch.rows !== null) tally.rows = (tally.rows ?? 0) + batch.rows;
    if (tally.done < tally.of) return;
    this.finished += 1;
    const counter = `${this.finished}/${this.tallies.size}`.padStart(7);
    const batches = tally.of === 1 ? "" : `  ${tally.of} batches`;
    const rows = tally.rows === null ? "" : `  ${count(tally.rows, "row")}`;
    this.line(`${counter}  ${batch.model}${batches}${rows}  ${formatDuration(tally.milliseconds)}`);
  }

  private downloadQuarter(file: string, received: number, total: number | undefined): void {
    if (!total) return;
    const quarter = Math.floor((received / total) * 4);
    if (quarter <= (this.quarters.get(file) ?? 0) || quarter === 4) return;
    this.quarters.set(file, quarter);
    this.line(`  ${`${quarter * 25} %`.padEnd(9)} ${file}`);
  }

  private line(text: string): void {
    const elapsed = Math.round((this.now() - this.startedAt) / 1000);
    const clock = `${String(Math.floor(elapsed / 60)).padStart(2, "0")}:${String(elapsed % 60).padStart(2, "0")}`;
    this.write(`${this.terminal.chalk.dim(clock)} ${text}`);
  }
}
