import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { Server } from "node:net";
import { onTestFinished } from "vitest";

export interface Seen {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is closed without an answer. */
  | "drop"
  /** The connection is closed in the middle of the answer. */
  | "cut"
  /** No answer, ever. */
  | "hang";

export interface TestServer {
  readonly url: string;
  readonly seen: readonly Seen[];
}

export const json = (body: unknown, status = 200): Answer => ({ status, body: JSON.stringify(body) });

/** A local server that answers, or misbehaves, as told; `count` is 1 for the first request. Ends with the test. */
export async function serve(
  answer: (seen: Seen, count: number, url: string) => Answer | Promise<Answer>,
  tls?: ServerOptions,
): Promise<TestServer> {
  const seen: Seen[] = [];
  let url = "";
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      seen.push(one);
      void Promise.resolve(answer(one, seen.length, url)).then((reply) => send(reply, response));
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const port = await listen(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return { url, seen };
}

function send(reply: Answer, response: ServerResponse): void {
  if (reply === "hang") return;
  if (reply === "drop") {
    response.socket?.destroy();
  } else if (reply === "cut") {
    response.writeHead(200, { "content-length": "1000" });
    response.write('{"half', () => response.socket?.destroy());
  } else {
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(reply.body ?? "");
  }
}

/** An address at which nothing listens. */
export async function closedAddress(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
