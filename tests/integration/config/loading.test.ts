import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { folderWith, load, services } from "../../support/config-files.js";

describe("where the configuration is found", () => {
  it("is the working directory or the nearest folder above", async () => {
    const root = folderWith({ ".git/HEAD": "", "oso-pipeline.yaml": services, "a/b/c.txt": "" });
    const loaded = await loadConfig({ workingDirectory: join(root, "a/b"), environment: {} });
    expect(loaded.file).toBe(join(root, "oso-pipeline.yaml"));
    expect(loaded.config.sqlmesh.project).toBe(root);
  });

  it("is not beyond the root of the git repository", async () => {
    const outer = folderWith({
      "oso-pipeline.yaml": services,
      "repository/.git/HEAD": "",
      "repository/a/b.txt": "",
    });
    const workingDirectory = join(outer, "repository/a");
    await expect(loadConfig({ workingDirectory, environment: {} })).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      exitCode: 3,
      message: `there is no oso-pipeline.yaml in ${workingDirectory} or the folders above it up to ${join(outer, "repository")}`,
    });
  });

  it("is the file that is named, and no other", async () => {
    const folder = folderWith({
      "oso-pipeline.yaml": services,
      "ci/other.yaml": `${services}release: { tag_prefix: ci- }`,
    });
    const loaded = await loadConfig({ workingDirectory: folder, file: "ci/other.yaml", environment: {} });
    expect(loaded.config.release.tagPrefix).toBe("ci-");
    expect(loaded.config.sqlmesh.project).toBe(join(folder, "ci"));
    await expect(
      loadConfig({ workingDirectory: folder, file: "none.yaml", environment: {} }),
    ).rejects.toMatchObject({
      code: "CONFIG_NOT_FOUND",
      message: "there is no none.yaml",
    });
  });
});

describe("a file that is no configuration", () => {
  it("is refused when it is empty, or only comments", async () => {
    for (const nothing of ["", "# nothing\n", "---\n", "null\n"]) {
      await expect(load(nothing)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: "oso-pipeline.yaml is empty",
      });
    }
  });

  it("is refused when it is not UTF-8", async () => {
    await expect(load(Buffer.from([0x61, 0x3a, 0x20, 0xe9]))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "oso-pipeline.yaml is not UTF-8 text",
    });
    await expect(load(Buffer.from("\uFEFFa: b", "utf16le"))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  });

  it("is refused when it is a folder", async () => {
    const folder = folderWith({});
    mkdirSync(join(folder, "oso-pipeline.yaml"));
    await expect(loadConfig({ workingDirectory: folder, environment: {} })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: "oso-pipeline.yaml is a folder, not a file",
    });
  });

  it("is refused when it is no map", async () => {
    for (const [yaml, kind] of [
      ["[a]", "a list"],
      ["text", "text"],
      ["5", "a number"],
    ]) {
      const refused = load(String(yaml), { OSO_PIPELINE__TRINO__URL: "http://localhost:1" });
      await expect(refused).rejects.toMatchObject({
        message: `the file must be a section of keys, not ${kind}`,
        where: "oso-pipeline.yaml:1:1",
      });
    }
  });
});

async function python(yaml: string, environment: Record<string, string>): Promise<string> {
  return (await load(`${services}${yaml}`, environment)).config.sqlmesh.python;
}

describe("the environment", () => {
  it("has what .env files add, the real one winning over the working directory's and that over the other", async () => {
    const root = folderWith({
      ".git/HEAD": "",
      "oso-pipeline.yaml": services,
      ".env": "A=beside\nB=beside\nC=beside\nOSO_PIPELINE__TRINO__USER=beside\n",
      "sub/.env": "\uFEFFA=working\nB=working\n",
    });
    const loaded = await loadConfig({ workingDirectory: join(root, "sub"), environment: { A: "real" } });
    expect(loaded.environment()).toMatchObject({ A: "real", B: "working", C: "beside" });
    expect(loaded.config.trino.user).toBe("beside");
    expect(loaded.originOf(["trino", "user"])).toEqual({
      from: "environment",
      variable: "OSO_PIPELINE__TRINO__USER",
      where: join(root, ".env"),
    });
  });

  it("leaves the environment of this process as it was", async () => {
    const name = "OSO_PIPELINE_TEST_OF_ENV_FILES";
    const folder = folderWith({ "oso-pipeline.yaml": services, ".env": `${name}=1\n` });
    const loaded = await loadConfig({ workingDirectory: folder, environment: process.env });
    expect(loaded.environment()[name]).toBe("1");
    expect(process.env[name]).toBeUndefined();
  });

  it("skips a folder called .env, where some keep their virtual environment", async () => {
    const folder = folderWith({ "oso-pipeline.yaml": services, ".env/bin/python": "" });
    await expect(loadConfig({ workingDirectory: folder, environment: {} })).resolves.toBeDefined();
  });

  it("says so when .env cannot be read", async () => {
    const folder = folderWith({ "oso-pipeline.yaml": services });
    symlinkSync(".env", join(folder, ".env"));
    await expect(loadConfig({ workingDirectory: folder, environment: {} })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(".env cannot be read"),
    });
  });

  it("says which Python runs SQLMesh: the one named, the active virtual environment's, or python3", async () => {
    expect(await python("sqlmesh: { python: python3.12 }", { VIRTUAL_ENV: "/venv" })).toBe("python3.12");
    expect(await python("sqlmesh: { python: .venv/bin/python }", {})).toMatch(/^\/.*\/\.venv\/bin\/python$/);
    expect(await python("", { VIRTUAL_ENV: "/venv" })).toBe("/venv/bin/python");
    expect(await python("", {})).toBe("python3");
  });
});
