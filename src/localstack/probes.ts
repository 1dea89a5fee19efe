import * as z from "zod";
import { deadline } from "../http/deadline.js";
import { HOST } from "./settings.js";

const PROBE_MS = 5_000;

/** Whether a service does its work; with the reason where it does not yet. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

const READY: Readiness = { ready: true };

export const address = (port: number): string => `http://${HOST}:${port}`;

export const nessieReady = (port: number, signal: AbortSignal): Promise<Readiness> =>
  probe(`${address(port)}/api/v2/config`, signal, (reply) => reply.ok);

/** Any answer counts: an object store without keys refuses nobody, but has nothing to list either. */
export const s3Ready = (port: number, signal: AbortSignal): Promise<Readiness> =>
  probe(`${address(port)}/`, signal, (reply) => reply.status < 500);

async function probe(
  url: string,
  signal: AbortSignal,
  isReady: (reply: Reply) => boolean,
): Promise<Readiness> {
  try {
    const reply = await ask(url, signal);
    return isReady(reply) ? READY : { ready: false, reason: `HTTP ${reply.status}` };
  } catch (thrown) {
    return notReady(thrown);
  }
}

const PROBE_QUERY = "SELECT count(*) FROM tpch.tiny.region";

const trinoPage = z.object({
  nextUri: z.string().optional(),
  error: z.object({ errorName: z.string() }).optional(),
});
const trinoInfo = z.object({ starting: z.boolean() });
const nessieReference = z.object({ reference: z.object({ hash: z.string() }) });

/**
 * Trino says it has started before it takes queries (NO_NODES_AVAILABLE, or 503), so it is ready when a query has
 * run to its end. It has to read a table: `SELECT 1` needs no node, and succeeds when the next query still fails.
 */
export async function trinoReady(port: number, signal: AbortSignal): Promise<Readiness> {
  const headers = { "X-Trino-User": "oso-pipeline", "X-Trino-Source": "oso-pipeline local" };
  const limit = deadline(PROBE_MS, signal);
  try {
    const info = await ask(`${address(port)}/v1/info`, limit.signal);
    if (!info.ok || trinoInfo.parse(JSON.parse(info.body)).starting)
      return { ready: false, reason: "is starting" };
    let reply = await ask(`${address(port)}/v1/statement`, limit.signal, {
      method: "POST",
      body: PROBE_QUERY,
      headers,
    });
    for (;;) {
      if (!reply.ok) return { ready: false, reason: `HTTP ${reply.status}` };
      const page = trinoPage.parse(JSON.parse(reply.body));
      if (page.error) return { ready: false, reason: page.error.errorName };
      if (page.nextUri === undefined) return READY;
      reply = await ask(page.nextUri, limit.signal, { headers });
    }
  } catch (thrown) {
    return notReady(thrown);
  } finally {
    limit.dispose();
  }
}

/**
 * Makes the tag at the head of main, unless there is one.
 * @throws Error with what Nessie said.
 */
export async function ensureTag(port: number, tag: string, signal: AbortSignal): Promise<void> {
  const trees = `${address(port)}/api/v2/trees`;
  if ((await ask(`${trees}/${tag}`, signal)).ok) return;
  const main = nessieReference.parse(JSON.parse((await ask(`${trees}/main`, signal)).body));
  const reply = await ask(`${trees}?name=${tag}&type=TAG`, signal, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ type: "BRANCH", name: "main", hash: main.reference.hash }),
  });
  if (!reply.ok && reply.status !== 409) throw new Error(`HTTP ${reply.status} ${reply.body.slice(0, 200)}`);
}

interface Reply {
  readonly ok: boolean;
  readonly status: number;
  readonly body: string;
}

/** fetch and not the client of the other rooms: the loopback address never goes through a proxy. */
async function ask(url: string, signal: AbortSignal, init: RequestInit = {}): Promise<Reply> {
  const limit = deadline(PROBE_MS, signal);
  try {
    const reply = await fetch(url, { ...init, signal: limit.signal });
    return { ok: reply.ok, status: reply.status, body: await reply.text() };
  } finally {
    limit.dispose();
  }
}

function notReady(thrown: unknown): Readiness {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code =
    cause instanceof Error && "code" in cause ? String(cause.code) : cause instanceof Error ? cause.name : "";
  if (code === "ECONNREFUSED") return { ready: false, reason: "does not listen" };
  return { ready: false, reason: code === "AbortError" ? `no answer within ${PROBE_MS / 1000} s` : code };
}
