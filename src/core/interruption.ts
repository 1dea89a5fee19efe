import { PipelineError } from "./errors.js";

/** Of whatever was broken off by a person or by what has started it. */
export const AFTER_INTERRUPTION = "run the same command again: a run goes on with what is left";

/** Why a signal broke work off: what it was aborted with, where that is an error for the user. */
export function interruption(signal: AbortSignal | undefined, message = "interrupted"): PipelineError {
  const reason: unknown = signal?.reason;
  return reason instanceof PipelineError
    ? reason
    : new PipelineError("INTERRUPTED", { message, hint: AFTER_INTERRUPTION });
}
