import pLimit from "p-limit";
import { z } from "zod";
import type { Hash } from "../core/commit.js";
import type { Http } from "../http/client.js";
import type {
  CommitComparison,
  ContentColumn,
  ContentFacts,
  ContentKind,
  RowCount,
} from "../release/ports.js";
import { icebergPath, refusedBy } from "./api.js";
import { requestContents } from "./contents.js";
import { changes, kindOf } from "./diff.js";
import { icebergRefusal, id64, loadedView } from "./schemas.js";
import { currentVersion, textOf } from "./views.js";

/** As many as requestContents asks for in one request. */
const NAMES_AT_ONCE = 200;

const schemas = z.array(
  z.object({
    "schema-id": id64.optional(),
    fields: z.array(z.object({ name: z.string(), type: z.unknown() })),
  }),
);

const table = z.object({
  metadata: z.object({
    schemas,
    "current-schema-id": id64,
    "current-snapshot-id": id64.nullish(),
    snapshots: z
      .array(z.object({ "snapshot-id": id64, summary: z.record(z.string(), z.string()).optional() }))
      .default([]),
  }),
});

const view = z.object({ metadata: loadedView.shape.metadata.extend({ schemas }) });

/** Two commits side by side: what Nessie's index says, and what Iceberg's metadata says of one content of them. */
export function commitComparison(http: Http, iceberg: Http, concurrency: number): CommitComparison {
  const limit = pLimit(concurrency);
  return {
    changes: (from, to) => changes(http, from, to),

    async kinds(at, names) {
      const found = new Map<string, ContentKind>();
      const starts = Array.from(
        { length: Math.ceil(names.length / NAMES_AT_ONCE) },
        (_, i) => i * NAMES_AT_ONCE,
      );
      // Of thousands of names no more is kept than what they are.
      await limit.map(starts, async (start) => {
        const contents = await requestContents(http, at, names.slice(start, start + NAMES_AT_ONCE));
        for (const { key, content } of contents) {
          const kind = kindOf(content.type);
          if (kind !== undefined) found.set(key.elements.join("."), kind);
        }
      });
      return found;
    },

    facts: (at, kind, name) =>
      limit(async () => (kind === "table" ? tableFacts(iceberg, at, name) : viewFacts(iceberg, at, name))),
  };
}

async function tableFacts(iceberg: Http, at: Hash, name: string): Promise<ContentFacts | null> {
  const loaded = await load(iceberg, at, "tables", name, table);
  if (loaded === null) return null;
  const { metadata } = loaded;
  const current = metadata["current-snapshot-id"];
  const snapshot = metadata.snapshots.find((one) => same(one["snapshot-id"], current));
  return {
    rows: snapshot === undefined ? { rows: 0, exact: true } : rowCount(snapshot.summary ?? {}),
    columns: columnsOf(metadata.schemas, metadata["current-schema-id"]),
    text: null,
  };
}

async function viewFacts(iceberg: Http, at: Hash, name: string): Promise<ContentFacts | null> {
  const loaded = await load(iceberg, at, "views", name, view);
  if (loaded === null) return null;
  const { metadata } = loaded;
  const version = currentVersion(metadata);
  if (version === undefined) return null;
  return {
    rows: null,
    columns: columnsOf(metadata.schemas, version["schema-id"]),
    text: textOf(metadata),
  };
}

/**
 * Null where there is no such content, or its metadata file cannot be read: it is one of many then, and the others are
 * told all the same.
 * @throws PipelineError where the service as such cannot be asked
 */
async function load<T>(
  iceberg: Http,
  at: Hash,
  kind: "tables" | "views",
  name: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const path = icebergPath(`@${at}`, kind, name);
  const reply = await iceberg.request({ method: "GET", path, schema });
  if (reply.ok) return reply.data;
  if (icebergRefusal.safeParse(reply.body).success) return null;
  throw refusedBy(iceberg, reply, `load ${name}`);
}

/**
 * By the summary of the snapshot. Rows that delete files take away are counted in it; how many those are is certain only
 * without deletes by value, and while no row is deleted twice.
 */
function rowCount(summary: Readonly<Record<string, string>>): RowCount | null {
  const figure = (name: string): number => Number(summary[name] ?? 0);
  if (summary["total-records"] === undefined) return null;
  return {
    rows: Math.max(0, figure("total-records") - figure("total-position-deletes")),
    exact: figure("total-delete-files") === 0,
  };
}

function columnsOf(all: z.infer<typeof schemas>, current: number | bigint): readonly ContentColumn[] {
  const schema = all.find((one) => same(one["schema-id"], current)) ?? all.at(-1);
  return (schema?.fields ?? []).map(({ name, type }) => ({ name, type: typeName(type) }));
}

const nested = z.union([
  z.object({
    type: z.literal("struct"),
    fields: z.array(z.object({ name: z.string(), type: z.unknown() })),
  }),
  z.object({ type: z.literal("list"), element: z.unknown() }),
  z.object({ type: z.literal("map"), key: z.unknown(), value: z.unknown() }),
]);

function typeName(type: unknown): string {
  if (typeof type === "string") return type;
  const known = nested.safeParse(type).data;
  if (known === undefined) return "unknown";
  if (known.type === "list") return `list<${typeName(known.element)}>`;
  if (known.type === "map") return `map<${typeName(known.key)}, ${typeName(known.value)}>`;
  return `struct<${known.fields.map(({ name, type: inner }) => `${name}: ${typeName(inner)}`).join(", ")}>`;
}

/** A small 64-bit integer comes as number, a large one as bigint. */
const same = (a: number | bigint | null | undefined, b: number | bigint | null | undefined): boolean =>
  a !== null && a !== undefined && String(a) === String(b);
