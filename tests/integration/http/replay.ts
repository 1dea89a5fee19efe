import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serve, type Seen, type TestServer } from "./server.js";

/** What a real service answered once. `name.test` stands for its address. */
export interface Exchange {
  readonly request: { readonly method: string; readonly path: string; readonly body?: string };
  readonly reply: { readonly status: number; readonly type: string; readonly body: string };
}

export interface Replay extends TestServer {
  /** Recorded requests that were not made. */
  readonly left: () => readonly Exchange["request"][];
}

export function recording(room: string, name: string): Exchange[] {
  const file = join(import.meta.dirname, "..", room, "recordings", `${name}.json`);
  const exchanges: Exchange[] = JSON.parse(readFileSync(file, "utf8"));
  return exchanges;
}

/**
 * Answers each recorded request as the real service did, once, and any other with 404: a client that comes to ask
 * something else than what was recorded fails its test.
 */
export async function replay(room: string, name: string): Promise<Replay> {
  const open = [...recording(room, name)];
  const server = await serve((seen, _count, url) => {
    const index = open.findIndex(({ request }) => isSame(request, seen));
    const [exchange] = index === -1 ? [] : open.splice(index, 1);
    if (exchange === undefined) return { status: 404, body: `not recorded: ${seen.method} ${seen.path}` };
    const { status, type, body } = exchange.reply;
    return { status, headers: { "content-type": type }, body: body.replaceAll(/http:\/\/\w+\.test/g, url) };
  });
  return { ...server, left: () => open.map(({ request }) => request) };
}

const isSame = (recorded: Exchange["request"], seen: Seen): boolean =>
  recorded.method === seen.method && recorded.path === seen.path && (recorded.body ?? "") === seen.body;
