import { z } from "zod";
import { type ErrorCode, exitCodes } from "../core/errors.js";

/**
 * The wire format between this process and the Python bridge: JSON lines. Requests are answered one at a time by a
 * reply of the same id; events come in between. `bridge/oso_pipeline_bridge/protocol.py` is the other side.
 */
export const PROTOCOL_VERSION = 3;

const count = z.int().nonnegative();
/** Milliseconds since the epoch, UTC. */
const instant = z.int();

export const hello = z.object({
  protocol: z.int(),
  python: z.string(),
  executable: z.string(),
  sqlmesh: z.string().nullable(),
  sqlglot: z.string().nullable(),
});

const model = z.object({
  name: z.string(),
  kind: z.string(),
  tags: z.array(z.string()),
  cron: z.string(),
  owner: z.string().nullable(),
  description: z.string().nullable(),
  depends_on: z.array(z.string()),
  time_column: z.string().nullable(),
  path: z.string().nullable(),
  audits: z.array(z.string()),
});

const interval = z.object({ start: instant, end: instant });

const modelRange = z.object({ model: z.string(), interval });

export const loaded = z.object({
  project: z.string(),
  gateway: z.string(),
  trino_user: z.string().nullable(),
  models: z.array(model),
  environments: z.array(z.string()),
});

export const selections = z.array(
  z.object({ selector: z.string(), models: z.array(z.string()), error: z.string().nullable() }),
);

const definition = z.object({
  model: z.string(),
  kind: z.string(),
  version: z.string(),
  fingerprint: z.string(),
  table: z.string().nullable(),
  repetition: z.enum(["each", "last", "whole"]),
});

const plannedModel = definition.extend({
  intervals: z.array(interval).min(1),
  restated_parents: z.array(z.string()),
  widened: z.boolean(),
  selected: z.boolean(),
});

export const plan = z.object({
  plan_id: z.string(),
  environment: z.string(),
  restatements: z.array(plannedModel),
  backfills: z.array(plannedModel),
  changes: z.object({
    added: z.array(z.string()),
    removed: z.array(z.string()),
    directly_modified: z.array(z.string()),
    indirectly_modified: z.array(z.string()),
    metadata_updated: z.array(z.string()),
  }),
  modified: z.array(definition),
  has_work: z.boolean(),
  left_out: z.array(
    z.object({
      model: z.string(),
      reason: z.enum([
        "seed",
        "external",
        "embedded",
        "managed",
        "restatement-disabled",
        "shared-with-prod",
        "not-in-environment",
        "unknown",
      ]),
    }),
  ),
  execution_time: instant,
  evidence_since: instant,
  environment_plan_id: z.string().nullable(),
  environment_finalized: z.boolean(),
});

export const storedRanges = z.array(modelRange);

export const evaluated = z.object({
  status: z.enum(["succeeded", "failed", "nothing-to-do"]),
  replaced_meanwhile: z.array(z.string()),
});

export const coverage = z.array(
  z.object({
    model: z.string(),
    kind: z.string(),
    cron: z.string(),
    timezone: z.string().nullable(),
    unit: z.string(),
    end: instant.nullable(),
    until: instant.nullable(),
  }),
);

const tableReference = z.object({
  parts: z.array(z.string()).min(1).max(3),
  start: count,
  end: count,
  aliased: z.boolean(),
});

export const queryReadings = z.array(
  z.union([
    z.object({ tables: z.array(tableReference), volatile: z.array(z.string()) }),
    z.object({ error: z.string() }),
  ]),
);

export const gateways = z.array(
  z.object({
    name: z.string(),
    engine: z.string(),
    state_engine: z.string(),
    is_default: z.boolean(),
    trino: z
      .object({
        scheme: z.string(),
        host: z.string(),
        port: z.int(),
        user: z.string(),
        catalog: z.string(),
        method: z.string(),
        verify: z.boolean(),
        ca: z.string().nullable(),
        client_certificate: z.string().nullable(),
        client_key: z.string().nullable(),
      })
      .nullable(),
  }),
);

export const surveyedModels = z.array(
  z.object({
    name: z.string(),
    kind: z.string(),
    tags: z.array(z.string()),
    depends_on: z.array(z.string()),
    audits: z.array(z.string()),
    keys: z.array(z.array(z.string())),
    references: z.array(z.string()),
    not_null: z.array(z.string()),
    accepted_values: z.array(
      z.object({ column: z.string(), values: z.array(z.union([z.string(), z.int()])) }),
    ),
    time_column: z.string().nullable(),
    time_is_temporal: z.boolean().nullable(),
    cadence_seconds: z.int().nullable(),
  }),
);

/** Of what has nothing to answer. */
export const done = z.object({});

const failure = z.object({
  model: z.string(),
  reason: z.enum(["audit", "error"]),
  message: z.string(),
  audits: z.array(z.object({ name: z.string(), failing_rows: count.nullable() })),
});

const batch = z.object({
  model: z.string(),
  interval,
  number: z.int().positive(),
  of: z.int().positive(),
  rows: z.int().nullable(),
  milliseconds: z.int(),
  audits_passed: count,
  audits_failed: count,
  queries: z.array(z.string()),
});

export const bridgeEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("alive") }),
  z.object({ event: z.literal("notice"), level: z.enum(["info", "warning"]), text: z.string() }),
  z.object({
    event: z.literal("evaluation-planned"),
    models: z.array(z.object({ model: z.string(), batches: z.int().positive() })),
  }),
  z.object({ event: z.literal("batch-started"), model: z.string() }),
  z.object({ event: z.literal("batch-finished"), batch }),
  z.object({ event: z.literal("batch-stopped"), model: z.string() }),
  z.object({ event: z.literal("model-failed"), failure }),
  z.object({ event: z.literal("model-skipped"), model: z.string() }),
  z.object({ event: z.literal("evaluation-finished"), succeeded: z.boolean() }),
  z.object({ event: z.literal("statements"), queries: z.array(z.string()) }),
  z.object({ event: z.literal("lease-lost") }),
]);

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(exitCodes, code);

const wireError = z.object({
  code: z.string().refine(isErrorCode),
  message: z.string(),
  hint: z.string().nullable(),
  where: z.string().nullable(),
});

const reply = z.union([
  z.object({ id: z.int(), result: z.unknown() }).strict(),
  z.object({ id: z.int(), error: wireError }).strict(),
]);

export type Hello = z.infer<typeof hello>;
export type WireModel = z.infer<typeof model>;
export type WireGateway = z.infer<typeof gateways>[number];
export type WireSurveyedModel = z.infer<typeof surveyedModels>[number];
export type WirePlannedModel = z.infer<typeof plannedModel>;
export type WirePlan = z.infer<typeof plan>;
export type WireCoverage = z.infer<typeof coverage>[number];
export type WireRange = z.infer<typeof modelRange>;
export type WireInterval = z.infer<typeof interval>;
export type WireError = z.infer<typeof wireError>;
export type WireFailure = z.infer<typeof failure>;
export type WireBatch = z.infer<typeof batch>;
export type BridgeEvent = z.infer<typeof bridgeEvent>;

export type Message =
  | { readonly kind: "reply"; readonly id: number; readonly result: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: WireError }
  | { readonly kind: "event"; readonly event: BridgeEvent }
  /** Of a later bridge: nothing that this side needs. */
  | { readonly kind: "unknown-event" }
  | { readonly kind: "broken" };

const eventNames: ReadonlySet<string> = new Set(
  bridgeEvent.options.map((option) => option.shape.event.value),
);

/** Reads one line of the bridge. Never throws: what is no message is `broken`. */
export function parseMessage(line: string): Message {
  const parsed = parseJson(line);
  if (typeof parsed !== "object" || parsed === null) return { kind: "broken" };
  if ("event" in parsed && typeof parsed.event === "string") {
    if (!eventNames.has(parsed.event)) return { kind: "unknown-event" };
    const event = bridgeEvent.safeParse(parsed);
    return event.success ? { kind: "event", event: event.data } : { kind: "broken" };
  }
  const answer = reply.safeParse(parsed);
  if (!answer.success) return { kind: "broken" };
  if ("error" in answer.data) return { kind: "refusal", id: answer.data.id, error: answer.data.error };
  return { kind: "reply", id: answer.data.id, result: answer.data.result };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
