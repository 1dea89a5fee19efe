import { PipelineError } from "./core/errors.js";
import { formatDuration } from "./core/duration.js";
import type { Report } from "./core/events.js";
import { AFTER_INTERRUPTION } from "./core/interruption.js";

export interface Interruption {
  readonly signal: AbortSignal;
  /** Why the work was broken off, once it was. */
  reason(): PipelineError | undefined;
  dispose(): void;
}

/**
 * Ctrl-C, SIGTERM and --timeout abort the work once and let it clean up; a signal after that ends the process at once.
 */
export function interruptions(
  process: Pick<NodeJS.Process, "on" | "off" | "exit">,
  timeout: number | undefined,
  report: Report,
): Interruption {
  const controller = new AbortController();
  let reason: PipelineError | undefined;

  const stop = (why: PipelineError): void => {
    reason = why;
    controller.abort(why);
  };
  const onSignal = (why: PipelineError): void => {
    if (reason) process.exit(why.exitCode);
    report({ type: "notice", level: "info", text: "Stopping cleanly; once more to end at once" });
    stop(why);
  };
  const hint = AFTER_INTERRUPTION;
  const onInterrupt = (): void =>
    onSignal(new PipelineError("INTERRUPTED", { message: "interrupted", hint }));
  const onTerminate = (): void => onSignal(new PipelineError("TERMINATED", { message: "terminated", hint }));
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);

  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          // What is being cleaned up already is not hurried.
          if (reason) return;
          const text = formatDuration(timeout);
          stop(
            new PipelineError("TIMEOUT", {
              message: `not done within --timeout ${text}`,
              hint: "raise --timeout",
            }),
          );
        }, timeout);
  timer?.unref();

  return {
    signal: controller.signal,
    reason: () => reason,
    dispose: () => {
      clearTimeout(timer);
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}
