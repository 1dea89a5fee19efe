import type { Clock } from "../../src/state/clock.js";

/** All that is ready to go on goes on. */
export const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Time that passes when a test says so. Several clocks can share it, each of another process. */
export class FakeTime {
  #now = 0;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  get now(): number {
    return this.#now;
  }

  /** A process's clock: it began at another moment, and what it does waits for `gate`. */
  clock({ ahead = 0, random = () => 0.5, gate = async () => undefined }: Partial<ClockOptions> = {}): Clock {
    return {
      now: () => this.#now + ahead,
      random,
      sleep: async (milliseconds, { signal }) => {
        const { promise, resolve } = withResolvers();
        const sleeper = { at: this.#now + milliseconds, wake: resolve };
        this.#sleepers.add(sleeper);
        signal.addEventListener("abort", resolve);
        if (!signal.aborted) await promise;
        signal.removeEventListener("abort", resolve);
        this.#sleepers.delete(sleeper);
        await gate();
      },
    };
  }

  /** Wakes each sleeper in its turn. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await settled();
    for (;;) {
      const [next] = [...this.#sleepers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers.delete(next);
      next.wake();
      await settled();
    }
    this.#now = until;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

interface ClockOptions {
  readonly ahead: number;
  readonly random: () => number;
  /** Ends when the process may go on: one that is stopped or dead waits here. */
  readonly gate: () => Promise<void>;
}
