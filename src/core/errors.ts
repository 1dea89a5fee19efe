/**
 * Every error a person may meet. The word is data (`error.code` in JSON); this one table gives each its exit
 * code. What is thrown and is not a PipelineError is a defect of ours: exit 1, with a stack.
 */
export const exitCodes = {
  DEFECT: 1,

  USAGE: 2,
  SELECTOR_UNKNOWN: 2,
  CATEGORY_UNKNOWN: 2,
  RESTATEMENT_EMPTY: 2,
  HASH_UNKNOWN: 2,
  HASH_AMBIGUOUS: 2,
  HASH_NOT_ON_MAIN: 2,
  RELEASE_UNKNOWN: 2,
  RUN_UNKNOWN: 2,

  CONFIG_INVALID: 3,
  CONFIG_NOT_FOUND: 3,
  SECRET_MISSING: 3,
  PROJECT_INVALID: 3,
  VERSION_UNSUPPORTED: 3,
  REFERENCE_MISSING: 3,
  REQUIREMENT_MISSING: 3,
  CATALOG_UNFIT: 3,

  AUTHENTICATION_FAILED: 4,
  PERMISSION_DENIED: 4,

  SERVICE_UNAVAILABLE: 5,
  BRIDGE_FAILED: 5,
  DOWNLOAD_FAILED: 5,
  TIMEOUT: 5,
  STATE_UNREADABLE: 5,
  HOOK_FAILED: 5,

  TRANSFORMATION_FAILED: 6,
  CHECKS_FAILED: 7,
  VIEWS_UNSEALABLE: 7,
  FILES_MISSING: 7,

  TAG_MOVED: 8,
  CONFLICT: 8,
  STATE_CONFLICT: 8,
  LEASE_HELD: 8,
  LEASE_LOST: 8,
  PLAN_STALE: 8,
  RUN_UNFINISHED: 8,
  RUN_UNDECIDED: 8,

  QUERY_FAILED: 9,
  APPROVAL_MISSING: 10,

  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

export type ErrorCode = keyof typeof exitCodes;

export interface ErrorDetails {
  /** What happened, in one line, naming the thing it happened to. Never a secret. */
  readonly message: string;
  /** What to do about it: a command, a setting, a place to look. */
  readonly hint?: string | undefined;
  /** Where: `file:line:column` for YAML, a path for a log. */
  readonly where?: string | undefined;
  /** Commands that it leaves to choose from; of each the hint can name one at most. */
  readonly next?: readonly NextCommand[] | undefined;
  readonly cause?: unknown;
}

/** A command, ready to be copied into a shell, and what it does. */
export interface NextCommand {
  readonly command: string;
  readonly does: string;
}

/** An error for the user, as opposed to a defect. */
export class PipelineError extends Error {
  override readonly name = "PipelineError";
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly next: readonly NextCommand[];

  constructor(
    readonly code: ErrorCode,
    details: ErrorDetails,
  ) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hint = details.hint;
    this.where = details.where;
    this.next = details.next ?? [];
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
