import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

describe("the package, installed elsewhere", () => {
  let folder: string;
  const cli = (args: readonly string[], environment: Record<string, string> = {}) =>
    run("npx", ["--no-install", "oso-pipeline", ...args], {
      cwd: folder,
      env: { ...process.env, ...environment },
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "oso-pipeline-package-"));
    const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
      cwd: root,
    });
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "elsewhere", private: true }));
    await run("npm", ["install", "--no-audit", "--no-fund", join(folder, filename)], { cwd: folder });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has its command, and pins its dependencies to the versions that were tested", async () => {
    expect((await cli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const pins = await readFile(join(folder, "node_modules/oso-pipeline/npm-shrinkwrap.json"), "utf8");
    const { packages } = JSON.parse(pins) as { packages: Record<string, { version: string }> };
    // trino-client asks for an axios with advisories; the override must reach those who install us.
    expect(Object.keys(packages).filter((path) => path.endsWith("node_modules/axios"))).toEqual([
      "node_modules/axios",
    ]);
  });

  it("carries the bridge, the sample warehouse and its configuration", async () => {
    const sample = join(folder, "node_modules/oso-pipeline/seeds");
    const { stdout } = await cli(["models", "--json", "--config", join(sample, "oso-pipeline.yaml")], {
      OSO_PIPELINE__SQLMESH__PYTHON: inject("stack").python,
      OSO_SAMPLE_TRINO_PORT: new URL(inject("stack").trinoUrl).port,
      OSO_SAMPLE_STATE: join(folder, "state.db"),
      OSO_SAMPLE_CACHE: join(folder, "cache"),
    });
    const { result } = JSON.parse(stdout) as { result: { name: string }[] };
    expect(result.map(({ name }) => name)).toContain("oso.projects_v1");
  });
});
