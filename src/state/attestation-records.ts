import * as z from "zod";
import { actor } from "../config/plan-schema.js";
import type { Attestation } from "../verification/attestation.js";

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
