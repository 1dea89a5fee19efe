import type { PipelineError } from "./errors.js";

/** What a command did. `failure` sets the exit code while the result is still shown: failing checks, say. */
export interface Outcome<R> {
  readonly result: R;
  readonly failure?: PipelineError | undefined;
}
