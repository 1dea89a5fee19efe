import * as z from "zod";
import { actor } from "../config/plan-schema.js";
import type { PastVerification } from "../verification/past.js";

const text = z.string();

export const verificationSchema = z.object({
  at: text,
  by: actor,
  base: text,
  release: z.int().positive().nullable(),
  comparedWith: text.nullable(),
  selected: z.array(text).readonly(),
  verdict: z.enum(["passed", "warned", "failed", "error"]),
  checks: z
    .array(
      z.object({
        model: text,
        check: text,
        severity: z.enum(["warn", "fail"]),
        outcome: z.enum(["passed", "warned", "failed", "error"]),
        expected: text,
        observed: text,
        failingRows: z.number().nullable(),
        rowsQuery: text.nullable(),
        from: text.nullable(),
        where: text,
      }),
    )
    .readonly(),
  unpinned: z.array(z.object({ model: text, reason: text })).readonly(),
  milliseconds: z.number().nullable(),
  until: text.nullable(),
}) satisfies z.ZodType<PastVerification>;
