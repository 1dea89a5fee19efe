import { z } from "zod";

/** The parts of Nessie's REST v2 and of Iceberg REST that are read here; whatever else they hold is ignored. */

const hash = z.string().regex(/^[0-9a-f]+$/);

export const reference = z.object({ type: z.enum(["BRANCH", "TAG"]), name: z.string(), hash });

export const oneReference = z.object({ reference });

const page = { hasMore: z.boolean(), token: z.string().nullish() };

export const referencePage = z.object({ ...page, references: z.array(reference) });

export const historyPage = z.object({
  ...page,
  logEntries: z.array(z.object({ commitMeta: z.object({ hash }) })),
});

const key = z.object({ elements: z.array(z.string()).min(1) });

export const entryPage = z.object({ ...page, entries: z.array(z.object({ name: key, type: z.string() })) });

/** 64 bits: a number where that holds it exactly. */
export const id64 = z.union([z.number(), z.bigint()]);

/** The snapshot is that of a table; a view has none. All else that it holds is kept, for it is put elsewhere as it is. */
const content = z.looseObject({
  type: z.string(),
  id: z.string().nullish(),
  metadataLocation: z.string().nullish(),
  snapshotId: id64.nullish(),
});

export const contents = z.object({ contents: z.array(z.object({ key, content })) });

const change = z.object({ key, content: content.nullish() });

export type Change = z.infer<typeof change>;

/** History with what each commit did. */
export const changesPage = z.object({
  ...page,
  logEntries: z.array(
    z.object({
      commitMeta: z.object({ hash }),
      operations: z.array(change).nullish(),
    }),
  ),
});

export const config = z.object({ noAncestorHash: hash });

/** A refusal of Nessie's; one without `errorCode` was not written by its API. */
export const refusal = z.object({ errorCode: z.string() });

export const loadedView = z.object({
  metadata: z.object({
    "view-uuid": z.string(),
    "current-version-id": z.number(),
    versions: z.array(
      z.object({
        "version-id": z.number(),
        "schema-id": z.number(),
        summary: z.record(z.string(), z.string()).default({}),
        "default-catalog": z.string().nullish(),
        "default-namespace": z.array(z.string()).nullish(),
        representations: z.array(
          z.object({ type: z.string(), sql: z.string().optional(), dialect: z.string().optional() }),
        ),
      }),
    ),
  }),
});

/** A table's metadata, as far as it says who wrote it. */
export const loadedTable = z.object({
  metadata: z.object({
    "current-snapshot-id": id64.nullish(),
    snapshots: z
      .array(z.object({ "snapshot-id": id64, summary: z.record(z.string(), z.string()).optional() }))
      .default([]),
  }),
});

export const madeNamespace = z.object({ namespace: z.array(z.string()) });

/** A refusal of Iceberg REST's. */
export const icebergRefusal = z.object({ error: z.object({ type: z.string() }) });
