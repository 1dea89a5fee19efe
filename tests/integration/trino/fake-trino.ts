import { recording } from "../http/replay.js";
import { serve, type Answer, type Seen, type TestServer } from "../http/server.js";

/** What a page says beside where the next one is; an Answer is a misbehaviour in place of a page. */
export type Step = { readonly page: Readonly<Record<string, unknown>> } | { readonly answer: Answer };

export const queryId = "20261121_000000_00001_abcde";

export const columns = [{ name: "n", type: "bigint" }];
export const page = (content: Readonly<Record<string, unknown>> = {}): Step => ({ page: content });
export const instead = (answer: Answer): Step => ({ answer });

/** An error as Trino 476 sent it, with the words that matter here exchanged. */
export function trinoError(change: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const body = recording("trino", "division-by-zero").at(-1)?.reply.body ?? "{}";
  const { error }: { error?: Record<string, unknown> } = JSON.parse(body);
  return { ...error, ...change };
}

/**
 * Speaks Trino's statement protocol: the POST is answered with the first step, each nextUri with the one after it.
 * A misbehaviour is shown once; asked again, the step behind it is given, as a service does that has recovered.
 */
export async function fakeTrino(...steps: readonly Step[]): Promise<TestServer> {
  const left = [...steps];
  return serve((seen, _count, url) => {
    if (seen.method === "DELETE") return { status: 204 };
    const step = left.shift();
    if (step === undefined) return { status: 404, body: "nothing left to say" };
    return "answer" in step ? step.answer : { body: pageText(step.page, url, left.length) };
  });
}

function pageText(content: Readonly<Record<string, unknown>>, url: string, left: number): string {
  const nextUri = left === 0 ? {} : { nextUri: `${url}/v1/statement/executing/${queryId}/y/${left}` };
  return JSON.stringify({ id: queryId, infoUri: `${url}/ui`, ...nextUri, ...content, stats: {} });
}

/** Method and path of what was asked, in order. */
export const asked = (server: TestServer): string[] =>
  server.seen.map((seen: Seen) => `${seen.method} ${seen.path}`);
