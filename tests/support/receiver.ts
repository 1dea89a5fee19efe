import { createServer, type IncomingHttpHeaders } from "node:http";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A service that takes whatever is posted, for as long as several tests need it. */
export class Receiver {
  readonly received: Received[] = [];

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        receiver.received.push({ path: request.url ?? "", headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the receiver has no port");
    const receiver = new Receiver(`http://127.0.0.1:${address.port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }

  /** What came to a path, oldest first, and is then forgotten. */
  take(path: string): readonly Received[] {
    const taken = this.received.filter((one) => one.path === path);
    for (const one of taken) this.received.splice(this.received.indexOf(one), 1);
    return taken;
  }
}
