import type { PipelineError } from "../core/errors.js";
import type { StageFacts } from "../core/stage.js";
import type { HookName } from "./hook.js";

/** How the stage ended that a hook comes after. */
export interface HookEnd {
  /** The word of its result; `failed` where it came to none. */
  readonly outcome: string;
  readonly failure: PipelineError | null;
}

/** The variables by which a hook knows what it is run for. What is not known is set to nothing, so that none is inherited. */
export function environmentOf(
  hook: HookName,
  { environment, run, hash, release }: StageFacts,
  end: HookEnd | null,
): Readonly<Record<string, string>> {
  const known = {
    HOOK: hook,
    ENVIRONMENT: environment,
    RUN_ID: run,
    HASH: hash,
    RELEASE: release,
    OUTCOME: end?.outcome,
    EXIT_CODE: end && (end.failure?.exitCode ?? 0),
    ERROR_CODE: end?.failure?.code,
    ERROR: end?.failure?.message,
  };
  return Object.fromEntries(
    Object.entries(known).map(([name, value]) => [
      `OSO_PIPELINE_${name}`,
      value == null ? "" : String(value),
    ]),
  );
}
