import type { Clock } from "../../src/report/heartbeat.js";

/** A clock that stands still until it is told to go on, and then calls whoever waits, in order. */
export class ReportClock implements Clock {
  private time = 0;
  private readonly waiting = new Set<{ readonly every: number; next: number; readonly call: () => void }>();

  readonly now = (): number => this.time;

  readonly every = (milliseconds: number, call: () => void): (() => void) => {
    const one = { every: milliseconds, next: this.time + milliseconds, call };
    this.waiting.add(one);
    return () => this.waiting.delete(one);
  };

  get isWaitedOn(): boolean {
    return this.waiting.size > 0;
  }

  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = [...this.waiting].toSorted((a, b) => a.next - b.next);
      if (next === undefined || next.next > end) break;
      this.time = next.next;
      next.next += next.every;
      next.call();
    }
    this.time = end;
  }
}
