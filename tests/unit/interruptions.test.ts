import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PipelineEvent } from "../../src/core/events.js";
import { interruptions } from "../../src/interruptions.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A process that gets signals, and ends by throwing. */
function working(timeout?: number) {
  const emitter = new EventEmitter();
  const said: PipelineEvent[] = [];
  const exit = (code?: number | string | null): never => {
    throw new Error(`exited with ${code}`);
  };
  const process = Object.assign(emitter, { exit }) as unknown as NodeJS.Process;
  const interruption = interruptions(process, timeout, (event) => said.push(event));
  return { interruption, said, get: (signal: NodeJS.Signals) => emitter.emit(signal, signal), emitter };
}

describe("a command that is interrupted", () => {
  it.each([
    ["SIGINT", "INTERRUPTED", 130],
    ["SIGTERM", "TERMINATED", 143],
  ] as const)(
    "by %s ends what it does for that reason, and says how to end at once",
    (signal, code, exitCode) => {
      const { interruption, said, get } = working();
      expect(interruption.reason()).toBeUndefined();
      get(signal);
      expect(interruption.signal.reason).toMatchObject({
        code,
        exitCode,
        hint: "run the same command again: a run goes on with what is left",
      });
      expect(interruption.reason()).toBe(interruption.signal.reason);
      expect(said).toEqual([{ type: "notice", level: "info", text: expect.stringContaining("once more") }]);
    },
  );

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a second time, by %s, ends at once", (signal, exitCode) => {
    const { interruption, get } = working();
    get("SIGINT");
    expect(() => get(signal)).toThrow(`exited with ${exitCode}`);
    expect(interruption.reason()?.code).toBe("INTERRUPTED");
  });

  it("by its time limit tells that", () => {
    const { interruption } = working(60_000);
    vi.advanceTimersByTime(60_000);
    expect(interruption.signal.reason).toMatchObject({ code: "TIMEOUT", exitCode: 5 });
    expect(interruption.reason()?.message).toBe("not done within --timeout 1 min 0 s");
  });

  it("is not hurried by its time limit while it cleans up", () => {
    const { interruption, get } = working(60_000);
    get("SIGTERM");
    vi.advanceTimersByTime(60_000);
    expect(interruption.reason()?.code).toBe("TERMINATED");
  });

  it("is interrupted no more once it is done", () => {
    const { interruption, get, emitter } = working(60_000);
    interruption.dispose();
    vi.advanceTimersByTime(60_000);
    get("SIGINT");
    expect(interruption.signal.aborted).toBe(false);
    expect(emitter.eventNames()).toEqual([]);
  });
});
