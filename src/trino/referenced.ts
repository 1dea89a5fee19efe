import { z } from "zod";
import type { TableName } from "../core/table-name.js";
import { parseJson } from "../http/json.js";
import type { StatementParts } from "./statement.js";

/** A table or view that a query names, itself or by way of views. */
export interface ReferencedTable extends TableName {
  /**
   * The views in whose texts it is named, from the inside out; empty for what the query itself names. Null where Trino
   * does not tell, which older ones do not.
   */
  readonly through: readonly TableName[] | null;
}

const queryInfo = z.object({
  referencedTables: z.array(
    z.object({
      catalog: z.string(),
      schema: z.string(),
      table: z.string(),
      directlyReferenced: z.boolean().optional(),
      referenceChain: z
        .array(
          z.object({
            catalogName: z.string().optional(),
            schemaName: z.string().optional(),
            viewName: z.string().optional(),
          }),
        )
        .optional(),
    }),
  ),
});

/**
 * What a query that has run named, as its analysis has it: all of it, but for what the access control reads for row
 * filters and masks. A plan, and so `EXPLAIN (TYPE IO)`, leaves out what the optimizer did away with, empty tables
 * among it.
 * @returns null where Trino, or what stands before it, does not tell.
 */
export async function referencedTables(
  queryId: string,
  { send, connection, authorization }: StatementParts,
): Promise<readonly ReferencedTable[] | null> {
  const authorized = authorization();
  const reply = await send({
    method: "GET",
    url: `${connection.server}/v1/query/${encodeURIComponent(queryId)}`,
    headers: {
      ...connection.extraHeaders,
      ...(authorized === undefined ? {} : { authorization: authorized }),
    },
    repeatable: true,
    retryStatuses: [429, 502, 503, 504],
  });
  if (reply.status !== 200) return null;
  const info = queryInfo.safeParse(tryToParse(reply.body));
  if (!info.success) return null;
  return info.data.referencedTables.flatMap(
    ({ catalog, schema, table, directlyReferenced, referenceChain: chain }): ReferencedTable[] => {
      const name = { catalog, schema, table };
      if (directlyReferenced === true) return [{ ...name, through: [] }];
      if (chain === undefined) return [{ ...name, through: null }];
      const through = chain.flatMap(({ catalogName, schemaName, viewName }) =>
        catalogName === undefined || schemaName === undefined || viewName === undefined
          ? []
          : [{ catalog: catalogName, schema: schemaName, table: viewName }],
      );
      return through.length === chain.length ? [{ ...name, through }] : [];
    },
  );
}

function tryToParse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
