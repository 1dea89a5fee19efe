import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { createTwoFilesPatch } from "diff";
import { messageOf, PipelineError } from "../core/errors.js";

/** A file as it should be. */
export interface Draft {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** A file as it should be beside what is there. */
export interface Change extends Draft {
  /** As people at the working directory type it. */
  readonly shown: string;
  /** Null where there is no such file. */
  readonly before: string | null;
}

export interface FileOutcome {
  readonly file: string;
  /** `kept`: it is there, differs, and was left as it is. */
  readonly state: "created" | "replaced" | "unchanged" | "kept";
  /** What would change in a file that was kept, as a unified diff; null for the others. */
  readonly difference: string | null;
}

export async function changeOf(draft: Draft, workingDirectory: string): Promise<Change> {
  const shown = relative(workingDirectory, draft.file);
  let before: string | null = null;
  try {
    before = await readFile(draft.file, "utf8");
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT")) {
      throw new PipelineError("USAGE", {
        message: `${shown} cannot be read: ${messageOf(thrown)}`,
        hint: "move it away, or start `init` in another folder",
      });
    }
  }
  return { ...draft, shown, before };
}

export const differs = ({ before, text }: Change): boolean => before !== null && before !== text;

/** What would change, as a unified diff. */
export const differenceOf = ({ shown, before, text }: Change): string =>
  createTwoFilesPatch(shown, shown, before ?? "", text, "now", "proposed", { context: 2 })
    .split("\n")
    .slice(2)
    .join("\n")
    .trimEnd();
