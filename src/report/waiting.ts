import { formatDuration } from "../core/duration.js";
import type { PipelineEvent } from "../core/events.js";

type Waiting = Extract<PipelineEvent, { type: "waiting" }>;

/** `, 1 min 10 s of at most 5 min 0 s`; nothing about an end that nobody knows. */
export function waitInWords({ elapsed, longest }: Pick<Waiting, "elapsed" | "longest">): string {
  const most = longest === null ? "" : `at most ${formatDuration(longest)}`;
  if (elapsed < SECOND) return most && `, ${most}`;
  return `, ${formatDuration(elapsed)}${most && ` of ${most}`}`;
}

type HookEvent = Extract<PipelineEvent, { type: "hook" }>;

/** `runs ./wake.sh`, `succeeded after 2 s: ./wake.sh`. */
export function hookInWords({ state, command, milliseconds }: HookEvent): string {
  const line = command.replaceAll(/\s+/g, " ");
  const shown = line.length > LONGEST_COMMAND ? `${line.slice(0, LONGEST_COMMAND - 1)}…` : line;
  return milliseconds === null ? `runs ${shown}` : `${state} after ${formatDuration(milliseconds)}: ${shown}`;
}

const LONGEST_COMMAND = 50;

const SECOND = 1_000;
const MINUTE = 60_000;

/** Of each wait its beginning, and then a word every minute. */
export class Waits {
  private what = "";
  private told = 0;

  isNews({ what, elapsed }: Waiting): boolean {
    if (what === this.what && elapsed >= this.told && elapsed - this.told < MINUTE) return false;
    this.what = what;
    this.told = elapsed;
    return true;
  }
}
