import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

type Answer = (request: IncomingMessage, reply: ServerResponse, content: Buffer) => void;

/** A server of one file whose answers are given one by one; the last is repeated. */
export interface FileServer {
  readonly url: string;
  /** The Range header of each request, in order. */
  readonly ranges: readonly (string | undefined)[];
  close(): Promise<void>;
}

export async function serveFile(content: Buffer, answers: readonly Answer[]): Promise<FileServer> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, reply) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)];
    ranges.push(request.headers.range);
    answer?.(request, reply, content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    ranges,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const startOf = (request: IncomingMessage): number =>
  Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);

/** As a server should: the rest of the file where a range is asked for. */
export const well: Answer = (request, reply, content) => {
  const start = startOf(request);
  if (request.headers.range !== undefined && start >= content.length) {
    reply.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
    return;
  }
  const rest = content.subarray(start);
  const range = { "Content-Range": `bytes ${start}-${content.length - 1}/${content.length}` };
  reply
    .writeHead(start > 0 ? 206 : 200, { "Content-Length": rest.length, ...(start > 0 ? range : {}) })
    .end(rest);
};

/** Announces everything, sends so many bytes of it, and cuts the connection. */
export const breakingOffAfter =
  (bytes: number): Answer =>
  (request, reply, content) => {
    const start = startOf(request);
    const rest = content.subarray(start);
    reply.writeHead(start > 0 ? 206 : 200, {
      "Content-Length": rest.length,
      ...(start > 0 ? { "Content-Range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    reply.write(rest.subarray(0, bytes), () => reply.destroy());
  };

/** Sends so many bytes and then nothing more, without an end. */
export const stallingAfter =
  (bytes: number): Answer =>
  (_, reply, content) => {
    reply.writeHead(200, { "Content-Length": content.length }).write(content.subarray(0, bytes));
  };

/** Sends the whole file whatever was asked for. */
export const ignoringRanges: Answer = (_, reply, content) => {
  reply.writeHead(200, { "Content-Length": content.length }).end(content);
};

/** Says it sends what was asked for, and sends something else. */
export const anotherRange: Answer = (_, reply, content) => {
  reply
    .writeHead(206, { "Content-Range": `bytes 1-${content.length - 1}/${content.length}` })
    .end(content.subarray(1));
};

export const sending =
  (bytes: Buffer): Answer =>
  (_, reply) =>
    void reply.writeHead(200, { "Content-Length": bytes.length }).end(bytes);

export const status =
  (code: number): Answer =>
  (_, reply) =>
    void reply.writeHead(code).end("<html>no</html>");
