import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { download, type DownloadRequest } from "../../../src/http/download.js";
import { errorOf } from "../../support/errors.js";
import {
  anotherRange,
  breakingOffAfter,
  ignoringRanges,
  sending,
  serveFile,
  stallingAfter,
  status,
  well,
  type FileServer,
} from "./file-server.js";

const content = randomBytes(500_000);
const sha256 = createHash("sha256").update(content).digest("hex");

let folder: string;
let server: FileServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "download-"));
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function downloading(
  answers: Parameters<typeof serveFile>[1],
  more: Partial<DownloadRequest> = {},
): Promise<void> {
  server = await serveFile(content, answers);
  await download({
    url: `${server.url}/file.jar`,
    target: join(folder, "file.jar"),
    checksum: { algorithm: "sha256", digest: sha256 },
    name: "file.jar",
    limits: { attempts: 3, pauseMs: 1, stallMs: 5_000 },
    ...more,
  });
}

const stored = (): Promise<Buffer> => readFile(join(folder, "file.jar"));
const files = (): Promise<string[]> => readdir(folder);

describe("a download", () => {
  it("puts the whole file at its place and leaves nothing beside it", async () => {
    const seen: [number, number | undefined][] = [];
    await downloading([well], { onProgress: (received, total) => seen.push([received, total]) });
    expect((await stored()).equals(content)).toBe(true);
    expect(await files()).toEqual(["file.jar"]);
    expect(seen.at(0)).toEqual([0, content.length]);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });

  it("goes on where the connection broke off", async () => {
    const reasons: string[] = [];
    await downloading([breakingOffAfter(200_000), well], { onRetry: (reason) => reasons.push(reason) });
    expect((await stored()).equals(content)).toBe(true);
    expect(server?.ranges).toHaveLength(2);
    expect(server?.ranges[0]).toBeUndefined();
    expect(server?.ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
    expect(reasons).toHaveLength(1);
  });

  it("goes on where a command that was killed broke off", async () => {
    await writeFile(join(folder, "file.jar.part"), content.subarray(0, 300_000));
    await downloading([well]);
    expect((await stored()).equals(content)).toBe(true);
    expect(server?.ranges).toEqual(["bytes=300000-"]);
  });

  it("takes a part that is already the whole file, killed just before it was put in place", async () => {
    await writeFile(join(folder, "file.jar.part"), content);
    await downloading([well]);
    expect((await stored()).equals(content)).toBe(true);
  });

  it("begins anew where the part is longer than the file", async () => {
    await writeFile(join(folder, "file.jar.part"), Buffer.concat([content, content]));
    await downloading([well]);
    expect((await stored()).equals(content)).toBe(true);
  });

  it("begins anew where what it went on from was another file", async () => {
    await writeFile(join(folder, "file.jar.part"), randomBytes(300_000));
    await downloading([well]);
    expect((await stored()).equals(content)).toBe(true);
    expect(server?.ranges).toEqual(["bytes=300000-", undefined]);
  });

  it("is right where the server ignores ranges and sends everything", async () => {
    await downloading([breakingOffAfter(200_000), ignoringRanges]);
    expect((await stored()).equals(content)).toBe(true);
  });

  it("begins anew where the server sends another range than was asked for", async () => {
    await downloading([breakingOffAfter(200_000), anotherRange, well]);
    expect((await stored()).equals(content)).toBe(true);
    expect(server?.ranges[2]).toBeUndefined();
  });

  it.each([500, 503, 429, 408])("is tried again after HTTP %i", async (code) => {
    await downloading([status(code), well]);
    expect((await stored()).equals(content)).toBe(true);
  });

  it("is tried again where nothing comes any more", async () => {
    await downloading([stallingAfter(100_000), well], { limits: { attempts: 2, pauseMs: 1, stallMs: 200 } });
    expect((await stored()).equals(content)).toBe(true);
    expect(server?.ranges[1]).toMatch(/^bytes=/);
  });

  it("fails with the last reason when no try succeeds, and keeps what it has for the next command", async () => {
    const error = await errorOf(() => downloading([breakingOffAfter(1_000)]));
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toMatch(/^file\.jar could not be downloaded in 3 tries: /);
    expect(error.hint).toContain("goes on where it broke off");
    expect(server?.ranges).toHaveLength(3);
    expect(await files()).toEqual(["file.jar.part"]);
  });

  it("fails at once and removes the file where the bytes are wrong", async () => {
    const error = await errorOf(() => downloading([sending(randomBytes(500_000))]));
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toContain(`its SHA256 is not ${sha256}; the file was removed`);
    expect(server?.ranges).toHaveLength(1);
    expect(await files()).toEqual([]);
  });

  it.each([
    [404, /does not exist in the registry/, /check the version/],
    [403, /HTTP 403/, /HTTPS_PROXY/],
  ])("fails at once on HTTP %i", async (code, message, hint) => {
    const error = await errorOf(() => downloading([status(code)]));
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(server?.ranges).toHaveLength(1);
  });

  it("fails where nobody listens, without the request in the error", async () => {
    server = await serveFile(content, [well]);
    const { url } = server;
    await server.close();
    const error = await errorOf(() => downloading([well], { url: `${url}/file.jar` }));
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.cause).toBeUndefined();
  });

  it("ends with the reason it was broken off with, and keeps what it has", async () => {
    const stop = new AbortController();
    const why = new PipelineError("INTERRUPTED", { message: "interrupted" });
    const error = await errorOf(() =>
      downloading([stallingAfter(100_000)], {
        signal: stop.signal,
        onProgress: (received) => {
          if (received > 0) stop.abort(why);
        },
      }),
    );
    expect(error).toBe(why);
    expect(await files()).toEqual(["file.jar.part"]);
  });

  it("does not begin when it is broken off before", async () => {
    const why = new PipelineError("TERMINATED", { message: "terminated" });
    const error = await errorOf(() => downloading([well], { signal: AbortSignal.abort(why) }));
    expect(error).toBe(why);
    expect(server?.ranges).toEqual([]);
  });

  it("goes through the proxy of the environment", async () => {
    const proxied: string[] = [];
    const { createServer } = await import("node:http");
    const proxy = createServer((request, reply) => {
      proxied.push(request.url ?? "");
      reply.end(content);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = proxy.address();
    const before = process.env["http_proxy"];
    process.env["http_proxy"] = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    try {
      await downloading([well], { url: "http://repository.invalid/file.jar" });
    } finally {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
      await new Promise((resolve) => proxy.close(resolve));
    }
    expect(proxied).toEqual(["http://repository.invalid/file.jar"]);
    expect((await stored()).equals(content)).toBe(true);
  });
});
