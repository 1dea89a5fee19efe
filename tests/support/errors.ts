import { PipelineError } from "../../src/core/errors.js";

/** The PipelineError that `work` ends with; anything else fails the test. */
export async function errorOf(work: () => unknown): Promise<PipelineError> {
  try {
    await work();
  } catch (thrown) {
    if (thrown instanceof PipelineError) return thrown;
    throw thrown;
  }
  throw new Error("expected a PipelineError, but nothing was thrown");
}
