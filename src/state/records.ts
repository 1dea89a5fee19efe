import * as z from "zod";
import { actor, interval, planSchema, request, texts, word } from "../config/plan-schema.js";
import type { ErrorCode, PipelineError } from "../core/errors.js";
import type { Approval, JournalEntry, RunRecord } from "../restatement/runs.js";
import type { LeaseHolder } from "../core/lease.js";
import { alertsSchema } from "./alert-records.js";
import { attestationSchema } from "./attestation-records.js";
import type { KnownModels } from "../restatement/known-models.js";
import type { StoredRecord } from "./ports.js";
import { laterRelease, unreadable } from "./refusals.js";
import { manifestSchema, releaseSchema } from "./release-records.js";
import { verificationSchema } from "./verification-records.js";

const text = z.string();
const count = z.int().nonnegative();
const attempt = z.object({
  number: count,
  startedAt: text,
  endedAt: text.nullable(),
  host: text,
  pid: count,
  by: actor,
  link: text.nullable(),
  sqlmeshVersion: text,
  trinoUser: text.nullable(),
  failure: z
    .object({
      code: word<ErrorCode>(),
      message: text,
      hint: text.nullable().default(null),
      next: z
        .array(z.object({ command: text, does: text }))
        .readonly()
        .default([]),
    })
    .nullable(),
  logFile: text,
});

const run = z.object({
  id: text,
  scope: text,
  environment: text,
  trigger: z.object({
    source: z.enum(["key", "dagster", "github", "manual"]),
    key: text.nullable(),
    by: actor,
    link: text.nullable(),
  }),
  request,
  requestDigest: text,
  status: z.enum(["running", "failed", "interrupted", "succeeded", "abandoned"]),
  step: z.enum(["deploy", "restate", "due", "done"]),
  startedAt: text,
  endedAt: text.nullable(),
  mainAtStart: text,
  mainAtEnd: text.nullable(),
  mainAtRestatement: text.nullable(),
  planDigest: text.nullable(),
  evidenceSince: z.number().nullable(),
  environmentPlans: texts,
  approvedBy: actor.nullable(),
  forcedAfter: text.nullable(),
  attempts: z.array(attempt).readonly(),
}) satisfies z.ZodType<RunRecord>;

const failure = z.object({
  model: text,
  reason: z.enum(["audit", "error"]),
  message: text,
  audits: z.array(z.object({ name: text, failingRows: z.number().nullable() })).readonly(),
});

const modelOutcome = z.object({
  model: text,
  outcome: z.enum(["done", "failed", "skipped"]),
  batches: z.object({ stored: count, planned: count.nullable() }),
  rows: z.number().nullable(),
  milliseconds: z.number(),
  audits: z.object({ passed: count, failed: count }),
});

const stepBatch = z.object({
  model: text,
  interval,
  rows: z.number().nullable(),
  milliseconds: z.number(),
  queries: texts,
  at: text,
});

const entry = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("batch-stored"),
    attempt: count,
    model: text,
    interval,
    rows: z.number().nullable(),
    milliseconds: z.number(),
    auditsPassed: count,
    auditsFailed: count,
    queries: texts,
    at: text.optional(),
  }),
  z.object({ type: z.literal("batch-found"), attempt: count, model: text, interval }),
  z.object({
    type: z.literal("decided"),
    attempt: count,
    model: text,
    decision: z.enum(["written", "rebuild"]),
    interval: interval.nullable(),
    commits: texts,
  }),
  z.object({ type: z.literal("queries-drained"), attempt: count, queries: texts }),
  z.object({
    type: z.literal("step-ended"),
    attempt: count,
    step: z.enum(["deploy", "due"]),
    models: z.array(modelOutcome).readonly(),
    failures: z.array(failure).readonly(),
    batches: z.array(stepBatch).readonly().optional(),
  }),
  z.object({ type: z.literal("model-failed"), attempt: count, failure, at: text.optional() }),
]) satisfies z.ZodType<JournalEntry>;

/** A part of a run's journal. */
const journal = z.object({ run: text, entries: z.array(entry).readonly() });

const approval = z.object({
  digest: text,
  by: actor,
  at: text,
  until: text.nullable(),
  comment: text.nullable(),
  summary: z.object({ environment: text, models: count, batches: count }),
}) satisfies z.ZodType<Approval>;

const holder = z.object({
  run: text.nullable(),
  by: actor,
  host: text,
  pid: count,
  since: text,
}) satisfies z.ZodType<LeaseHolder>;

const lease = z.object({
  scope: text,
  holder,
  ttlMilliseconds: count,
  process: z.object({ machine: text, pid: count, birth: text.nullable() }),
  /** Counts signs of life; what matters is only that each makes another record. */
  beat: count,
});

const knownModels = z.object({
  scope: text,
  environment: text,
  run: text,
  at: text,
  models: z
    .array(
      z.object({
        model: text,
        kind: text,
        cron: text,
        timezone: text.nullable(),
        unit: text,
        end: text.nullable(),
        until: text.nullable(),
        paces: z.array(z.number()).readonly().default([]),
      }),
    )
    .readonly(),
}) satisfies z.ZodType<KnownModels>;

/** What stands for a run while it is being forgotten, so that a crash in between leaves no half of it to resume. */
const removal = z.object({ id: text });

const kinds = {
  run,
  plan: planSchema,
  journal,
  approval,
  lease,
  removal,
  release: releaseSchema,
  manifest: manifestSchema,
  attestation: attestationSchema,
  alerts: alertsSchema,
  verification: verificationSchema,
  models: knownModels,
};
export type Kind = keyof typeof kinds;
export type RecordOf<K extends Kind> = z.infer<(typeof kinds)[K]>;

/** Raised when an older release could not read, or would spoil, what this one writes. */
const SCHEMA = 1;

export const encode = <K extends Kind>(kind: K, value: RecordOf<K>): string =>
  JSON.stringify({ kind, schema: SCHEMA, ...value });

/** The same for a part of a journal whose entries are text already: it is written again with each one that joins. */
export const encodeJournal = (id: string, entries: readonly string[]): string =>
  `{"kind":"journal","schema":${SCHEMA},"run":${JSON.stringify(id)},"entries":[${entries.join(",")}]}`;

const envelope = z.object({ kind: z.string(), schema: z.int().positive() });

/** @throws PipelineError STATE_UNREADABLE, VERSION_UNSUPPORTED */
export function decode<K extends Kind>(kind: K, place: string, stored: StoredRecord): RecordOf<K> {
  return decodeAny([kind], place, stored).value;
}

/** The same where a key may hold records of several kinds. */
export function decodeAny<K extends Kind>(
  expected: readonly K[],
  place: string,
  { key, value }: StoredRecord,
): { readonly [P in K]: { readonly kind: P; readonly value: RecordOf<P> } }[K] {
  const broken = (why: string): PipelineError =>
    unreadable(`the record ${key} in ${place} cannot be read: ${why}`, key);
  const json = parseJson(value);
  if (json === undefined) throw broken("it is not whole");
  const head = envelope.safeParse(json).data;
  if (head === undefined) throw broken("it is no record of oso-pipeline");
  if (head.schema > SCHEMA) throw laterRelease(`the record ${key} in ${place}`, key);
  const kind = expected.find((one) => one === head.kind);
  if (kind === undefined) throw broken(`it is a ${head.kind}, not a ${expected.join(" or ")}`);
  const parsed = kinds[kind].safeParse(json);
  if (!parsed.success)
    throw broken(
      parsed.error.issues
        .map(({ path, message }) => `${path.join(".")}: ${message}`)
        .slice(0, 3)
        .join("; "),
    );
  return { kind, value: parsed.data } as { [P in K]: { kind: P; value: RecordOf<P> } }[K];
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
