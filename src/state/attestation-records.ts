import * as z from "zod";
import { actor } from "../config/plan-schema.js";
import type { Attestation } from "../verification/attestation.js";
import type { PastVerification } from "../verification/ports.js";

const text = z.string();

export const attestationSchema = z.object({
  digest: text,
  base: text,
  configuration: text,
  comparedWith: text.nullable(),
  by: actor,
  at: text,
  until: text,
  verdict: z.enum(["passed", "warned"]),
  checks: z
    .array(
      z.object({
        model: text,
        check: text,
        severity: z.enum(["warn", "fail"]),
        outcome: z.enum(["passed", "warned"]),
        expected: text,
        observed: text,
        inputs: text.nullable(),
        from: text.nullable(),
        where: text,
      }),
    )
    .readonly(),
  unpinned: z.array(z.object({ model: text, reason: text })).readonly(),
}) satisfies z.ZodType<Attestation>;

const count = z.int().nonnegative();

export const verificationSchema = z.object({
  base: text,
  release: z.int().nullable(),
  verdict: z.enum(["passed", "warned", "failed", "error"]),
  by: actor,
  at: text,
  milliseconds: z.number(),
  checks: z.object({ passed: count, warned: count, failed: count, error: count }),
  until: text.nullable(),
}) satisfies z.ZodType<PastVerification>;
