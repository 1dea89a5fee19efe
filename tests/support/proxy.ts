import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What becomes of a request: passed on, passed on and its answer thrown away, not let in at all, or answered here. */
export type Fate = "pass" | "lose-reply" | "refuse" | Answer;

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Proxy {
  /** Address to use instead of the server's own. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Stands between a client and a real server. `decide` is asked before each request and may take its time: a test
 * does there what has to happen in between.
 */
export async function startProxy(
  target: string,
  decide: (request: ProxiedRequest) => Promise<Fate>,
): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const server: Server = createServer((incoming, outgoing) => {
    const forward = async (): Promise<void> => {
      const body = await read(incoming);
      const { method = "", url = "", headers } = incoming;
      const fate = await decide({ method, url, headers, body: body.toString() });
      if (fate === "refuse") {
        incoming.socket.destroy();
        return;
      }
      if (typeof fate === "object") {
        outgoing.writeHead(fate.status, { "content-type": "application/json", ...fate.headers });
        outgoing.end(fate.body);
        return;
      }
      const onward = request({ hostname, port, path: url, method, headers }, (reply) => {
        if (fate === "lose-reply") {
          reply.resume().on("end", () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(outgoing);
      });
      onward.on("error", (error) => outgoing.destroy(error));
      onward.end(body);
    };
    forward().catch((error: unknown) => outgoing.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
