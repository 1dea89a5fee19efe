import { stringify } from "lossless-json";
import type { Delivery } from "../notify/notifier.js";
import { documentationOf } from "../core/documentation.js";
import { exitCodes, type ErrorCode, type PipelineError } from "../core/errors.js";

/** Raised when a field of the JSON output changes its meaning or goes away; new fields do not raise it. */
export const OUTPUT_VERSION = 1;

/** What `--json` prints, once, for every command and every way it can end. */
export interface Envelope {
  readonly version: typeof OUTPUT_VERSION;
  readonly command: string;
  readonly exitCode: number;
  readonly error: {
    code: ErrorCode;
    message: string;
    hint?: string;
    where?: string;
    /** Where it is explained, in this package. */
    documentation: string;
  } | null;
  readonly result: unknown;
  /** Who was told of it, and who could not be; only where somebody was to be told. */
  readonly notifications?: readonly Delivery[];
}

export function envelope(
  command: string,
  result: unknown,
  failure: PipelineError | undefined,
  notifications: readonly Delivery[] = [],
): Envelope {
  return {
    version: OUTPUT_VERSION,
    command,
    exitCode: failure ? exitCodes[failure.code] : 0,
    error: failure
      ? {
          code: failure.code,
          message: failure.message,
          ...(failure.hint === undefined ? {} : { hint: failure.hint }),
          ...(failure.where === undefined ? {} : { where: failure.where }),
          documentation: documentationOf(failure.code),
        }
      : null,
    result: result ?? null,
    ...(notifications.length === 0 ? {} : { notifications }),
  };
}

/** JSON text in which a bigint keeps all its digits, as a number. */
export function toJson(value: unknown, indent?: number): string {
  return stringify(value, null, indent) ?? "null";
}
