import { z } from "zod";

/** One answer of Trino's statement protocol, as far as it is read here. */
export const page = z.object({
  id: z.string().min(1),
  nextUri: z.url().nullish(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).nullish(),
  data: z.array(z.array(z.unknown())).nullish(),
  stats: z.object({ physicalInputBytes: z.union([z.number(), z.bigint()]).nullish() }).nullish(),
  error: z
    .object({
      message: z.string().nullish(),
      errorName: z.string().nullish(),
      errorType: z.string().nullish(),
      errorLocation: z.object({ lineNumber: z.number(), columnNumber: z.number() }).nullish(),
    })
    .nullish(),
});

export type Page = z.infer<typeof page>;
export type QueryErrorPage = NonNullable<Page["error"]>;

/** `EXPLAIN (TYPE IO, FORMAT JSON)`, as far as it says what is read. */
export const ioPlan = z.object({
  inputTableColumnInfos: z
    .array(
      z.object({
        table: z.object({
          catalog: z.string(),
          schemaTable: z.object({ schema: z.string(), table: z.string() }),
        }),
      }),
    )
    .default([]),
});
