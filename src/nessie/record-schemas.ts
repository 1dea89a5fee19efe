import { z } from "zod";

/** The parts of Nessie's REST v2 that records need; whatever else they hold is ignored. */

const hash = z.string().regex(/^[0-9a-f]+$/);
const key = z.object({ elements: z.array(z.string()).min(1) });
const content = z.object({
  type: z.string(),
  id: z.string().optional(),
  properties: z.record(z.string(), z.string()).optional(),
});

export type RecordContent = z.infer<typeof content>;

export const contentsAtHead = z.object({
  contents: z.array(z.object({ key, content })),
  effectiveReference: z.object({ hash }),
});

export const contentPage = z.object({
  hasMore: z.boolean(),
  token: z.string().nullish(),
  entries: z.array(z.object({ name: key, content })),
});

export const committed = z.object({ targetBranch: z.object({ hash }) });
