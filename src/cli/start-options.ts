import { type Command as Commander, InvalidArgumentError } from "commander";
import { PipelineError } from "../core/errors.js";
import type { RestatementPlan } from "../restatement/restatement-plan.js";
import type { RunOptions, ResumeOptions } from "../restatement/run-options.js";
import type { App } from "./app.js";
import { durationOption } from "./program.js";

/** What `run` and `resume` both take. */
export interface StartOptions {
  readonly approval?: string;
  readonly yes?: boolean;
  /** Milliseconds; true for as long as it takes. */
  readonly wait?: number | true;
}

export const withStartOptions = (command: Commander): Commander =>
  command
    .option(
      "--approval <digest>",
      "restate only what was approved under this digest, or its first 8 digits",
      digestOption,
    )
    .option("-y, --yes", "answer the prompt; never stands for an approval that is required")
    .option(
      "--wait [duration]",
      "wait for a run that is at work: this long, or without a duration as long as it takes",
      durationOption,
    );

/** Models that a question lists one by one, so that it stays on one screen. */
const MODELS_IN_PROMPT = 15;

export function startOptions(
  { approval, yes, wait }: StartOptions,
  app: App,
): Pick<RunOptions & ResumeOptions, "waitMilliseconds" | "approval" | "yes" | "confirm"> {
  const { ask } = app;
  const confirm = ask
    ? async (plan: RestatementPlan): Promise<boolean> => {
        const { renderRestatementPlan } = await import("../report/text/restatement-plan.js");
        return ask(
          (terminal) => renderRestatementPlan(plan, terminal, { most: MODELS_IN_PROMPT }),
          `Restate this in ${plan.environment}?`,
          app.signal,
        );
      }
    : null;
  return {
    waitMilliseconds: wait === true ? Infinity : (wait ?? 0),
    approval: approval ?? null,
    yes: yes ?? false,
    confirm,
  };
}

/** Hexadecimal digits of a restatement plan's digest: all 64, or the first 8 and more. */
export const looksLikeDigest = (text: string): boolean => /^[0-9a-f]{8,64}$/i.test(text);

function digestOption(text: string): string {
  if (looksLikeDigest(text)) return text.toLowerCase();
  throw new InvalidArgumentError(
    "A digest is 8 to 64 hexadecimal digits, as `oso-pipeline plan` shows them.",
  );
}

/** @throws PipelineError USAGE for an argument or option that is there and says nothing. */
export function refuseBlank(values: readonly (string | undefined)[], message: string, hint: string): void {
  if (values.every((value) => value === undefined || value.trim() !== "")) return;
  throw new PipelineError("USAGE", { message, hint });
}
