import open from "open";
import { messageOf, PipelineError } from "../core/errors.js";

/** @throws PipelineError REQUIREMENT_MISSING where nothing on this machine shows such files */
export async function openFile(file: string): Promise<void> {
  try {
    await open(file);
  } catch (thrown) {
    throw new PipelineError("REQUIREMENT_MISSING", {
      message: `nothing here opens ${file}: ${messageOf(thrown)}`,
      hint: "open the file in a browser yourself",
      cause: thrown,
    });
  }
}
