import * as z from "zod";
import type { ModelKind } from "../core/model.js";
import type { LeftOutReason } from "../restatement/ports.js";
import type { RestatementPlan } from "../restatement/restatement-plan.js";

/** Words that a later release may add to without a new schema. */
export const word = <T extends string>() => z.string() as unknown as z.ZodType<T>;

export const texts = z.array(z.string()).readonly();

export const interval = z.object({ start: z.iso.datetime(), end: z.iso.datetime() });

export const request = z.object({
  environment: z.string(),
  restateModels: texts,
  restateCategories: texts,
  start: z.string().nullable(),
  end: z.string().nullable(),
  skipTests: z.boolean(),
  allowDestructiveModels: texts,
});

export const actor = z.object({
  name: z.string(),
  from: z.enum(["configuration", "github", "dagster", "login"]),
});

const model = z.object({
  model: z.string(),
  kind: word<ModelKind>(),
  version: z.string(),
  fingerprint: z.string(),
  table: z.string().nullable(),
  interval,
  batches: z.array(interval).readonly(),
  widened: z.boolean(),
  repetition: z.enum(["each", "last", "whole"]),
  askedBy: texts,
  downstreamOf: texts,
  earlier: z.object({ rows: z.number().nullable(), milliseconds: z.number(), batches: z.int() }).nullable(),
});

/** A restatement plan, as `plan --out` writes it into a file and as the state store keeps it. */
export const planSchema = z.object({
  digest: z.string(),
  environment: z.string(),
  scope: z.string(),
  request,
  sqlmeshVersion: z.string(),
  executionTime: z.iso.datetime({ offset: true }),
  createdAt: z.iso.datetime(),
  createdBy: actor,
  models: z.array(model).readonly(),
  leftOut: z.array(z.object({ model: z.string(), reason: word<LeftOutReason>() })).readonly(),
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
