import type { Stage } from "../core/stage.js";

export type HookName = `before_${Stage}` | `after_${Stage}`;

export const hookNames = [
  "before_run",
  "after_run",
  "before_verify",
  "after_verify",
  "before_publish",
  "after_publish",
] as const satisfies readonly HookName[];

/** A command of the user's, run before or after a stage. */
export interface Hook {
  /** Words as they are, or a line for `sh`. */
  readonly command: readonly string[] | string;
  readonly timeoutMilliseconds: number;
  /** What its failure means for the command: it fails too, or it is only told. */
  readonly onFailure: "fail" | "ignore";
  /** `file:line:column` of its configuration. */
  readonly where: string;
}

export type Hooks = Readonly<Record<HookName, readonly Hook[]>>;

export const inWords = ({ command }: Pick<Hook, "command">): string =>
  typeof command === "string" ? command : command.join(" ");
