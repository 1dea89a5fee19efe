import { PipelineError } from "../core/errors.js";
import type { Http, HttpReply, HttpRequest, Schema } from "../http/client.js";
import { refusal } from "./schemas.js";

type Refused = Extract<HttpReply<never>, { ok: false }>;

export interface Page {
  readonly hasMore: boolean;
  readonly token?: string | null | undefined;
}

/** All pages of a list, one after the other; whoever has enough stops asking. */
export async function* pages<P extends Page>(
  http: Http,
  request: Omit<HttpRequest<P>, "method" | "schema">,
  schema: Schema<P>,
  onRefusal: (refused: Refused) => PipelineError,
): AsyncGenerator<P> {
  let token: string | undefined;
  do {
    const reply: HttpReply<P> = await http.request({
      ...request,
      method: "GET",
      query: { ...request.query, "page-token": token },
      schema,
    });
    if (!reply.ok) throw onRefusal(reply);
    yield reply.data;
    const next: string | undefined = reply.data.hasMore ? (reply.data.token ?? token) : undefined;
    if (next === token && reply.data.hasMore) throw endless(http);
    token = next;
  } while (token !== undefined);
}

/** A list that says it goes on and gives no way to: taking it for whole would lose what is left. */
function endless(http: Http): PipelineError {
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message: `${http.peer.service} at ${http.peer.address} announces a further page without saying which`,
    hint: `see ${http.peer.service}'s log`,
  });
}

/** Nessie's word for why it refused (`REFERENCE_NOT_FOUND` …); undefined where something else answered. */
export function errorCode(refused: Refused): string | undefined {
  return refusal.safeParse(refused.body).data?.errorCode;
}

/** A refusal that has no meaning of its own for what was asked. */
export function refusedBy(http: Http, refused: Refused, doing: string): PipelineError {
  const { service, address } = http.peer;
  const code = errorCode(refused);
  if (code === undefined) {
    return new PipelineError("SERVICE_UNAVAILABLE", {
      message: `what answers at ${address} is not ${service}'s API: HTTP ${refused.status}${refused.said}`,
      hint: "check the configured address: for Nessie it usually ends in /api/v2",
    });
  }
  // Names are all that comes from outside, so a request that Nessie finds malformed has a name it does not allow.
  const badName = code === "BAD_REQUEST";
  return new PipelineError(badName ? "CONFIG_INVALID" : "SERVICE_UNAVAILABLE", {
    message: `${service} at ${address} refused to ${doing} (${code})${refused.said}`,
    hint: badName ? "check the names of branch and tags in the configuration" : `see ${service}'s log`,
  });
}

/** A text as CEL literal, for Nessie's filters. */
export const celText = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

/** `@hash` as one path segment: Nessie reads any commit this way, whether or not a branch leads to it. */
export const atCommit = (hash: string): string => encodeURIComponent(`@${hash}`);

/** A table or view as Iceberg REST names it, at the head of a branch or, by `@hash`, as of any commit. */
export function icebergPath(reference: string, kind: "tables" | "views", name: string): string {
  const levels = name.split(".").map(encodeURIComponent);
  return `/v1/${encodeURIComponent(reference)}/namespaces/${levels.slice(0, -1).join("%1F")}/${kind}/${levels.at(-1)}`;
}
