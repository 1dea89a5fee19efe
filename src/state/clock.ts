import { uptime } from "node:os";
import { setTimeout as pause } from "node:timers/promises";

/** Time and chance, as far as the state store decides by them. */
export interface Clock {
  /** Milliseconds from some moment on; never set back, and going on while the machine is suspended. */
  now(): number;
  /** Ends early, without an error, when the signal aborts. One in the background keeps no process alive. */
  sleep(milliseconds: number, options: { signal: AbortSignal; background?: boolean }): Promise<void>;
  /** From 0 up to, but not, 1. */
  random(): number;
}

export const systemClock: Clock = {
  // Linux's monotonic clock stands still while the machine is suspended; the time since boot does not.
  now: process.platform === "linux" ? () => uptime() * 1000 : () => performance.now(),
  async sleep(milliseconds, { signal, background = false }) {
    await pause(milliseconds, undefined, { signal, ref: !background }).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  },
  random: Math.random,
};
