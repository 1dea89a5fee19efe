import { MultiBar, type SingleBar } from "cli-progress";
import type { PipelineEvent } from "../core/events.js";
import { count } from "../core/words.js";
import type { Progress } from "./progress.js";
import type { Terminal } from "./terminal.js";
import { hookInWords, waitInWords } from "./waiting.js";

/** Bars at the bottom of a terminal, lines above them. The bars go away when the work is done. */
export class BarProgress implements Progress {
  private shown: MultiBar | undefined;
  private readonly downloads = new Map<string, SingleBar>();
  private work: SingleBar | undefined;
  private wait: SingleBar | undefined;
  private done = 0;
  private rows = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly terminal: Terminal,
  ) {}

  /** Made with the first event: a command without any leaves the terminal's cursor alone. */
  private get bars(): MultiBar {
    const width = Math.max(10, Math.min(30, this.terminal.columns - 60));
    this.shown ??= new MultiBar(
      {
        stream: this.stream,
        format: `  {bar} {amount}  {label}`,
        barsize: width,
        barCompleteChar: "━",
        barIncompleteChar: "─",
        hideCursor: true,
        clearOnComplete: true,
        autopadding: true,
        fps: 8,
        linewrap: false,
        emptyOnZero: true,
        gracefulExit: false,
      },
      undefined,
    );
    return this.shown;
  }

  report(event: PipelineEvent): void {
    const { chalk } = this.terminal;
    if (event.type !== "waiting" && event.type !== "notice") this.endWait();
    switch (event.type) {
      case "phase":
        this.endWork();
        this.above(`${chalk.cyan("→")} ${event.text}`);
        break;
      case "notice":
        this.above(event.level === "warning" ? chalk.yellow(`! ${event.text}`) : `  ${event.text}`);
        break;
      case "evaluation-planned":
        this.rows = 0;
        this.begin(
          event.models.reduce((sum, { batches }) => sum + batches, 0),
          "batches",
        );
        break;
      case "batch-finished": {
        const { model, rows, number, of } = event.batch;
        this.rows += rows ?? 0;
        const part = of > 1 ? ` (${number} of ${of})` : "";
        this.advance(`${model}${part}${this.rows > 0 ? chalk.dim(`  ${count(this.rows, "row")}`) : ""}`);
        break;
      }
      case "model-failed":
        this.above(chalk.red(`✗ ${event.failure.model}: ${event.failure.message}`));
        break;
      case "model-skipped":
        this.above(chalk.yellow(`- ${event.model} skipped`));
        break;
      case "checks-planned":
        this.begin(event.total, "checks");
        break;
      case "check-finished":
        this.advance(`${event.model} ${chalk.dim(event.check)}`);
        break;
      case "evaluation-finished":
        this.endWork();
        break;
      case "hook":
        this.above(`  ${event.hook} ${hookInWords(event)}`);
        break;
      case "hook-output":
        this.above(chalk.dim(`    ${event.line}`));
        break;
      case "waiting":
        this.waiting(event);
        break;
      case "download":
        this.download(event);
        break;
      case "service":
        this.above(
          `  ${event.service.padEnd(8)} ${event.state}${event.detail ? chalk.dim(`  ${event.detail}`) : ""}`,
        );
        break;
    }
  }

  stop(): void {
    this.endWait();
    this.endWork();
    this.shown?.stop();
  }

  private begin(total: number, unit: string): void {
    this.endWork();
    if (total === 0) return;
    this.done = 0;
    this.work = this.bars.create(total, 0, { amount: `0/${total}`, label: unit });
  }

  private advance(label: string): void {
    if (!this.work) return;
    this.done += 1;
    this.work.increment(1, { amount: `${this.done}/${this.work.getTotal()}`, label });
  }

  private endWork(): void {
    if (!this.work) return;
    this.bars.remove(this.work);
    this.work = undefined;
  }

  /** A bar that fills up to the longest that it can last; an empty one where nobody knows. */
  private waiting(event: Extract<PipelineEvent, { type: "waiting" }>): void {
    const { what, elapsed, longest } = event;
    const isBounded = Number.isFinite(longest) && longest > 0;
    const [value, total] = isBounded ? [Math.min(elapsed, longest), longest] : [0, 1];
    const payload = { amount: "waiting", label: `for ${what}${waitInWords(event)}` };
    if (!this.wait) this.wait = this.bars.create(total, value, payload);
    else {
      this.wait.setTotal(total);
      this.wait.update(value, payload);
    }
  }

  private endWait(): void {
    if (!this.wait) return;
    this.bars.remove(this.wait);
    this.wait = undefined;
  }

  private download(event: Extract<PipelineEvent, { type: "download" }>): void {
    const { file, received, total, state } = event;
    const bar = this.downloads.get(file);
    if (state !== "running") {
      if (bar) this.bars.remove(bar);
      this.downloads.delete(file);
      if (state !== "cached") this.above(`  ${file} ${this.terminal.chalk.dim(state)}`);
      return;
    }
    const amount = `${megabytes(received)}${total ? `/${megabytes(total)}` : ""} MB`;
    if (bar) bar.update(received, { amount, label: file });
    else this.downloads.set(file, this.bars.create(total ?? received, received, { amount, label: file }));
  }

  private above(text: string): void {
    this.bars.log(`${text}\n`);
    this.bars.update();
  }
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(0);
