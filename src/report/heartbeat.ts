import type { PipelineEvent } from "../core/events.js";
import type { Activity } from "./activity.js";

/** A clock that can be waited on; another one in tests. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Calls again and again until it is told to stop. Keeps no process alive. */
  readonly every: (milliseconds: number, call: () => void) => () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  every: (milliseconds, call) => {
    const timer = setInterval(call, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** CI ends jobs that are silent for ten minutes or more; people get uneasy sooner. */
const SILENCE = 60_000;
const LOOK = 5_000;

/** Tells that work goes on, and on what, after a minute without any output. */
export class Heartbeat {
  private heard: number;
  private stopLooking: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly activity: Activity,
    private readonly beat: (event: PipelineEvent) => void,
  ) {
    this.heard = clock.now();
  }

  /** Begins to look, once. */
  watch(): void {
    this.stopLooking ??= this.clock.every(LOOK, () => this.look());
  }

  /** Something was written. */
  touch(): void {
    this.heard = this.clock.now();
    this.watch();
  }

  stop(): void {
    this.stopLooking?.();
    this.stopLooking = undefined;
  }

  private look(): void {
    if (this.clock.now() - this.heard < SILENCE) return;
    this.touch();
    const { text, since } = this.activity.phase;
    this.beat({
      type: "still-working",
      phase: text,
      milliseconds: this.clock.now() - since,
      working: this.activity.atWork(),
    });
  }
}
