import type { PipelineEvent } from "../core/events.js";
import { Activity } from "./activity.js";
import { type Clock, Heartbeat } from "./heartbeat.js";
import { BarProgress, type TerminalScreen } from "./progress-bar.js";
import { LineProgress } from "./progress-lines.js";
import type { Progress } from "./progress.js";
import type { Terminal } from "./terminal.js";

/** Bars that are redrawn on a terminal; elsewhere calm lines, and a sign of life when there are none for long. */
export function createProgress(stream: TerminalScreen, terminal: Terminal, clock: Clock): Progress {
  const activity = new Activity(clock.now);
  if (terminal.interactive) return following(activity, new BarProgress(stream, terminal, clock, activity));
  const lines = new LineProgress(
    (text) => {
      heartbeat.touch();
      stream.write(`${text}\n`);
    },
    terminal,
    clock.now,
    activity,
  );
  const heartbeat = new Heartbeat(clock, activity, (event) => lines.report(event));
  return following(activity, {
    report: (event) => {
      heartbeat.watch();
      lines.report(event);
    },
    stop: () => heartbeat.stop(),
  });
}

/** Each event as it comes, for programs; with a sign of life when there are none for long. */
export function createEventStream(write: (event: PipelineEvent) => void, clock: Clock): Progress {
  const activity = new Activity(clock.now);
  const heartbeat = new Heartbeat(clock, activity, write);
  return following(activity, {
    report: (event) => {
      heartbeat.touch();
      write(event);
    },
    stop: () => heartbeat.stop(),
  });
}

/** What is going on is known before it is told. */
const following = (activity: Activity, progress: Progress): Progress => ({
  report: (event) => {
    activity.take(event);
    progress.report(event);
  },
  stop: () => progress.stop(),
});
