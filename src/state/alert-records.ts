import * as z from "zod";
import type { Memory } from "../notify/memory.js";

const text = z.string();

/** What alerts have told. */
export const alertsSchema = z.object({
  failing: z.array(z.object({ subject: text, since: text, title: text })).readonly(),
  told: z.array(z.object({ target: text, subject: text, fingerprint: text, at: text })).readonly(),
}) satisfies z.ZodType<Memory>;
