import * as z from "zod";
import { actor } from "../config/plan-schema.js";
import type { Release, SealManifest } from "../release/release.js";

const text = z.string();
const texts = z.array(text).readonly();
const count = z.int().nonnegative();
const named = z.array(z.object({ view: text, what: text })).readonly();

export const releaseSchema = z.object({
  number: z.int().positive(),
  tag: text.nullable(),
  status: z.enum(["pending", "moving", "published", "unconfirmed", "withdrawn"]),
  base: text,
  sealed: text.nullable(),
  from: text.nullable(),
  after: count.nullable(),
  rollbackTo: count.nullable(),
  by: actor,
  startedAt: text,
  endedAt: text.nullable(),
  run: text.nullable(),
  reason: text.nullable(),
  attestation: text.nullable(),
  views: z.object({
    policy: z.enum(["seal", "refuse", "warn", "ignore"]),
    sealedBy: z.enum(["hash", "consumer-catalog"]).nullable(),
    sealed: count,
    kept: count,
    notPinned: named,
    broken: named,
    leaking: texts,
  }),
  leansOn: z.int().positive(),
  marked: z.boolean(),
  trouble: text.nullable(),
}) satisfies z.ZodType<Release>;

export const manifestSchema = z.object({
  release: z.int().positive(),
  views: z
    .array(
      z.object({ name: text, reads: texts, sealedAt: text, madeIn: z.int().positive(), notPinned: texts }),
    )
    .readonly(),
}) satisfies z.ZodType<SealManifest>;
