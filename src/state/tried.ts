import { PipelineError } from "../core/errors.js";

/** False when another process was faster. */
export async function tried(change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (thrown) {
    if (thrown instanceof PipelineError && thrown.code === "CONFLICT") return false;
    throw thrown;
  }
}
