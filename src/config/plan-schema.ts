import * as z from "zod";
import type { ModelKind } from "../core/model.js";
import type { LeftOutReason } from "../restatement/ports.js";
import type { RestatementPlan } from "../restatement/restatement-plan.js";

/** Words that a later release may add to. */
const word = <T extends string>() => z.string() as unknown as z.ZodType<T>;

const texts = z.array(z.string());

const interval = z.object({ start: z.iso.datetime(), end: z.iso.datetime() });

const request = z.object({
  environment: z.string(),
  restateModels: texts,
  restateCategories: texts,
  start: z.string().nullable(),
  end: z.string().nullable(),
  skipTests: z.boolean(),
  allowDestructiveModels: texts,
});

const model = z.object({
  model: z.string(),
  kind: word<ModelKind>(),
  version: z.string(),
  fingerprint: z.string(),
  table: z.string().nullable(),
  interval,
  batches: z.array(interval),
  widened: z.boolean(),
  repeatable: z.boolean(),
  askedBy: texts,
  downstreamOf: texts,
  earlier: z.object({ rows: z.number().nullable(), milliseconds: z.number(), batches: z.int() }).nullable(),
});

/** A restatement plan as `plan --out` writes it. */
export const planSchema = z.object({
  digest: z.string(),
  environment: z.string(),
  scope: z.string(),
  request,
  sqlmeshVersion: z.string(),
  executionTime: z.iso.datetime({ offset: true }),
  createdAt: z.iso.datetime(),
  createdBy: z.object({
    name: z.string(),
    from: z.enum(["configuration", "github", "dagster", "login"]),
  }),
  models: z.array(model),
  leftOut: z.array(z.object({ model: z.string(), reason: word<LeftOutReason>() })),
  deployment: z
    .object({
      added: texts,
      removed: texts,
      directlyModified: texts,
      indirectlyModified: texts,
      metadataUpdated: texts,
    })
    .nullable(),
}) satisfies z.ZodType<RestatementPlan>;
