import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { create } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileName, type ArtefactStore } from "../../../src/localstack/artefacts.js";
import { plugins, trinoInstall, type TrinoInstall } from "../../../src/localstack/trino-install.js";
import { errorOf } from "../../support/errors.js";

const run = promisify(execFile);
let folder: string;
let cache: string;
let unpacked: string[];

/** Archives built like Trino's: one folder on top, plugins apart from the server. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trino-"));
  cache = join(folder, "cache");
  unpacked = [];
  const put = async (path: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `content of ${path}\n`.repeat(1000));
  };
  for (const path of ["lib/a.jar", "lib/b.jar", "plugin/geospatial/g.jar", "bin/launcher", "README.txt"]) {
    await put(`trino-server-core-1/${path}`);
  }
  await create({ cwd: folder, gzip: true, file: join(folder, "trino-server-core-1.tar.gz") }, [
    "trino-server-core-1",
  ]);
  for (const plugin of plugins) {
    await put(`trino-${plugin}-1/${plugin}.jar`);
    await run("python3", ["-m", "zipfile", "-c", `trino-${plugin}-1.zip`, `trino-${plugin}-1/`], {
      cwd: folder,
    });
  }
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const artefacts: ArtefactStore = {
  file: async (artefact) => {
    unpacked.push(fileName(artefact));
    return join(folder, fileName(artefact));
  },
  missing: async () => 1,
};

const install = (): TrinoInstall => trinoInstall({ version: "1", cache, artefacts, report: () => undefined });
const ensure = (signal = new AbortController().signal): Promise<string> => install().ensure(signal);
const tree = async (): Promise<string[]> =>
  (await readdir(join(cache, "trino", "1"), { recursive: true }))
    .filter((path) => /\.\w+$/.test(path))
    .toSorted();

const whole = [
  "README.txt",
  "lib/a.jar",
  "lib/b.jar",
  ...plugins.map((plugin) => `plugin/${plugin}/${plugin}.jar`),
];

describe("unpacking Trino", () => {
  it("puts the plugins into the server, and leaves out what the stack does not use", async () => {
    expect(await ensure()).toBe(join(cache, "trino", "1"));
    expect(await tree()).toEqual(whole);
    expect(await readFile(join(cache, "trino/1/plugin/tpch/tpch.jar"), "utf8")).toMatch(
      /^content of trino-tpch-1/,
    );
    expect(await install().missing()).toBe(0);
  });

  it("happens once, also for two commands at once", async () => {
    await Promise.all([ensure(), ensure()]);
    await ensure();
    expect(unpacked).toHaveLength(1 + plugins.length);
  });

  it("begins anew after a command that was killed half way", async () => {
    const partial = join(cache, "trino", "1.partial");
    await mkdir(join(partial, "lib"), { recursive: true });
    await writeFile(join(partial, "lib", "half.jar"), "half");
    expect(await install().missing()).toBeGreaterThan(0);
    await ensure();
    expect(await tree()).toEqual(whole);
    expect(await readdir(join(cache, "trino"))).toEqual(["1"]);
  });

  it("leaves nothing that looks whole when it is broken off", async () => {
    const stop = new AbortController();
    const stopping: ArtefactStore = {
      ...artefacts,
      file: async (artefact, signal) => {
        if (artefact.artifactId === "trino-tpch") stop.abort(new Error("broken off"));
        return artefacts.file(artefact, signal);
      },
    };
    const broken = trinoInstall({ version: "1", cache, artefacts: stopping, report: () => undefined });
    await expect(broken.ensure(stop.signal)).rejects.toThrow("broken off");
    expect(await readdir(join(cache, "trino"))).not.toContain("1");
    await ensure();
    expect(await tree()).toEqual(whole);
  });

  it.each(["trino-server-core-1.tar.gz", "trino-iceberg-1.zip"])(
    "names a damaged archive: %s",
    async (archive) => {
      await truncate(join(folder, archive), 150);
      const error = await errorOf(() => ensure());
      expect(error.code).toBe("DOWNLOAD_FAILED");
      expect(error.where).toBe(join(folder, archive));
      expect(await readdir(join(cache, "trino"))).not.toContain("1");
    },
  );
});
