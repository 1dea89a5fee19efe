import { PipelineError } from "./core/errors.js";
import { formatDuration } from "./core/duration.js";

export interface Interruption {
  readonly signal: AbortSignal;
  /** Why the work was broken off, once it was. */
  reason(): PipelineError | undefined;
  dispose(): void;
}

/**
 * Ctrl-C, SIGTERM and --timeout abort the work once and let it clean up; a second signal ends the process at once.
 */
export function interruptions(process: NodeJS.Process, timeout: number | undefined): Interruption {
  const controller = new AbortController();
  let reason: PipelineError | undefined;

  const stop = (why: PipelineError): void => {
    if (reason) process.exit(why.exitCode);
    reason = why;
    controller.abort(why);
  };
  const onInterrupt = (): void => stop(new PipelineError("INTERRUPTED", { message: "interrupted" }));
  const onTerminate = (): void => stop(new PipelineError("TERMINATED", { message: "terminated" }));
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);

  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
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
