import { createHash } from "node:crypto";
import type { PipelineError } from "../core/errors.js";
import type { Alert, AlertSeverity } from "./alert.js";
import type { SubjectEnd } from "./memory.js";

/** What is to be told of one end, and how its subjects ended. */
export interface Telling {
  readonly alerts: readonly Alert[];
  readonly ends: readonly SubjectEnd[];
}

/** What all alerts of a command have in common. */
export interface TellingContext {
  /** The configured environment. */
  readonly environment: string;
  readonly consumerTag: string;
  /** Whether somebody sees the command end: what was typed wrongly or broken off by them is not told to others. */
  readonly isAttended: boolean;
}

export const nothing: Telling = { alerts: [], ends: [] };

export type Draft = Pick<Alert, "event" | "severity" | "subject" | "environment" | "title" | "text"> &
  Partial<Pick<Alert, "facts" | "lists" | "next" | "fingerprint">>;

export const alertOf = (draft: Draft): Alert => ({
  facts: [],
  lists: [],
  next: null,
  links: [],
  ...draft,
  fingerprint: createHash("sha256")
    .update(draft.fingerprint ?? `${draft.event} ${draft.title} ${draft.text}`)
    .digest("hex")
    .slice(0, 16),
});

/** Facts of which there is something to tell. */
export const facts = (pairs: Readonly<Record<string, string | number | null | undefined>>): Alert["facts"] =>
  Object.entries(pairs).flatMap(([name, value]) =>
    value === null || value === undefined || value === "" ? [] : [{ name, value: String(value) }],
  );

const CONFLICT = 8;

/** Somebody else's work in the way, or a person's word: nothing is broken. */
export const severityOf = ({ exitCode }: PipelineError): AlertSeverity =>
  exitCode === CONFLICT || isInterruption({ exitCode }) ? "warning" : "error";

export const isInterruption = ({ exitCode }: Pick<PipelineError, "exitCode">): boolean => exitCode >= 128;

const USAGE = 2;

/** What whoever has typed the command sees, and nobody else needs to know. */
export const isTheirOwn = ({ isAttended }: TellingContext, { exitCode }: PipelineError): boolean =>
  isAttended && (exitCode === USAGE || exitCode >= 128);

/** The command that an error leaves to choose first. */
export const nextOf = ({ next }: PipelineError): string | null => next[0]?.command ?? null;
