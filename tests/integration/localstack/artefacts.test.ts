import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../../src/core/events.js";
import { artefactStore, type Artefact, type ArtefactStore } from "../../../src/localstack/artefacts.js";
import { errorOf } from "../../support/errors.js";

const artefact: Artefact = {
  groupId: "org.example",
  artifactId: "thing",
  version: "1",
  classifier: "all",
  extension: "jar",
};
const NAME = "thing-1-all.jar";
const PATH = `/maven/org/example/thing/1/${NAME}`;
const content = randomBytes(10_000);
const digest = (algorithm: string, bytes: Buffer): string =>
  createHash(algorithm).update(bytes).digest("hex");
const pinned = { [NAME]: { sha256: digest("sha256", content), bytes: content.length } };
const signal = new AbortController().signal;

let folder: string;
let server: Server;
let files: Record<string, Buffer | string>;
let asked: string[];
let events: PipelineEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "artefacts-"));
  files = { [PATH]: content };
  [asked, events] = [[], []];
  server = createServer((request, reply) => {
    const url = request.url ?? "";
    asked.push(url);
    const file = files[url];
    reply.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

function store(checksums: typeof pinned | Record<string, never> = pinned): ArtefactStore {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const repository = `http://127.0.0.1:${address.port}/maven`;
  return artefactStore({ folder, repository, checksums, report: (event) => void events.push(event) });
}

describe("the store of artefacts", () => {
  it("downloads a file once, from where Maven repositories keep it", async () => {
    expect(await store().missing(artefact)).toBe(content.length);
    const path = await store().file(artefact, signal);
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(await store().file(artefact, signal)).toBe(path);
    expect(asked).toEqual([PATH]);
    expect(await store().missing(artefact)).toBe(0);
    expect(events.at(-1)).toMatchObject({
      type: "download",
      file: NAME,
      state: "verified",
      received: content.length,
    });
  });

  it("downloads it once for two commands at once", async () => {
    await Promise.all([store().file(artefact, signal), store().file(artefact, signal)]);
    expect(asked).toEqual([PATH]);
  });

  it("downloads a file anew that has been cut since", async () => {
    const path = await store().file(artefact, signal);
    await truncate(path, 100);
    await store().file(artefact, signal);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it("does not take a cached file for one whose pinned checksum is another", async () => {
    await store().file(artefact, signal);
    const other = randomBytes(10_000);
    files[PATH] = other;
    const path = await store({ [NAME]: { sha256: digest("sha256", other), bytes: 10_000 } }).file(
      artefact,
      signal,
    );
    expect((await readFile(path)).equals(other)).toBe(true);
  });

  it("checks a version that nobody pinned against the checksum beside it", async () => {
    files[`${PATH}.sha1`] = `${digest("sha1", content).toUpperCase()}  ${NAME}\n`;
    const path = await store({}).file(artefact, signal);
    expect((await readFile(path)).equals(content)).toBe(true);
    files[`${PATH}.sha1`] = digest("sha1", Buffer.from("another"));
    await rm(path);
    const error = await errorOf(() => store({}).file(artefact, signal));
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toContain("SHA1");
  });

  it("says of a version that does not exist that it does not, and which", async () => {
    const error = await errorOf(() => store({}).file({ ...artefact, version: "2" }, signal));
    expect(error.code).toBe("DOWNLOAD_FAILED");
    expect(error.message).toBe("thing-2-all.jar does not exist in the registry");
  });
});
