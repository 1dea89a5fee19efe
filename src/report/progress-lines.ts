import { formatDuration } from "../core/duration.js";
import type { FinishedBatch, PipelineEvent } from "../core/events.js";
import { count } from "../core/words.js";
import type { Activity } from "./activity.js";
import type { Progress } from "./progress.js";
import type { Terminal } from "./terminal.js";
import { hookInWords, Waits, waitInWords } from "./waiting.js";

type StillWorking = Extract<PipelineEvent, { type: "still-working" }>;

/** One calm line per event, so that a CI's log stays readable. */
export class LineProgress implements Progress {
  private readonly startedAt: number;
  private finished = 0;
  private readonly quarters = new Map<string, number>();
  private readonly waits = new Waits();

  constructor(
    private readonly write: (text: string) => void,
    private readonly terminal: Terminal,
    private readonly now: () => number,
    private readonly activity: Activity,
  ) {
    this.startedAt = now();
  }

  report(event: PipelineEvent): void {
    const { chalk } = this.terminal;
    switch (event.type) {
      case "phase":
        this.finished = 0;
        this.line(chalk.bold(event.text));
        break;
      case "notice":
        this.line(event.level === "warning" ? chalk.yellow(`warning: ${event.text}`) : event.text);
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
      case "still-working":
        this.line(chalk.dim(`  ${stillInWords(event)}`));
        break;
      case "evaluation-finished":
        this.finished = 0;
        break;
      case "pace-known":
      case "evaluation-planned":
      case "batch-started":
      case "batch-stopped":
      case "checks-planned":
        break;
    }
  }

  stop(): void {
    // Every line is out already.
  }

  /** A model's line comes with its last batch. */
  private batch({ model }: FinishedBatch): void {
    const tally = this.activity.tally(model);
    if (tally === undefined || tally.done !== tally.of) return;
    this.finished += 1;
    const counter = `${this.finished}/${this.activity.evaluation?.tallies.size ?? 0}`.padStart(7);
    const batches = tally.of === 1 ? "" : `  ${tally.of} batches`;
    const rows = tally.rows === null ? "" : `  ${count(tally.rows, "row")}`;
    this.line(`${counter}  ${model}${batches}${rows}  ${formatDuration(tally.milliseconds)}`);
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

/** `still at work: oso.a for 2 min 10 s, 3 of 12 batches stored; 2 more models`, or the step where no model is known. */
function stillInWords({ phase, milliseconds, working }: StillWorking): string {
  const [first, ...others] = working;
  if (first === undefined)
    return `still at work for ${formatDuration(milliseconds)}${phase === "" ? "" : `: ${phase}`}`;
  const { model, stored, of } = first;
  const batches = of > 1 ? `, ${stored} of ${of} batches stored` : "";
  const more = others.length > 0 ? `; ${count(others.length, "more model")}` : "";
  return `still at work: ${model} for ${formatDuration(first.milliseconds)}${batches}${more}`;
}
